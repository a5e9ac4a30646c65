/** @file Training: starting it, following its events, pausing, stopping, and taking over a model. */
import { model } from '../../clients/model-client.ts';
import type { FeatureKind } from '../../protocol/dataset.ts';
import { StudioError } from '../../protocol/errors.ts';
import type { ModelInfo, TrainEvent } from '../../protocol/model.ts';
import { copyArray } from '../array-registry.ts';
import { formatDuration, formatNumber } from '../format.ts';
import { isGenes, kindsOfModel, openKinds } from '../kinds.ts';
import { keepKind, kindSettings } from '../model-kind.ts';
import { screenSettings } from '../screen-choice.ts';
import { splitFor } from '../split-choice.ts';
import { emptyModel, get, patch } from '../store.ts';
import { pauseWords, stageWords } from '../training-words.ts';
import type { LossPoint, ModelState } from '../types.ts';
import { clearAlerts, say, showError } from './alerts.ts';
import { openKindsTogether, reopenAfterCrash, restoreRanges } from './data.ts';
import {
  clearSynthetic,
  generate,
  generateSoon,
  invalidateSamples,
  isTurn,
  showSample,
} from './generate.ts';
import { askedDevice, followDevice } from './device.ts';
import { diskOffers, selectData, stopCopying, type SelectedData } from './training-data.ts';
import { dropReference, mapReady, referenceFromFile, setReference } from './map.ts';
import { leaveLatentMap } from './map-choice.ts';

const previewCells = 260;
const checkpointEvery = 30_000;

/** The newest checkpoint or finished model, to be restored after a dead worker. */
let checkpoint: Uint8Array | null = null;
let onModelReady: ((bytes: Uint8Array) => void) | null = null;

/** Called with the model file whenever a model was trained to its end; used to keep it for the next visit. */
export function whenTrained(listener: (bytes: Uint8Array) => void): void {
  onModelReady = listener;
}

/** Trains on the open file with the present choices. Alerts on errors; an earlier model is lost only once a new one exists. */
export async function train(): Promise<void> {
  const { data, choices, model: before } = get();
  if (
    data.status !== 'ready' ||
    choices.source === null ||
    (before.status !== 'none' && before.status !== 'ready')
  )
    return;
  patch('view', { step: 'model', drawer: 'training', panelOpen: true });
  clearAlerts();
  say('Training: counts and split.', true);
  patch('model', {
    ...emptyModel,
    settings: before.settings,
    status: 'training',
    stage: 'prepare',
  });
  const selected = await selectData().catch((thrown: unknown) => notSelected(thrown, before));
  if (!selected) return;
  const kept = checkpoint;
  try {
    clearSynthetic();
    leaveLatentMap();
    dropReference();
    startRecord(selected);
    const info = await runTraining(selected);
    selected.drop();
    await adoptTrained(info);
  } catch (thrown) {
    selected.drop();
    await afterFailure(thrown, before, kept);
  }
}

/** Training did not begin: nothing of the model before was touched. */
function notSelected(thrown: unknown, before: ModelState): null {
  patch('model', { ...before, settings: get().model.settings });
  patch('view', { drawer: null, step: 'data' });
  const offers = diskOffers(thrown, train, (place) => setTrainSettings({ place }));
  const kept = before.info ? 'The file is still open, and its model is still here.' : null;
  const { code } = showError(thrown, kept ?? 'The file is still open.', offers);
  // A reader that caught itself in a damaged file was ended, and the file with it.
  if (code === 'file-damaged') void reopenAfterCrash();
  say(code === 'cancelled' ? 'Stopped before training began.' : 'Training could not begin.');
  return null;
}

function startRecord({ data, cells, genes, fromDisk }: SelectedData): void {
  const heldOut = Math.round(cells * get().model.settings.heldOut);
  const attributes = data.attributes.map(({ name }) => name);
  patch('model', { training: { cells: cells - heldOut, heldOut, genes, attributes, fromDisk } });
}

async function runTraining({ data, sourceGenes }: SelectedData): Promise<ModelInfo> {
  const { settings } = get().model;
  const { recipe, seed, flowSteps, maxEpochs, heldOut } = settings;
  const { split, splitGroups } = splitFor(settings, data);
  const screen = screenSettings(get());
  const { summary } = get().data;
  const follow = follower(
    data.cellIndex.slice(),
    data.attributes.map(({ name }) => name),
  );
  const ticking = setInterval(() => void keepCheckpoint(), checkpointEvery);
  try {
    return await model.train(
      {
        data,
        settings: { ...kindSettings(settings), recipe, seed, flowSteps, maxEpochs, heldOut, split, ...(screen ? { screen } : {}) }, // prettier-ignore
        ...(splitGroups ? { splitGroups } : {}),
        sourceShape: [summary?.nObs ?? 0, sourceGenes.length],
        sourceGenes,
        previewCells,
      },
      follow,
    );
  } finally {
    clearInterval(ticking);
  }
}

async function keepCheckpoint(): Promise<void> {
  if (get().model.stage !== 'flow') return;
  const bytes = await model.save().catch(() => null);
  if (bytes) checkpoint = bytes;
}

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

function follower(
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

async function adoptTrained(info: ModelInfo): Promise<void> {
  patch('model', { status: 'ready', origin: 'trained', info, secondsLeft: 0, overall: 1 });
  prepareGuidance(info);
  const duration = formatDuration(info.seconds);
  patch('view', { step: 'generate', drawer: null });
  const bytes = await model.save();
  checkpoint = bytes.slice();
  onModelReady?.(bytes);
  await generate();
  say(
    info.stoppedEarly
      ? `Stopped after ${duration}; what was learnt is kept. Move a slider.`
      : `Trained in ${duration}. Move a slider.`,
  );
}

/** Gives every attribute of a model a control at its start: all values, weight 1. */
export function prepareGuidance(info: ModelInfo): void {
  const { terms } = get().guidance;
  patch('guidance', {
    terms: Object.fromEntries(
      info.attributes.map(({ name }) => [name, terms[name] ?? { value: null, weight: 1 }]),
    ),
  });
}

async function afterFailure(
  thrown: unknown,
  before: ModelState,
  kept: Uint8Array | null,
): Promise<void> {
  const error = StudioError.from(thrown);
  checkpoint = checkpoint ?? kept;
  const lost = error.code === 'worker-crashed' || error.code === 'device-lost';
  if (checkpoint && (lost || before.info)) {
    const back = await restoreModel(checkpoint, before.origin ?? 'trained').catch(() => false);
    if (back) {
      showError(
        error,
        lost ? 'The last state of the model is back.' : 'The model trained before is still here.',
      );
      say('Training ended early.');
      return;
    }
  }
  patch('model', { ...emptyModel, settings: before.settings });
  patch('view', { drawer: null, step: 'data' });
  showError(error, 'The file is still open.');
  say(
    error.code === 'cancelled'
      ? 'Training stopped. There was nothing to keep yet.'
      : 'Training ended early.',
  );
}

/** Loads a model file into the worker, gives the map its latents and shows cells. Errors: bad-model, wrong-file. */
export async function restoreModel(
  bytes: Uint8Array,
  origin: ModelState['origin'],
): Promise<boolean> {
  const info = await model.load(bytes.slice());
  try {
    await openFeaturesOf(info);
    await adoptModel(info, origin);
  } catch (thrown) {
    // The page keeps what it had, so the worker gets it back.
    if (checkpoint && get().model.info) await model.load(checkpoint.slice());
    throw thrown;
  }
  checkpoint = bytes;
  return true;
}

/** Opens the kinds of features that a model makes, where the open file has them closed. Error: wrong-file. */
async function openFeaturesOf(info: ModelInfo): Promise<void> {
  const { summary } = get().data;
  const wanted = featuresOf(info);
  const open = openKinds(summary);
  const same =
    wanted.length === open.length && wanted.every(({ name }, k) => name === open[k].name);
  if (same || (wanted.length > 0 && (await openKindsTogether(wanted)))) return;
  if (info.modalities === undefined) return;
  const names = info.modalities.map(({ name }) => name).join(' and ');
  throw new StudioError(
    'wrong-file',
    'This model belongs to another file.',
    `It makes ${names}, as they stand in ${info.fileName}. Open that file first, then the model.`,
    { file: info.fileName, modalities: names },
  );
}

/** The open file's kinds that a model needs; none when they are not there, or genes are all there is. */
function featuresOf({ modalities, sourceShape }: ModelInfo): readonly FeatureKind[] {
  const { summary } = get().data;
  const genes = (summary?.kinds ?? []).filter(isGenes).slice(0, 1);
  const found = modalities ? (kindsOfModel(summary, modalities) ?? []) : genes;
  // A file with other features is another file: what is open must not be closed for it.
  const features = found.reduce((sum, kind) => sum + kind.features, 0);
  return features === sourceShape[1] ? found : [];
}

/** Takes over the model that the worker has loaded: reference, guidance, first cells. Error: wrong-file. */
export async function adoptModel(info: ModelInfo, origin: ModelState['origin']): Promise<void> {
  const sameCells = get().data.summary?.nObs === info.sourceShape[0];
  if (sameCells) await restoreRanges(info.attributes.map(({ name }) => name));
  await referenceFromFile(info);
  const { settings, realHits, latentPca, latentPcaVariance } = get().model;
  const reference = { realHits, latentPca, latentPcaVariance };
  patch('model', { ...emptyModel, ...reference, settings, status: 'ready', origin, info });
  prepareGuidance(info);
  await generateSoon();
}

/** After the model worker died outside training: a new one gets the last model. */
export async function restoreAfterCrash(): Promise<void> {
  const { status, origin } = get().model;
  if (status !== 'ready' || !checkpoint) return;
  try {
    await model.init(askedDevice(), followDevice);
    await restoreModel(checkpoint, origin);
    say('The model worker was started again and has its model back.');
  } catch (thrown) {
    showError(thrown);
  }
}

/** Remembers the bytes of the present model for restoring. */
export function rememberModel(bytes: Uint8Array): void {
  checkpoint = bytes;
}

/** Pauses training; nothing is lost. */
export function pauseTraining(): void {
  if (get().model.status !== 'training') return;
  patch('model', { status: 'pausing' });
  void model.pause().catch(showError);
}

/** Goes on after a pause. */
export function resumeTraining(): void {
  if (get().model.status !== 'paused' && get().model.status !== 'pausing') return;
  void model.resume().catch(showError);
}

/** Ends training and keeps the best state so far. */
export function stopTraining(): void {
  const { status } = get().model;
  if (status !== 'training' && status !== 'paused' && status !== 'pausing') return;
  patch('model', { status: 'stopping' });
  if (stopCopying()) return;
  say('Stopping: keeping the best state so far.', true);
  void model.stop().catch(showError);
}

/** Kind of model (kept for the next visit), recipe, training seed, epochs and steps. */
export function setTrainSettings(change: Partial<ModelState['settings']>): void {
  const settings = { ...get().model.settings, ...change };
  patch('model', { settings });
  keepKind(settings);
}
