/** @file Training: its settings, starting it, pausing, stopping, and what is left when it ends early. */
import { model } from '../../clients/model-client.ts';
import { StudioError } from '../../protocol/errors.ts';
import type { ModelInfo } from '../../protocol/model.ts';
import { formatDuration } from '../format.ts';
import { keepKind, kindSettings } from '../model-kind.ts';
import { learntGenes, screenSettings } from '../screen-choice.ts';
import { splitFor } from '../split-choice.ts';
import { emptyModel, get, patch } from '../store.ts';
import type { ModelState } from '../types.ts';
import { clearAlerts, say, showError } from './alerts.ts';
import { reopenAfterCrash } from './data.ts';
import { clearSynthetic, generate } from './generate.ts';
import { dropReference } from './map.ts';
import { leaveLatentMap } from './map-choice.ts';
import {
  keepCheckpoint,
  prepareGuidance,
  rememberedModel,
  rememberModel,
  restoreModel,
} from './model-back.ts';
import { diskOffers, selectData, stopCopying, type SelectedData } from './training-data.ts';
import { follower } from './training-events.ts';

const previewCells = 260;
const checkpointEvery = 30_000;

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
  const kept = rememberedModel();
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

function startRecord({ data, cells, genes: chosen, fromDisk }: SelectedData): void {
  const heldOut = Math.round(cells * get().model.settings.heldOut);
  const attributes = data.attributes.map(({ name }) => name);
  const genes = learntGenes(get(), chosen);
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

async function adoptTrained(info: ModelInfo): Promise<void> {
  patch('model', { status: 'ready', origin: 'trained', info, secondsLeft: 0, overall: 1 });
  prepareGuidance(info);
  const duration = formatDuration(info.seconds);
  patch('view', { step: 'generate', drawer: null });
  const bytes = await model.save();
  rememberModel(bytes.slice());
  onModelReady?.(bytes);
  await generate();
  say(
    info.stoppedEarly
      ? `Stopped after ${duration}; what was learnt is kept. Move a slider.`
      : `Trained in ${duration}. Move a slider.`,
  );
}

async function afterFailure(
  thrown: unknown,
  before: ModelState,
  kept: Uint8Array | null,
): Promise<void> {
  const error = StudioError.from(thrown);
  const lost = error.code === 'worker-crashed' || error.code === 'device-lost';
  // Only a training that lost its worker goes back to its own last state.
  const last = lost ? rememberedModel() : kept;
  if (last && (lost || before.info)) {
    const back = await restoreModel(last, before.origin ?? 'trained').catch(() => false);
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
