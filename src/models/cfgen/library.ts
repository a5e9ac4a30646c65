/** @file Library sizes of synthetic cells: as the flow generates them, from a log-normal, or one fixed number. */
import { libraryStatistics } from '../../numerics/statistics.ts';
import { normalsAt } from '../../numerics/random.ts';
import type { AttributeData } from '../../protocol/dataset.ts';
import type { LibrarySetting } from '../../protocol/model.ts';
import type { LibraryModel } from './model.ts';

/** Stream of the noise that draws library sizes. */
const LIBRARY_STREAM = 5;

/** A fixed size beyond this many standard deviations steers the flow no further; the size itself is kept. */
const STEER_LIMIT = 3;

/** Library statistics of the training cells, overall and by category of each attribute. */
export function describeLibrary(
  logLibrary: Float64Array,
  attributes: readonly AttributeData[],
): LibraryModel {
  const none = new Int32Array(logLibrary.length).fill(-1);
  const all = libraryStatistics(logLibrary, none, 0);
  return {
    mean: all.overallMean,
    sd: Math.max(all.overallSd, 1e-6),
    min: all.min,
    max: all.max,
    byCategory: attributes.map((attribute) => {
      const own = libraryStatistics(logLibrary, attribute.codes, attribute.categories.length);
      return { mean: Array.from(own.mean), sd: Array.from(own.sd) };
    }),
  };
}

/** Where log library sizes come from in one request. */
export type LibraryPlan =
  /** The flow's last dimension is free and read off at the end. */
  | { readonly kind: 'generated' }
  /** Decided beforehand, [cells]; the flow's last dimension, if it has one, is led to `steer` (in units of sd). */
  | { readonly kind: 'given'; readonly logLibrary: Float32Array; readonly steer: Float32Array };

/**
 * Plans the library sizes of cells.
 *
 * @param codes category of each cell in the first attribute, −1 where it has none; decides the log-normal for models
 *   whose flow does not generate the library size
 * @param joint whether the flow generates it
 */
export function planLibrary(
  setting: LibrarySetting,
  library: LibraryModel,
  codes: Int32Array | null,
  cells: number,
  seed: number,
  joint: boolean,
): LibraryPlan {
  if (setting.mode === 'chosen' && joint) return { kind: 'generated' };
  const logLibrary = new Float32Array(cells);
  if (setting.mode === 'fixed') logLibrary.fill(Math.log(setting.value));
  else drawLogNormal(logLibrary, library, setting.mode === 'chosen' ? codes : null, seed);
  const steer = logLibrary.map((value) => {
    const distance = (value - library.mean) / library.sd;
    return Math.max(-STEER_LIMIT, Math.min(STEER_LIMIT, distance));
  });
  return { kind: 'given', logLibrary, steer };
}

function drawLogNormal(
  out: Float32Array,
  library: LibraryModel,
  codes: Int32Array | null,
  seed: number,
): void {
  const noise = new Float32Array(1);
  for (let i = 0; i < out.length; i++) {
    normalsAt(seed, LIBRARY_STREAM, i, noise);
    const code = codes === null ? -1 : codes[i];
    const mean = code < 0 ? library.mean : library.byCategory[0].mean[code];
    const sd = code < 0 ? library.sd : library.byCategory[0].sd[code];
    out[i] = mean + sd * noise[0];
  }
}
