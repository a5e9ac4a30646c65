/** @file The Perturb panel: the question, what more can be asked of the model, and its button. */
import '../apply/apply.css';
import './perturb.css';
import type { ScreenInfo } from '../../protocol/perturb.ts';
import type { ModelInfo } from '../../protocol/model.ts';
import {
  cancelPerturb,
  predictCells,
  rankSets,
  savePrediction,
  scorePerturbations,
  setGeneSet,
} from '../../state/actions/perturb.ts';
import { namesIn } from '../../state/apply-choice.ts';
import { formatPercent } from '../../state/format.ts';
import { usePerturb } from '../../state/perturb.ts';
import { requestOf, screenIn } from '../../state/question.ts';
import { useStudio } from '../../state/store.ts';
import { countdown } from '../controls/countdown.ts';
import { Empty, Note } from '../controls/Note.tsx';
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

/** Every measured perturbation, beside the baselines. */
function Believe({ unseen }: { unseen: boolean }) {
  const running = usePerturb((state) => state.running !== null);
  return (
    <section className="block">
      <h3>How far to believe it</h3>
      <p className="mute">
        Predicts measured perturbations and compares them with real cells, beside simple baselines.
      </p>
      <div className="row perturb-row">
        <button
          type="button"
          className="btn small-btn"
          disabled={running}
          onClick={() => void scorePerturbations('all')}
        >
          Score all
        </button>
        {unseen && (
          <button
            type="button"
            className="btn small-btn"
            disabled={running}
            onClick={() => void scorePerturbations('unseen')}
          >
            Score held-out ones
          </button>
        )}
      </div>
      <Failure use="score" />
    </section>
  );
}

/** Sets that were not measured. */
function Combinations() {
  const running = usePerturb((state) => state.running !== null);
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
        <button
          type="button"
          className="btn small-btn"
          disabled={running}
          onClick={() => void rankSets()}
        >
          Rank combinations
        </button>
      </div>
      <Failure use="rank" />
    </section>
  );
}

function PerturbFoot() {
  const running = usePerturb((state) => state.running !== null);
  const done = usePerturb((state) => state.prediction !== null);
  const saving = usePerturb((state) => state.saving);
  if (running) return <Running />;
  return (
    <footer>
      <div className="row">
        <button type="button" className="btn primary tall wide" onClick={() => void predictCells()}>
          Predict cells
        </button>
        <button
          type="button"
          className="btn tall"
          disabled={!done || saving}
          aria-busy={saving}
          onClick={() => void savePrediction()}
        >
          Save as .h5ad
        </button>
      </div>
    </footer>
  );
}

function Running() {
  const running = usePerturb((state) => state.running);
  if (!running) return null;
  const { doing, share, secondsLeft, use } = running;
  const left = secondsLeft === null ? '' : `${countdown(secondsLeft)} left`;
  return (
    <footer>
      <div className="progress-head">
        <span className="use-doing" title={doing}>
          {doing}
        </span>
        <span className="mute">{left || formatPercent(share, 0)}</span>
      </div>
      <div
        className="progress"
        role="progressbar"
        aria-label={useNames[use]}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(share * 100)}
        aria-valuetext={`${formatPercent(share, 0)}, ${doing}${left ? `, ${left}` : ''}`}
      >
        <b style={{ width: `${share * 100}%` }} />
      </div>
      <div className="row use-cancel">
        <button type="button" className="btn tall wide" onClick={cancelPerturb}>
          Cancel
        </button>
      </div>
    </footer>
  );
}
