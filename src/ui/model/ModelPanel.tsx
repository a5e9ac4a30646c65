/** @file The Model panel: no model, a training in progress, or a summary of the model. */
import {
  pauseTraining,
  resumeTraining,
  saveModel,
  stopTraining,
} from '../../state/actions/index.ts';
import { useStudio } from '../../state/store.ts';
import { Glyph } from '../controls/Icon.tsx';
import { TrainFoot } from '../data/TrainFoot.tsx';
import { CountsPlace } from './CountsPlace.tsx';
import { HeldOutSettings } from './HeldOutSettings.tsx';
import { ModelKind } from './ModelKind.tsx';
import { ModelSummary } from './ModelSummary.tsx';
import { ScreenNote, ScreenSettings } from './ScreenSettings.tsx';
import { TrainingProgress } from './TrainingProgress.tsx';
import { NoModelYet, useArrival } from '../frame/NoModelYet.tsx';

/** Body and foot of the panel "Model". */
export function ModelPanel() {
  const status = useStudio((state) => state.model.status);
  const info = useStudio((state) => state.model.info);
  if (status === 'none' || status === 'loading' || (status === 'ready' && info === null)) {
    return (
      <>
        <div className="scroll">
          <NoModel />
          <NextTraining />
        </div>
        <TrainFoot />
      </>
    );
  }
  if (status === 'ready' && info !== null) {
    return (
      <>
        <div className="scroll">
          <ModelSummary info={info} />
          <section className="block">
            <button type="button" className="btn" onClick={() => void saveModel()}>
              Save model file
            </button>
            <p className="small after">
              A file of its own, to open here again or to use from the command line.
            </p>
          </section>
          <NextTraining />
        </div>
        <TrainFoot />
      </>
    );
  }
  return (
    <>
      <div className="scroll">
        <TrainingProgress />
      </div>
      <TrainingFoot />
    </>
  );
}

/** What the next training will be like. */
function NextTraining() {
  return (
    <>
      <ModelKind />
      <ScreenNote />
      <ScreenSettings />
      <HeldOutSettings />
      <CountsPlace />
    </>
  );
}

/** Large only while there is nothing else to read. */
function NoModel() {
  const ready = useStudio(({ data }) => data.status === 'ready');
  const arrival = useArrival();
  if (!ready) return <NoModelYet />;
  if (arrival) {
    return (
      <section className="block" aria-busy="true">
        <p className="row arriving">
          <Glyph kind="busy" />
          <span className="mute">
            <b className="strong">{arrival.what}.</b> {arrival.from}
          </span>
        </p>
      </section>
    );
  }
  return (
    <section className="block">
      <p className="mute">
        <b className="strong">No model yet.</b> Choose what is learnt, then press Train.
      </p>
    </section>
  );
}

function TrainingFoot() {
  const status = useStudio((state) => state.model.status);
  const paused = status === 'paused';
  const copying = useStudio((state) => state.model.copying !== null);
  return (
    <footer>
      <div className="row">
        <button
          type="button"
          className="btn tall wide"
          disabled={copying || status === 'pausing' || status === 'stopping'}
          onClick={paused ? resumeTraining : pauseTraining}
        >
          {paused ? 'Resume' : 'Pause'}
        </button>
        <button
          type="button"
          className="btn tall wide"
          disabled={status === 'stopping'}
          onClick={stopTraining}
        >
          Stop
        </button>
      </div>
    </footer>
  );
}
