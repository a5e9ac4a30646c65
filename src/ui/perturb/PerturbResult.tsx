/** @file What the model answered, in the drawer: one view at a time over the newest prediction, the scores, or the ranking. */
import '../apply/apply.css';
import './perturb.css';
import { showPerturbMap, showPerturbView } from '../../state/actions/perturb.ts';
import { usePerturb, type PerturbView, type ShownPrediction } from '../../state/perturb.ts';
import { formatNumber } from '../../state/format.ts';
import { MapSwitch } from '../apply/MapSwitch.tsx';
import { Empty, Note } from '../controls/Note.tsx';
import { Segments } from '../controls/Segments.tsx';
import { AllScores } from './AllScores.tsx';
import { EffectScatter } from './EffectScatter.tsx';
import { EffectTable } from './EffectTable.tsx';
import { GeneSetView } from './GeneSetView.tsx';
import { GraphView } from './GraphView.tsx';
import { Headline } from './Headline.tsx';
import { Ranking } from './Ranking.tsx';
import { ScoreTable } from './ScoreTable.tsx';
import { views } from './perturb-words.ts';

/** The drawer's tab "Prediction". */
export function PerturbResult() {
  const view = usePerturb((state) => state.view);
  const places = usePerturb((state) => state.places);
  const showMap = usePerturb((state) => state.showMap);
  return (
    <div className="perturb-result">
      <div className="row perturb-views">
        <Segments
          label="View of the prediction"
          options={views}
          value={view}
          onChange={showPerturbView}
        />
        <span className="grow" />
        {places && <MapSwitch shown={showMap} onChange={showPerturbMap} />}
      </div>
      <View view={view} />
    </div>
  );
}

function View({ view }: { view: PerturbView }) {
  if (view === 'all') return <AllScores />;
  if (view === 'rank') return <Ranking />;
  if (view === 'graph') return <GraphView />;
  return <OfPrediction view={view} />;
}

function OfPrediction({ view }: { view: PerturbView }) {
  const prediction = usePerturb((state) => state.prediction);
  if (prediction === null)
    return (
      <Empty
        missing="No prediction yet"
        advice="Choose what is perturbed and press Predict cells."
      />
    );
  return (
    <div
      className="apply-result perturb-two"
      tabIndex={0}
      role="group"
      aria-label={`Prediction of ${prediction.report.label}`}
    >
      <div className="perturb-side">
        <About prediction={prediction} />
      </div>
      <div className="perturb-main">
        {view === 'effects' && <EffectTable prediction={prediction} />}
        {view === 'plot' && <EffectScatter prediction={prediction} />}
        {view === 'set' && <GeneSetView prediction={prediction} />}
        {view === 'scores' && <ScoreTable prediction={prediction} />}
      </div>
    </div>
  );
}

/** With how many real cells the answer is compared: held-out ones where there are twenty. */
function comparedWords({ realCells, report }: ShownPrediction): string {
  const { cells = 0, seen = false } = report.scores[0] ?? {};
  if (realCells === 0) return 'There are no real cells to compare with.';
  if (cells === 0)
    return report.request.members.length === 0
      ? `The ${formatNumber(realCells)} real control cells are on the map.`
      : `${formatNumber(realCells)} real cells are too few to compare with.`;
  const all = `Compared with ${formatNumber(cells)} real cells`;
  if (cells === realCells || !seen) return `${all}.`;
  return `${all} that training did not have; all ${formatNumber(realCells)} are on the map.`;
}

function About({ prediction }: { prediction: ShownPrediction }) {
  const { about, cells, report } = prediction;
  return (
    <>
      <h3 className="headline">{about}</h3>
      <p className="mute">
        {formatNumber(cells)} predicted cells, synthetic. {comparedWords(prediction)}
      </p>
      {report.extrapolated && (
        <Note tone="warn" lead="Extrapolation.">
          No training cell has this set in these cells.
        </Note>
      )}
      {report.scores.length > 0 && <Headline text={report.headline} />}
    </>
  );
}
