/** @file A training in progress: time left, how far, its stages, and what is being learnt. */
import type { TrainStage } from '../../protocol/model.ts';
import { formatDecimal, formatDuration, formatNumber, formatPercent } from '../../state/format.ts';
import { useStudio } from '../../state/store.ts';
import { pauseWords } from '../../state/training-words.ts';
import type { ModelState } from '../../state/types.ts';
import { countdown } from '../controls/countdown.ts';
import { Glyph } from '../controls/Icon.tsx';
import { ProgressBar } from '../controls/ProgressBar.tsx';
import { capital, useFeatureWords } from '../data/use-feature-words.ts';

const stages: readonly { stage: TrainStage; name: string }[] = [
  { stage: 'prepare', name: 'Counts and split' },
  { stage: 'autoencoder', name: 'Autoencoder' },
  { stage: 'encode', name: 'Latent space' },
  { stage: 'flow', name: 'Flow' },
  { stage: 'calibrate', name: 'Calibration' },
];

/** The large line: "48 s left", "Paused at step 11,400". */
export function headline({ status, secondsLeft, at, stage, copying }: ModelState): string {
  switch (status) {
    case 'paused':
      return `Paused ${pauseWords(stage, at)}`;
    case 'pausing':
      return 'Pausing';
    case 'stopping':
      return 'Stopping';
    default:
      if (copying !== null) return 'Copying the counts to disk';
      return secondsLeft === null ? 'Preparing' : `${countdown(secondsLeft)} left`;
  }
}

/** Everything above the foot while a model trains. */
export function TrainingProgress() {
  const model = useStudio((state) => state.model);
  const share = model.copying ?? model.overall;
  const text = headline(model);
  return (
    <>
      <section className="block">
        <div className="progress-head">
          <span className="headline">{text}</span>
          <span className="mute">{formatPercent(share, 0)}</span>
        </div>
        <ProgressBar label="Training" share={share} text={`${formatPercent(share, 0)}, ${text}`} />
        <Stages model={model} />
      </section>
      <Learnt model={model} />
      <section className="block">
        <p className="mute">{advice(model)}</p>
      </section>
    </>
  );
}

function advice({ status, copying }: ModelState): string {
  if (copying !== null) {
    return 'Training begins when the copy is there. It is deleted when training ends; Stop deletes it now.';
  }
  return status === 'paused'
    ? 'Nothing is lost. Resume goes on from here; Stop keeps what is learnt so far.'
    : 'Stop keeps what is learnt so far.';
}

/** scDFM has no autoencoder: its flow moves principal components or genes. Faithful recipes end with the flow. */
function stagesOf({ settings }: ModelState): typeof stages {
  const without: readonly TrainStage[] = [
    ...(settings.model === 'scdfm' ? (['autoencoder', 'encode'] as const) : []),
    ...(settings.recipe === 'faithful' ? (['calibrate'] as const) : []),
  ];
  return stages.filter(({ stage }) => !without.includes(stage));
}

function Stages({ model }: { model: ModelState }) {
  const own = stagesOf(model);
  const now = own.findIndex(({ stage }) => stage === model.stage);
  return (
    <ol className="stages">
      {own.map(({ stage, name }, index) => {
        const state = index < now ? 'ok' : index === now ? 'busy' : 'ahead';
        return (
          <li key={stage} aria-current={state === 'busy' ? 'step' : undefined}>
            <Glyph kind={state === 'busy' && model.status === 'paused' ? 'now' : state} />
            <span className={state === 'busy' ? 'strong' : state === 'ahead' ? 'mute' : ''}>
              {name}
            </span>
            <span className="mute">{stageNote(model, stage, state)}</span>
          </li>
        );
      })}
    </ol>
  );
}

function stageNote(model: ModelState, stage: TrainStage, state: 'ok' | 'busy' | 'ahead'): string {
  if (state === 'busy' && model.copying !== null) return formatPercent(model.copying, 0);
  // The epoch under way is not done yet; a step is told when it is.
  const done = stage === 'autoencoder' ? Math.max(0, model.at - 1) : model.at;
  if (state === 'busy') return model.of > 0 ? formatPercent(done / model.of, 0) : '';
  const seconds = model.stageSeconds[stage];
  return state === 'ok' && seconds !== undefined ? formatDuration(seconds) : '';
}

function Learnt({ model }: { model: ModelState }) {
  const { training, stage, stepsPerSecond, cellsPerSecond } = model;
  const { many } = useFeatureWords();
  if (training === null) return null;
  // Until the cells are split, as many as the share asks for.
  const about = training.counted === true ? '' : 'about ';
  return (
    <section className="block">
      <h3>What is learnt</h3>
      <dl className="kv">
        <dt>Cells for training</dt>
        <dd>{`${about}${formatNumber(training.cells)}`}</dd>
        <dt>Held out</dt>
        <dd>{`${about}${formatNumber(training.heldOut)}`}</dd>
        <dt>{capital(many)}</dt>
        <dd>{formatNumber(training.genes)}</dd>
        {training.fromDisk && (
          <>
            <dt>Counts</dt>
            <dd>read from disk</dd>
          </>
        )}
        <dt>Attributes</dt>
        <dd>{training.attributes.join(', ') || 'none'}</dd>
        {stage === 'flow' && stepsPerSecond > 0 && (
          <>
            <dt>Speed</dt>
            <dd>{formatRate(stepsPerSecond)} steps/s</dd>
          </>
        )}
        {stage === 'autoencoder' && cellsPerSecond > 0 && (
          <>
            <dt>Speed</dt>
            <dd>{formatRate(cellsPerSecond)} cells/s</dd>
          </>
        )}
      </dl>
    </section>
  );
}

function formatRate(rate: number): string {
  return rate < 10 ? formatDecimal(rate, 1) : formatNumber(rate);
}
