/** @file A model that comes from a file or from before: loaded, taken over with its reference and guidance, and brought back after a crash. */
import { model } from '../../clients/model-client.ts';
import type { FeatureKind } from '../../protocol/dataset.ts';
import { StudioError } from '../../protocol/errors.ts';
import type { ModelInfo } from '../../protocol/model.ts';
import { isGenes, kindsOfModel, openKinds } from '../kinds.ts';
import { emptyModel, get, patch } from '../store.ts';
import type { ModelState } from '../types.ts';
import { say, showError } from './alerts.ts';
import { openKindsTogether, restoreRanges } from './data.ts';
import { askedDevice, followDevice } from './device.ts';
import { generateSoon } from './generate.ts';
import { referenceFromFile } from './map.ts';

/** The newest checkpoint or finished model, to be restored after a dead worker. */
let checkpoint: Uint8Array | null = null;

/** Gives every attribute of a model a control at its start: all values, weight 1. */
export function prepareGuidance(info: ModelInfo): void {
  const { terms } = get().guidance;
  patch('guidance', {
    terms: Object.fromEntries(
      info.attributes.map(({ name }) => [name, terms[name] ?? { value: null, weight: 1 }]),
    ),
  });
}

/** How often a model was on its way. */
let arrivals = 0;

/**
 * Says that a model is on its way, where there is none and none is being trained: until what is returned is called, or the model is there, no training
 * can begin. @param origin ready-made: the demo's; restored: kept from before; null: a model file that a person opened
 */
export function beginLoading(origin: 'ready-made' | 'restored' | null): () => void {
  if (get().model.status !== 'none') return () => undefined;
  arrivals += 1;
  const own = arrivals;
  patch('model', { status: 'loading', origin });
  return () => {
    if (own !== arrivals || get().model.status !== 'loading') return;
    patch('model', { status: 'none', origin: null });
  };
}

/**
 * Loads a model file into the worker, gives the map its latents and shows cells. Errors: bad-model, wrong-file.
 *
 * @param wanted asked once more when it is loaded: another file may have been opened meanwhile @returns false when it was not any more
 */
export async function restoreModel(
  bytes: Uint8Array,
  origin: ModelState['origin'],
  wanted: () => boolean = () => true,
): Promise<boolean> {
  const info = await model.load(bytes.slice());
  if (!wanted()) return false;
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
  if (same || (wanted.length > 0 && (await openInstead(wanted)))) return;
  if (info.modalities === undefined) return;
  const names = info.modalities.map(({ name }) => name).join(' and ');
  throw new StudioError(
    'wrong-file',
    'This model belongs to another file.',
    `It makes ${names}, as they stand in ${info.fileName}. Open that file first, then the model.`,
    { file: info.fileName, modalities: names },
  );
}

/** Opens other kinds of features, which leaves the page without a model; one that is on its way still is. */
async function openInstead(wanted: readonly FeatureKind[]): Promise<boolean> {
  const { status, origin } = get().model;
  const opened = await openKindsTogether(wanted);
  if (status === 'loading' && get().model.status === 'none') patch('model', { status, origin });
  return opened;
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

/** The bytes that were remembered last; null before there was a model. */
export function rememberedModel(): Uint8Array | null {
  return checkpoint;
}

/** Remembers the flow of a training as it is by now, for when its worker dies. */
export async function keepCheckpoint(): Promise<void> {
  if (get().model.stage !== 'flow') return;
  const bytes = await model.save().catch(() => null);
  if (bytes) checkpoint = bytes;
}
