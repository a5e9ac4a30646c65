/** @file The Perturb panel: the question, what more can be asked of the model, and its button. */
import '../apply/apply.css';
import './perturb.css';
import { useEffect } from 'react';
import type { ScreenInfo } from '../../protocol/perturb.ts';
import type { ModelInfo } from '../../protocol/model.ts';
import {
  cancelPerturb,
  predictCells,
  rankSets,
  readyPerturb,
  savePrediction,
  scorePerturbations,
  setGeneSet,
} from '../../state/actions/perturb.ts';
import { namesIn } from '../../state/apply-choice.ts';
import { usePerturb } from '../../state/perturb.ts';
import { requestOf, screenIn } from '../../state/question.ts';
import { useStudio } from '../../state/store.ts';
import { Empty, Note } from '../controls/Note.tsx';
import { WorkFoot } from '../controls/WorkFoot.tsx';
import { QuestionForm } from './QuestionForm.tsx';
import { useNames } from './perturb-words.ts';

/** Body and foot of the panel "Perturb". */
export function PerturbPanel() {
  const info = useStudio(({ model }) => (model.status === 'ready' ? model.info : null));
  const screen = screenIn(info);
  if (info === null || screen === null) {
    return (
      <div className="scroll">
        <Empty
          missing="No model of a perturbation screen"
          advice="Choose scDFM under Kind of model in Model, then press Train."
        />
      </div>
    );
  }
  return <Asking info={info} screen={screen} />;
}

function Asking({ info, screen }: { info: ModelInfo; screen: ScreenInfo }) {
  const question = useStudio((state) => state.question);
  const request = requestOf(info, screen, question);
  useEffect(() => {
    void readyPerturb();
  }, [info]);
  return (
    <>
      <div className="scroll">
        <QuestionForm info={info} screen={screen} request={request} />
        <Failure use="predict" />
        <Believe unseen={(info.split?.hide.length ?? 0) > 0} />
        <Combinations />
      </div>
      <PerturbFoot />
    </>
  );
}

function Failure({ use }: { use: 'predict' | 'score' | 'rank' }) {
  const failure = usePerturb((state) => (state.failure?.use === use ? state.failure : null));
  if (!failure) return null;
  return (
    <div className="notes" role="group" aria-label={`${useNames[use]}: why not`}>
      <Note tone="error" lead={failure.title}>
        {failure.message}
      </Note>
    </div>
  );
}

/** A button that keeps the focus while something runs, and says why it waits. */
function Ask({ words, run }: { words: string; run: () => void }) {
  const busy = usePerturb((state) => state.running !== null);
  return (
    <button
      type="button"
      className="btn small-btn"
      aria-disabled={busy || undefined}
      title={busy ? 'Something is being computed: wait for it, or cancel it below.' : undefined}
      onClick={() => !busy && run()}
    >
      {words}
    </button>
  );
}

/** Every measured perturbation, beside the baselines. */
function Believe({ unseen }: { unseen: boolean }) {
  return (
    <section className="block">
      <h3>How far to believe it</h3>
      <p className="mute">
        Predicts measured perturbations and compares them with real cells, beside simple baselines.
      </p>
      <div className="row perturb-row">
        <Ask words="Score all" run={() => void scorePerturbations('all')} />
        {unseen && (
          <Ask words="Score held-out ones" run={() => void scorePerturbations('unseen')} />
        )}
      </div>
      <Failure use="score" />
    </section>
  );
}

/** Sets that were not measured. */
function Combinations() {
  const geneSet = usePerturb((state) => state.geneSet);
  const bySet = usePerturb((state) => state.rankBySet);
  const named = namesIn(geneSet).length;
  return (
    <section className="block">
      <h3>What would help most</h3>
      <p className="mute">
        Ranks sets that were not measured by what they are predicted to do. All of it is
        extrapolation.
      </p>
      {named > 0 && (
        <label className="row perturb-check">
          <input
            type="checkbox"
            className="check"
            checked={bySet}
            onChange={(event) => setGeneSet({ rankBySet: event.currentTarget.checked })}
          />
          Count the genes of the set alone ({named})
        </label>
      )}
      <div className="row perturb-row">
        <Ask words="Rank combinations" run={() => void rankSets()} />
      </div>
      <Failure use="rank" />
    </section>
  );
}

function PerturbFoot() {
  const running = usePerturb((state) => state.running);
  const done = usePerturb((state) => state.prediction !== null);
  const saving = usePerturb((state) => state.saving);
  return (
    <WorkFoot
      running={running}
      name={useNames[running?.use ?? 'predict']}
      cancel={cancelPerturb}
      start={{ label: 'Predict cells', possible: true, run: () => void predictCells() }}
      savable={done}
      saving={saving}
      save={() => void savePrediction()}
    />
  );
}
