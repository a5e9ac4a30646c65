/** @file Measures by nearest neighbours: can real and synthetic cells be told apart, and does each kind of cell have company? */
import type { DistanceTable } from './distance-table.ts';
import type { TwoClouds } from './kernel-distances.ts';

/** Leave-one-out nearest-neighbour test of two samples. */
export interface ToldApart {
  /** Share of all points whose nearest other point is of their own sample: 0.5 ideal, 1 told apart, below 0.5 copies of the other sample. */
  readonly accuracy: number;
  /** 1 where a point's nearest other point is of its own sample, [first rows]. */
  readonly first: Uint8Array;
  readonly second: Uint8Array;
}

/** The smallest entry of a row, without entry `skip`; Infinity when there is none. */
function nearestIn({ cols, values }: DistanceTable, row: number, skip: number): number {
  let d = Infinity;
  const from = row * cols;
  for (let j = 0; j < cols; j++) {
    if (j !== skip && values[from + j] < d) d = values[from + j];
  }
  return d;
}

const nearest = new WeakMap<Float64Array, Float64Array>();

/** Distance of each row to its nearest other row; remembered, because many sets are held against the same cells. */
function nearestOthers(within: DistanceTable): Float64Array {
  const known = nearest.get(within.values);
  if (known) return known;
  const made = Float64Array.from({ length: within.rows }, (_, i) => nearestIn(within, i, i));
  nearest.set(within.values, made);
  return made;
}

/** Smallest entry of each column. */
function nearestOfColumns(table: DistanceTable): Float64Array {
  const nearest = new Float64Array(table.cols).fill(Infinity);
  for (let i = 0; i < table.rows; i++) {
    for (let j = 0; j < table.cols; j++) {
      nearest[j] = Math.min(nearest[j], table.values[i * table.cols + j]);
    }
  }
  return nearest;
}

/** The 1-nearest-neighbour two-sample test; both samples should have the same size. A tie counts for the first sample. */
export function tellApart({ first, second, between }: TwoClouds): ToldApart {
  const inFirst = nearestOthers(first);
  const own = Uint8Array.from(inFirst, (d, i) => (d <= nearestIn(between, i, -1) ? 1 : 0));
  const toFirst = nearestOfColumns(between);
  const other = Uint8Array.from({ length: second.rows }, (_, j) =>
    nearestIn(second, j, j) < toFirst[j] ? 1 : 0,
  );
  const right = own.reduce((a, b) => a + b, 0) + other.reduce((a, b) => a + b, 0);
  return { accuracy: right / (first.rows + second.rows), first: own, second: other };
}

/** Precision, recall, density and coverage, all higher is better; density and coverage are about 1 for perfect cells. */
export interface Prdc {
  readonly precision: number;
  readonly recall: number;
  readonly density: number;
  readonly coverage: number;
  /** 1 where a real cell has a synthetic one inside its ball, and where it lies inside one of a synthetic cell, [real]. */
  readonly covered: Uint8Array;
  readonly recalled: Uint8Array;
  /** 1 where a synthetic cell lies inside a real ball, and in how many over k, [synthetic]. */
  readonly precise: Uint8Array;
  readonly balls: Float64Array;
}

const balls = new WeakMap<Float64Array, { readonly k: number; readonly radii: Float64Array }>();

/** Distance of each row to its k-th nearest other row (to the farthest one when there are fewer); the last answer on a table is remembered. */
function radii(within: DistanceTable, k: number): Float64Array {
  const known = balls.get(within.values);
  if (known?.k === k) return known.radii;
  const made = measureRadii(within, k);
  balls.set(within.values, { k, radii: made });
  return made;
}

function measureRadii({ rows, values }: DistanceTable, k: number): Float64Array {
  const count = Math.min(k, rows - 1);
  const held = new Float64Array(count);
  return Float64Array.from({ length: rows }, (_, i) => {
    held.fill(Infinity);
    for (let j = 0; j < rows; j++) {
      const d = values[i * rows + j];
      if (j === i || !(d < held[count - 1])) continue;
      let place = count - 1;
      for (; place > 0 && held[place - 1] > d; place--) held[place] = held[place - 1];
      held[place] = d;
    }
    return count > 0 ? held[count - 1] : 0;
  });
}

/**
 * k-nearest-neighbour balls around real (first) and synthetic (second) cells, and who lies inside whose (strictly).
 *
 * Sources: Kynkäänniemi et al. 2019 (precision, recall); Naeem et al. 2020 (density, coverage).
 */
export function measurePrdc({ first, second, between }: TwoClouds, k = 5): Prdc {
  const real = radii(first, k);
  const synthetic = radii(second, k);
  const covered = new Uint8Array(first.rows);
  const precise = new Uint8Array(second.rows);
  const recalled = new Uint8Array(first.rows);
  const inBalls = new Float64Array(second.rows);
  for (let i = 0; i < first.rows; i++) {
    let hit = false;
    for (let j = 0; j < second.rows; j++) {
      const d = between.values[i * second.rows + j];
      if (d < real[i]) {
        inBalls[j] += 1 / k;
        covered[i] = 1;
        precise[j] = 1;
      }
      hit ||= d < synthetic[j];
    }
    if (hit) recalled[i] = 1;
  }
  const share = (marks: Uint8Array | Float64Array): number => {
    let sum = 0;
    for (const mark of marks) sum += mark;
    return sum / marks.length;
  };
  return {
    precision: share(precise),
    recall: share(recalled),
    density: share(inBalls),
    coverage: share(covered),
    covered,
    recalled,
    precise,
    balls: inBalls,
  };
}
