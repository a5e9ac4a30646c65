/** @file Where exported cells come from: settings, hashes, and the same settings as a command line. */
import type { UnsValue } from '../protocol/dataset.ts';
import type { ModelInfo } from '../protocol/model.ts';
import { cellsmithVersion } from '../protocol/version.ts';
import type { GuidanceState } from './types.ts';

const modelNames: Readonly<Record<ModelInfo['model'], string>> = {
  cfgen: 'CFGen',
  scldm: 'scLDM',
  scdfm: 'scDFM',
};

/** Everything that made the cells, for uns['cellsmith']. */
export function provenanceOf(
  info: ModelInfo,
  guidance: GuidanceState,
  device: string | null,
): Readonly<Record<string, UnsValue>> {
  const terms: Record<string, UnsValue> = {};
  const { librarySize } = guidance;
  for (const { name } of info.attributes) {
    const setting = guidance.terms[name];
    terms[name] = { value: setting?.value ?? 'as in the data', weight: setting?.weight ?? 1 };
  }
  return {
    synthetic: true,
    program: 'Cellsmith',
    version: cellsmithVersion,
    model: modelNames[info.model],
    model_id: info.id,
    recipe: info.recipe,
    trained_on: info.fileName,
    trained_at: info.trainedAt,
    training_cells: info.trainingCells,
    held_out_cells: info.heldOutCells,
    training_seed: info.seed,
    autoencoder_held_out_nats_per_cell: info.autoencoderLoss,
    flow_held_out_mse: info.flowLoss,
    trained_on_device: info.device,
    sampled_on_device: device ?? 'unknown',
    seed: guidance.seed,
    solver: 'rk4, 20 steps',
    guidance: terms,
    library: librarySize.mode === 'fixed' ? `fixed ${librarySize.value}` : librarySize.mode,
    written_at: new Date().toISOString(),
  };
}

/** File name under which a model is saved. */
export function modelFileName(info: ModelInfo): string {
  return `${info.fileName.replace(/\.h5ad$/i, '')}.cellsmith`;
}

/** SHA-256 in hexadecimal; null where the browser offers none (a page without https). */
export async function sha256(bytes: Uint8Array): Promise<string | null> {
  const { subtle } = globalThis.crypto;
  if (!subtle) return null;
  const digest = new Uint8Array(await subtle.digest('SHA-256', bytes as BufferSource));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** A word as a shell takes it. */
function quoted(word: string): string {
  return /^[\w.:=/,+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** The command that makes the same cells from the saved model. */
export function sampleCommand(
  info: ModelInfo,
  guidance: GuidanceState,
  modelFile: string,
  out: string,
): string {
  const words = ['cellsmith', 'sample', modelFile, '--cells', String(guidance.cells)];
  for (const { name } of info.attributes) {
    const { value = null, weight = 1 } = guidance.terms[name] ?? {};
    if (value !== null) words.push('--set', `${name}=${value}:${weight}`);
    else if (weight !== 1) words.push('--weights', `${name}=${weight}`);
  }
  const {
    librarySize: { mode, value },
  } = guidance;
  words.push('--seed', String(guidance.seed), '--library', mode === 'fixed' ? String(value) : mode);
  // The command line writes h5ad.
  const file = out.replace(/\.(mtx|zarr)\.zip$/, '.h5ad');
  words.push('--solver', 'rk4:20', '--out', file);
  return words.map(quoted).join(' ');
}
