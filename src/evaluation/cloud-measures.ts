/** @file Every measure that needs only the places of two sets of cells, and the spread inside classes. */
import type { Pacer } from '../maps/pacer.ts';
import type { Measures } from '../protocol/judge.ts';
import { measureDistances, pickTable, type Cloud, type DistanceTable } from './distance-table.ts';
import { groupRows } from './draws.ts';
import { energyDistance, mmdFiveWidths, mmdUnbiased, type TwoClouds } from './kernel-distances.ts';
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

/** The first rows of both sides, as many as the smaller side has; rows stand in random order. */
function evenSides(clouds: TwoClouds): TwoClouds {
  const n = Math.min(clouds.first.rows, clouds.second.rows);
  if (clouds.first.rows === clouds.second.rows) return clouds;
  const some = Array.from({ length: n }, (_, i) => i);
  const cut = (table: DistanceTable): DistanceTable => pickTable(table, some, some);
  return { first: cut(clouds.first), second: cut(clouds.second), between: cut(clouds.between) };
}

/** Energy, two-sample accuracy and PRDC; `kernels` adds both MMDs. @param width of the unbiased MMD */
export function measureClouds(clouds: TwoClouds, width: number, kernels: boolean): CloudReport {
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
    ...(kernels
      ? { mmdFiveWidths: mmdFiveWidths(clouds), mmdMedian: mmdUnbiased(clouds, width) }
      : {}),
  };
  return { measures, apart, prdc };
}

/** The part of a comparison that belongs to some rows of each side. */
export function pickClouds(
  clouds: TwoClouds,
  first: ArrayLike<number>,
  second: ArrayLike<number>,
): TwoClouds {
  return {
    first: pickTable(clouds.first, first, first),
    second: pickTable(clouds.second, second, second),
    between: pickTable(clouds.between, first, second),
  };
}

/** Mean distance between different rows of a table; NaN below two rows. */
export function meanWithin(within: DistanceTable): number {
  let sum = 0;
  for (const value of within.values) sum += value;
  return sum / (within.rows * (within.rows - 1));
}

/**
 * Mean distance inside a class of the second side over that of the first, averaged over classes with at least 10 cells on both sides,
 * weighted by cells; null when there is no such class.
 */
export function classDiversity(
  clouds: TwoClouds,
  first: Int32Array,
  second: Int32Array,
): number | null {
  const others = groupRows(second);
  let sum = 0;
  let weight = 0;
  for (const [label, rows] of groupRows(first)) {
    const own = others.get(label) ?? [];
    if (rows.length < fewestInClass || own.length < fewestInClass) continue;
    const ratio =
      meanWithin(pickTable(clouds.second, own, own)) /
      meanWithin(pickTable(clouds.first, rows, rows));
    sum += rows.length * ratio;
    weight += rows.length;
  }
  return weight > 0 ? sum / weight : null;
}
