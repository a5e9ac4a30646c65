/** @file Library sizes of synthetic cells: as the flow generates them, from a log-normal, or one fixed number. */
import { columnsSource } from '../../numerics/csr-source.ts';
import { libraryStatistics } from '../../numerics/statistics.ts';
import { normalsAt } from '../../numerics/random.ts';
import type { AttributeData } from '../../protocol/dataset.ts';
import type { LibrarySetting } from '../../protocol/model.ts';
import type { SourceData } from '../training/training-data.ts';
import { libraryBlock, type BlocksShape } from '../decoding/blocks.ts';
import type { CombinationLibrary, LibraryModel } from './sampled-model.ts';
import { combinationKey } from '../training/split.ts';

/** Stream of the noise that draws library sizes. */
const LIBRARY_STREAM = 5;

/** A fixed size beyond this many standard deviations steers the flow no further; the size itself is kept. */
const STEER_LIMIT = 3;

/** Library size of every cell: its counts of the features that share it, or of all features where none do. */
export function librarySums(
  { counts }: Pick<SourceData, 'counts'>,
  shape: BlocksShape,
): Float64Array {
  const block = libraryBlock(shape);
  if (block === null || block.features === counts.cols) return counts.sums;
  return columnsSource(counts, block.from, block.features).sums;
}

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

/** Where a log library size lies in the flow's last dimension. */
export function libraryState(
  { mean, sd, scale = 1 }: Pick<LibraryModel, 'mean' | 'sd' | 'scale'>,
  logLibrary: number,
): number {
  return (scale * (logLibrary - mean)) / sd;
}

/** The log library size at a place in the flow's last dimension, between half the smallest and twice the largest of the training cells. */
export function libraryAt({ mean, sd, min, max, scale = 1 }: LibraryModel, state: number): number {
  return Math.max(min - Math.LN2, Math.min(max + Math.LN2, mean + (sd * state) / scale));
}

/** Fewer cells of a combination say less of its library sizes than its first attribute does. */
const COMBINATION_CELLS = 10;

/** Statistics of every combination of labels that has enough cells. Source: methods/scldm §4 and its appendix A. */
export function describeCombinations(
  logLibrary: Float64Array,
  attributes: readonly AttributeData[],
): CombinationLibrary[] {
  const groups = new Map<string, { codes: number[]; values: number[] }>();
  logLibrary.forEach((value, cell) => {
    const codes = attributes.map((a) => a.codes[cell]);
    if (codes.includes(-1)) return;
    const key = combinationKey(codes);
    const group = groups.get(key) ?? { codes, values: [] };
    group.values.push(value);
    groups.set(key, group);
  });
  return [...groups.values()]
    .filter(({ values }) => values.length >= COMBINATION_CELLS)
    .map(({ codes, values }) => {
      const own = libraryStatistics(values, new Int32Array(values.length).fill(-1), 0);
      return { codes, mean: own.overallMean, sd: own.overallSd };
    });
}

/** Where log library sizes come from in one request. */
export type LibraryPlan =
  /** The flow's last dimension is free and read off at the end. */
  | { readonly kind: 'generated' }
  /** Decided beforehand, [cells]; the flow's last dimension, if it has one, is led to `steer`. */
  | { readonly kind: 'given'; readonly logLibrary: Float32Array; readonly steer: Float32Array };

/**
 * Plans the library sizes of cells.
 *
 * @param codes category of each cell per attribute, −1 where it has none, null where no cell has one; they decide the
 *   log-normal for models whose flow does not generate the library size: the combination's where it is known, else the
 *   first attribute's, else that of all cells
 * @param joint whether the flow generates it
 * @param first number of the first cell, on which its noise depends
 */
export function planLibrary(
  setting: LibrarySetting,
  library: LibraryModel,
  codes: readonly (Int32Array | null)[],
  cells: number,
  seed: number,
  joint: boolean,
  first = 0,
): LibraryPlan {
  if (setting.mode === 'chosen' && joint) return { kind: 'generated' };
  const logLibrary = new Float32Array(cells);
  if (setting.mode === 'fixed') logLibrary.fill(Math.log(setting.value));
  else drawLogNormal(logLibrary, library, setting.mode === 'chosen' ? codes : [], seed, first);
  const steer = logLibrary.map((value) => {
    const most = STEER_LIMIT * (library.scale ?? 1);
    return Math.max(-most, Math.min(most, libraryState(library, value)));
  });
  return { kind: 'given', logLibrary, steer };
}

function drawLogNormal(
  out: Float32Array,
  library: LibraryModel,
  codes: readonly (Int32Array | null)[],
  seed: number,
  first: number,
): void {
  const noise = new Float32Array(1);
  const combinations = new Map(library.byCombination?.map((c) => [combinationKey(c.codes), c]));
  for (let i = 0; i < out.length; i++) {
    normalsAt(seed, LIBRARY_STREAM, first + i, noise);
    const own = codes.map((all) => all?.[i] ?? -1);
    const known = combinations.get(combinationKey(own));
    const code = own[0] ?? -1;
    const mean = known?.mean ?? (code < 0 ? library.mean : library.byCategory[0].mean[code]);
    const sd = known?.sd ?? (code < 0 ? library.sd : library.byCategory[0].sd[code]);
    out[i] = mean + sd * noise[0];
  }
}
