/** @file What a use gave, in the drawer: the tables with their baselines, and a sentence on how to read them. */
import './apply.css';
import { showApplyMap } from '../../state/actions/apply.ts';
import { useApply } from '../../state/apply.ts';
import { Empty } from '../controls/Note.tsx';
import { AugmentResult } from './AugmentResult.tsx';
import { CorrectResult } from './CorrectResult.tsx';
import { CounterfactualResult } from './CounterfactualResult.tsx';
import { ImputeResult } from './ImputeResult.tsx';
import { MapSwitch } from './MapSwitch.tsx';
import { useWords } from './use-words.ts';

/** The drawer's tab "Result": of the use that is open in the panel. */
export function ApplyResult() {
  const use = useApply((state) => state.use);
  const results = useApply((state) => state.results);
  const places = useApply((state) => state.places[use] ?? null);
  const showMap = useApply((state) => state.showMap);
  const { name, button } = useWords[use];
  if (results[use] === null) {
    return <Empty missing="No result yet" advice={`Open ${name} in Apply and press ${button}.`} />;
  }
  return (
    <div className="apply-result" tabIndex={0} role="group" aria-label={name}>
      <div className="row apply-result-head">
        <h3 className="headline">{name}</h3>
        <span className="grow" />
        {places && <MapSwitch shown={showMap} onChange={showApplyMap} />}
      </div>
      {results.correct && use === 'correct' && <CorrectResult result={results.correct} />}
      {results.counterfactual && use === 'counterfactual' && (
        <CounterfactualResult result={results.counterfactual} />
      )}
      {results.augment && use === 'augment' && <AugmentResult result={results.augment} />}
      {results.impute && use === 'impute' && <ImputeResult result={results.impute} />}
    </div>
  );
}
