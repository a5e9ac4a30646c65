/** @file Whether the counts will fit, before they are read, and which cells to read when they do not. */
import { createRandom } from '../numerics/random.ts';
import type { CountsSource, LoadEstimate } from '../protocol/dataset.ts';
import type { Categories, CellFile } from './cell-file.ts';
import { loadedBytes, memoryLimit } from './matrix-store.ts';

/** Round numbers offered as a sample. */
const offers = [500_000, 200_000, 100_000, 50_000, 20_000, 10_000, 5_000, 2_000, 1_000, 500];
/** A sample takes at most this share of what is allowed, so that maps and training fit beside it. */
const sampleShare = 0.5;

/** Memory for the chosen counts, or the first that can be used in any way; null when none can. */
export function estimateLoad(
  file: CellFile,
  sources: readonly CountsSource[],
): LoadEstimate | null {
  const usable =
    sources.find((source) => source.usable) ??
    sources.find((source) => source.undo !== null) ??
    sources.find((source) => source.roundable);
  const store = file.matrices.find(({ where }) => where === usable?.where);
  if (store === undefined) return null;
  const bytes = loadedBytes(store);
  const fits = (cells: number): boolean => loadedBytes(store, cells) <= memoryLimit * sampleShare;
  const sample =
    bytes <= memoryLimit
      ? null
      : (offers.find((cells) => cells < store.shape[0] && fits(cells)) ?? null);
  return { bytes, allowed: memoryLimit, sample };
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
