/** @file Every measure that needs only the places of two sets of cells, and the spread inside classes. */
import type { Pacer } from '../maps/pacer.ts';
import type { Measures } from '../protocol/judge.ts';
import { measureDistances, pickTable, type Cloud, type DistanceTable } from './distance-table.ts';
import { groupRows } from './draws.ts';
import { energyDistance, evenSides, type TwoClouds } from './kernel-distances.ts';
import { measurePrdc, tellApart, type Prdc, type ToldApart } from './neighbour-measures.ts';

/** Fewest cells of a class on each side for figures of its own. */
export const fewestInClass = 10;

/** Distances of held-out cells among themselves, towards others, and among the others. */
export async function twoClouds(
  first: Cloud,
  within: DistanceTable,
  second: Cloud,
  pacer: Pacer,
): Promise<TwoClouds> {
  return {
    first: within,
    second: await measureDistances(second, second, pacer),
    between: await measureDistances(first, second, pacer),
  };
}

/** The cheap measures, with what each cell contributed (for bootstrap intervals). */
export interface CloudReport {
  readonly measures: Measures;
  readonly apart: ToldApart;
  readonly prdc: Prdc;
}

/** Energy, two-sample accuracy and PRDC. */
export function measureClouds(clouds: TwoClouds): CloudReport {
  const apart = tellApart(evenSides(clouds));
  const prdc = measurePrdc(clouds);
  const { precision, recall, density, coverage } = prdc;
  const measures = {
    energy: energyDistance(clouds),
    toldApart: apart.accuracy,
    precision,
    recall,
    density,
    coverage,
  };
  return { measures, apart, prdc };
}

/** The part of a comparison that belongs to some rows of each side. @param within of the first side's rows, if it is known */
export function pickClouds(
  clouds: TwoClouds,
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  within?: DistanceTable,
): TwoClouds {
  return {
    first: within ?? pickTable(clouds.first, first, first),
    second: pickTable(clouds.second, second, second),
    between: pickTable(clouds.between, first, second),
  };
}

/** Mean distance of each of some rows to the others among them. */
function meansAmong(within: DistanceTable, rows: readonly number[]): Float64Array {
  return Float64Array.from(rows, (i) => {
    let sum = 0;
    for (const j of rows) sum += within.values[i * within.cols + j];
    return sum / (rows.length - 1);
  });
}

/** One class with enough cells on both sides: mean distance of each cell to the others of its side. */
export interface ClassSpread {
  readonly first: Float64Array;
  readonly second: Float64Array;
}

/** The classes with at least 10 cells on both sides. @param first label of each row of the first side, and so on */
export function classSpreads(
  clouds: TwoClouds,
  first: Int32Array,
  second: Int32Array,
): ClassSpread[] {
  const others = groupRows(second);
  return [...groupRows(first)].flatMap(([label, rows]) => {
    const own = label < 0 ? [] : (others.get(label) ?? []);
    if (rows.length < fewestInClass || own.length < fewestInClass) return [];
    return [{ first: meansAmong(clouds.first, rows), second: meansAmong(clouds.second, own) }];
  });
}

/**
 * Mean distance inside a class of the second side over that of the first, averaged over classes, weighted by cells; null without classes.
 *
 * @param mean of one side of a class; bootstrap draws give their own
 */
export function diversityOf(
  classes: readonly ClassSpread[],
  mean: (values: Float64Array) => number = meanOf,
): number | null {
  let sum = 0;
  let weight = 0;
  for (const { first, second } of classes) {
    sum += (first.length * mean(second)) / mean(first);
    weight += first.length;
  }
  return weight > 0 ? sum / weight : null;
}

/** Plain mean. */
export function meanOf(values: Float64Array): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}
