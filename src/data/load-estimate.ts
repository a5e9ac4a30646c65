/** @file Whether the counts will fit, before they are read, and which cells to read when they do not. */
import { createRandom } from '../numerics/random.ts';
import type { CountsSource, LoadEstimate, LoadWay } from '../protocol/dataset.ts';
import type { Categories, CellFile } from './cell-file.ts';
import { storeWidth, type MatrixStore } from './matrix-parts.ts';
import { loadedBytes, memoryLimit } from './matrix-store.ts';

/** Round numbers offered as a sample. */
const offers = [500_000, 200_000, 100_000, 50_000, 20_000, 10_000, 5_000, 2_000, 1_000, 500];
/** A sample takes at most this share of what is allowed, so that maps and training fit beside it. */
const sampleShare = 0.5;

/** Above this a person is asked before the counts are read. */
const askBytes = 5e8;
/** Most variable genes offered: the first of these that fit. */
const offeredGenes = [2000, 1000, 500];
/** Entries that are read in a second when opening did not measure it. */
const usualSpeed = 1e7;
/** Reading counts takes this many times as long as reading their values alone. */
const wholeReading = 2.5;

/** How fast the values were read while the file was opened. */
export interface ReadingSpeed {
  readonly entries: number;
  readonly seconds: number;
}

/** Memory for the chosen counts, or the first that can be used in any way; null when none can. */
export function estimateLoad(
  file: CellFile,
  sources: readonly CountsSource[],
  speed: ReadingSpeed | null = null,
): LoadEstimate | null {
  const usable =
    sources.find((source) => source.usable) ??
    sources.find((source) => source.undo !== null) ??
    sources.find((source) => source.roundable);
  const store = file.matrices.find(({ where }) => where === usable?.where);
  if (store === undefined) return null;
  const bytes = loadedBytes(store);
  const fits = (cells: number): boolean => loadedBytes(store, cells) <= memoryLimit * sampleShare;
  const offered = offers.find((cells) => cells < store.shape[0] && fits(cells)) ?? null;
  const sample = bytes <= memoryLimit ? null : offered;
  const ask = bytes > askBytes;
  const ways = ask ? waysOf(store, offered, speed) : [];
  return { bytes, allowed: memoryLimit, sample, ways, ask };
}

/** All cells and genes; all cells with the most variable genes; a sample with all genes. */
function waysOf(
  store: MatrixStore,
  sample: number | null,
  speed: ReadingSpeed | null,
): readonly LoadWay[] {
  const [cells] = store.shape;
  const perSecond =
    speed !== null && speed.seconds > 0 && speed.entries > 0
      ? speed.entries / speed.seconds
      : usualSpeed;
  const way = (some: number, genes: number | 'all'): LoadWay => {
    const bytes = loadedBytes(store, some, genes === 'all' ? storeWidth(store) : genes);
    // A sample is spread over the whole file, and packed blocks are unpacked whole: only few cells spare reading.
    const share = Math.min(1, (20 * some) / cells);
    const seconds = (wholeReading * store.stored * share) / perSecond;
    return { cells: some, genes, bytes, seconds, fits: bytes <= memoryLimit };
  };
  const ways = [way(cells, 'all')];
  const variable = offeredGenes
    .filter((genes) => storeWidth(store) > 2 * genes)
    .map((genes) => way(cells, genes));
  const best = variable.find(({ fits }) => fits) ?? variable.at(-1);
  if (best) ways.push(best);
  if (sample !== null) ways.push(way(sample, 'all'));
  const few = offers.find((some) => sample !== null && some <= sample / 5);
  if (few !== undefined) ways.push(way(few, 'all'));
  return ways;
}

/** Cells of a run: neighbours in the file lie in the same packed blocks. */
const runLength = 20;

/** About `wanted` cells in evenly spread runs of neighbours, ascending: quick to read, for a picture or moments. */
export function sampleRuns(cells: number, wanted: number): Int32Array {
  if (wanted >= cells) return Int32Array.from({ length: cells }, (_, i) => i);
  const runs = Math.max(1, Math.floor(wanted / runLength));
  const chosen = new Int32Array(runs * runLength);
  for (let run = 0; run < runs; run++) {
    const first = Math.floor((run * cells) / runs);
    for (let i = 0; i < runLength; i++) chosen[run * runLength + i] = first + i;
  }
  return chosen;
}

/** Fewest cells of a category that a sample keeps, as far as there are so many. */
const fewestKept = 50;

/**
 * About `wanted` cells, ascending: each category in its share but at least 50 cells of it, spread evenly by a fixed rule.
 * The same call gives the same cells. Cells without a label are a category of their own.
 */
export function sampleCells(cells: number, wanted: number, labels: Categories | null): Int32Array {
  if (wanted >= cells) return Int32Array.from({ length: cells }, (_, i) => i);
  const groups: number[][] = [];
  for (let cell = 0; cell < cells; cell++) {
    const group = labels === null ? 0 : labels.codes[cell] + 1;
    (groups[group] ??= []).push(cell);
  }
  const sizes = groups.map((group) => group.length);
  const quotas = shareOut(sizes, wanted);
  const chosen: number[] = [];
  for (const [g, group] of groups.entries()) {
    if (group === undefined) continue;
    shuffle(group, g);
    for (let i = 0; i < quotas[g]; i++) chosen.push(group[i]);
  }
  return Int32Array.from(chosen).sort();
}

/** Parts of `wanted`, in proportion to the sizes, none below 50 or its size while that is possible. */
function shareOut(sizes: readonly number[], wanted: number): readonly number[] {
  const total = sizes.reduce((sum, size) => sum + (size ?? 0), 0);
  const least = Math.min(fewestKept, Math.floor(wanted / Math.max(1, sizes.length)));
  const quotas = Array.from(sizes, (size = 0) =>
    Math.min(size, Math.max(least, Math.floor((wanted * size) / total))),
  );
  let over = quotas.reduce((sum, quota) => sum + quota, 0) - wanted;
  while (over !== 0) {
    const step = Math.sign(over);
    // Take from (or give to) the largest group that can bear it.
    let at = -1;
    for (const [g, quota] of quotas.entries()) {
      const can = step > 0 ? quota > least : quota < (sizes[g] ?? 0);
      if (can && (at < 0 || (sizes[g] ?? 0) > (sizes[at] ?? 0))) at = g;
    }
    if (at < 0) break;
    const room = step > 0 ? quotas[at] - least : (sizes[at] ?? 0) - quotas[at];
    const moved = Math.min(Math.abs(over), room);
    quotas[at] -= step * moved;
    over -= step * moved;
  }
  return quotas;
}

/** Fisher–Yates with a fixed seed; groups have their own sequences. */
function shuffle(list: number[], group: number): void {
  const random = createRandom(0, group);
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(random.uniform() * (i + 1));
    [list[i], list[j]] = [list[j], list[i]];
  }
}
