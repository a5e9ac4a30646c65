/** @file Which real cells stand for what: two halves of the training cells, and draws with the labels of the held-out cells. */
import { createRandom, type Random } from '../numerics/random.ts';

/** Rows of the training cells: one half to fit a space on, the other to draw the floor from. Both ascend. */
export interface Halves {
  readonly fit: Int32Array;
  readonly draw: Int32Array;
}

/** Splits n cells into two random halves. */
export function splitHalves(n: number, seed: number): Halves {
  const order = Int32Array.from(createRandom(seed, 21).permutation(n));
  const middle = Math.floor(n / 2);
  return { fit: order.slice(0, middle).sort(), draw: order.slice(middle).sort() };
}

/** One label a cell out of several attributes, so that equal combinations have equal labels; 0 everywhere without attributes. */
function jointLabels(codes: readonly Int32Array[], n: number): Int32Array {
  const known = new Map<string, number>();
  return Int32Array.from({ length: n }, (_, i) => {
    const key = codes.map((own) => own[i]).join();
    const label = known.get(key) ?? known.size;
    known.set(key, label);
    return label;
  });
}

/** Joint labels of two sets of cells that mean the same combination by the same number. */
export function sharedLabels(
  first: readonly Int32Array[],
  firstCells: number,
  second: readonly Int32Array[],
  secondCells: number,
): [Int32Array, Int32Array] {
  const both = first.map((codes, a) => Int32Array.from([...codes, ...second[a]]));
  const labels = jointLabels(both, firstCells + secondCells);
  return [labels.slice(0, firstCells), labels.slice(firstCells)];
}

/** Positions of each label. */
export function groupRows(labels: Int32Array): Map<number, number[]> {
  const groups = new Map<number, number[]>();
  labels.forEach((label, i) => {
    const own = groups.get(label);
    if (own) own.push(i);
    else groups.set(label, [i]);
  });
  return groups;
}

/** n of the positions in random order; all of them when there are no more. */
export function takeSome(random: Random, from: ArrayLike<number>, n: number): Int32Array {
  const order = random.permutation(from.length);
  return Int32Array.from({ length: Math.min(n, from.length) }, (_, i) => from[order[i]]);
}

/**
 * Cells with the same labels as wanted, each at most once: where a label has too few, cells with the same first attribute stand in, then
 * any. Never repeats a cell (two equal cells would look like copies), so the draw may be shorter than wanted when `rows` is.
 *
 * @param rows candidates @param labels label of each candidate, and `coarse` its first attribute
 */
export function drawMatched(
  random: Random,
  rows: Int32Array,
  labels: Int32Array,
  coarse: Int32Array,
  wanted: { readonly labels: Int32Array; readonly coarse: Int32Array },
): Int32Array {
  const free = new Set<number>(rows.keys());
  const chosen: number[] = [];
  let missing: number[] = [...wanted.labels.keys()];
  for (const [own, asked] of [
    [labels, wanted.labels],
    [coarse, wanted.coarse],
  ]) {
    const left = groupRows(own);
    const next: number[] = [];
    for (const [label, need] of groupRows(Int32Array.from(missing, (i) => asked[i]))) {
      const able = (left.get(label) ?? []).filter((i) => free.has(i));
      const taken = takeSome(random, able, need.length);
      for (const i of taken) {
        free.delete(i);
        chosen.push(i);
      }
      for (const k of need.slice(taken.length)) next.push(missing[k]);
    }
    missing = next;
  }
  for (const i of takeSome(random, [...free], missing.length)) chosen.push(i);
  return Int32Array.from(chosen, (i) => rows[i]);
}
