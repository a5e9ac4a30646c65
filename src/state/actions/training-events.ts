/** @file The events of a training on the page: how far it is, its curves, its split, and the preview cells with their film. */
import type { TrainEvent } from '../../protocol/model.ts';
import { copyArray } from '../array-registry.ts';
import { formatNumber } from '../format.ts';
import { get, patch } from '../store.ts';
import { pauseWords, stageWords } from '../training-words.ts';
import type { LossPoint } from '../types.ts';
import { say, showError } from './alerts.ts';
import { invalidateSamples, isTurn, showSample } from './generate.ts';
import { mapReady, setReference } from './map.ts';

/** Numbers of cells as they were split, which whole groups and hidden combinations make others than the share says. */
function countSplit(flags: Uint8Array): void {
  const { training } = get().model;
  if (training === null) return;
  const heldOut = flags.reduce((sum, flag) => sum + flag, 0);
  const cells = flags.length - heldOut;
  patch('model', { training: { ...training, cells, heldOut, counted: true } });
}

function append(points: readonly LossPoint[], point: LossPoint): readonly LossPoint[] {
  const next = [...points, point];
  return next.length > 600
    ? next.filter((_, index) => index % 2 === 0 || index === next.length - 1)
    : next;
}

/** What each event of a training does to the page. @param cellIndex rows of the file that are trained on */
export function follower(
  cellIndex: Int32Array,
  attributes: readonly string[],
): (event: TrainEvent) => void {
  let placing = false;
  let reference: Promise<void> = Promise.resolve();
  return (event) => {
    const state = get().model;
    switch (event.type) {
      case 'stage':
        patch('model', { stage: event.stage, stageSeconds: event.seconds });
        break;
      case 'progress': {
        const { stage, overall, at, of, cellsPerSecond, stepsPerSecond, secondsLeft } = event;
        patch('model', { stage, overall, at, of, cellsPerSecond, stepsPerSecond, secondsLeft });
        if (state.status === 'training') say(`Training: ${stageWords(stage, at, of)}`, true);
        break;
      }
      case 'loss': {
        const point = { at: event.at, train: event.train, heldOut: event.heldOut };
        patch('model', {
          curves: { ...state.curves, [event.stage]: append(state.curves[event.stage], point) },
        });
        break;
      }
      case 'latents':
        countSplit(event.heldOut);
        reference = setReference(
          event.latents,
          event.latentDim,
          cellIndex.slice(),
          event.heldOut,
          attributes,
        ).catch((thrown: unknown) => void showError(thrown, 'Training goes on.'));
        break;
      case 'preview':
        if (placing) break;
        placing = true;
        void reference.then(() => showPreview(event)).finally(() => (placing = false));
        break;
      case 'paused':
        patch('model', { status: 'paused' });
        say(`Paused ${pauseWords(state.stage, event.at)}.`);
        break;
      case 'resumed':
        patch('model', { status: 'training' });
        break;
      case 'setback':
        say(
          `Training went astray at step ${formatNumber(event.at)}; it went back to ${formatNumber(event.backTo)} with half the learning rate.`,
          true,
        );
        break;
    }
  };
}

async function showPreview(event: Extract<TrainEvent, { type: 'preview' }>): Promise<void> {
  await mapReady();
  const mine = invalidateSamples();
  if (get().model.status === 'ready') return;
  const shown = await showSample(
    event.sample,
    performance.now(),
    () => isTurn(mine),
    event.step,
  ).catch(() => false);
  if (shown) keepFilm(event.step);
}

/** Keeps the first preview, two between, and the newest one. */
function keepFilm(step: number): void {
  const { synthetic, model: state, look, data } = get();
  const { film } = state;
  const column = look.colourBy?.kind === 'obs' ? look.colourBy.name : state.training?.attributes[0];
  const umap = copyArray(synthetic.umap);
  if (!umap || !data.umap) return;
  const frame = {
    step,
    umap,
    codes: copyArray(
      column ? (synthetic.recognised[column] ?? synthetic.asked[column] ?? null) : null,
    ),
  };
  const of = Math.max(1, state.of);
  const due = film.length === 0 || (film.length < 4 && step / of >= film.length / 4);
  patch('model', {
    film: due || film.length < 2 ? [...film, frame] : [...film.slice(0, -1), frame],
  });
}
