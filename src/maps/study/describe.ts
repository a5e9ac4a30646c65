/** @file Expression of a gene in sets of cells: mean, share of cells, quartiles, and a density for violins. */
import type { CellSet, DescribeRequest, SetExpression } from '../../protocol/study.ts';
import { quantileOfSorted } from '../../numerics/statistics.ts';
import type { Pacer } from '../pacer.ts';
import { gatherLogValues, membersOf, type StudyCells } from './study-cells.ts';

/** Points of a density. */
export const DENSITY_POINTS = 48;
const BINS = 256;

/** [gene][set]; genes that a kind of cells does not have are all zero there. Error: cancelled. */
export async function describeSets(
  study: StudyCells,
  { genes, sets, shared }: DescribeRequest,
  pacer: Pacer,
): Promise<SetExpression[][]> {
  const readers = sets.map((set) => reader(study, set, shared));
  const table: SetExpression[][] = [];
  for (const gene of genes) {
    const row: SetExpression[] = [];
    for (const read of readers) {
      if (pacer.due()) await pacer.rest();
      row.push(summarise(read(gene).sort()));
    }
    table.push(row);
  }
  return table;
}

/** Every value of the first gene asked for, zeros included, one array a set in no order. */
export function valuesOfSets(
  study: StudyCells,
  { genes, sets, shared }: DescribeRequest,
): Float32Array[] {
  return sets.map((set) => reader(study, set, shared)(genes[0]).slice());
}

/** All values of a gene in a set, zeros first, in a buffer that is used again. */
function reader(
  study: StudyCells,
  set: CellSet,
  shared: boolean,
): (gene: number) => Float32Array<ArrayBuffer> {
  const kind = study.kind(set.kind);
  const members = membersOf(set, kind?.cells ?? 0);
  const scale = study.scale(set.kind, shared);
  const count = members.reduce((sum, own) => sum + own, 0);
  const stored = new Float32Array(count);
  const out = new Float32Array(count);
  return (gene) => {
    const found = kind ? gatherLogValues(kind, gene, scale, members, stored) : 0;
    out.fill(0, 0, count - found);
    out.set(stored.subarray(0, found), count - found);
    return out;
  };
}

/** Facts of ascending values. */
export function summarise(sorted: Float32Array): SetExpression {
  const cells = sorted.length;
  if (cells === 0)
    return {
      cells,
      mean: 0,
      fraction: 0,
      low: 0,
      lowerQuartile: 0,
      median: 0,
      upperQuartile: 0,
      high: 0,
      density: new Float32Array(0),
    };
  let total = 0;
  let above = 0;
  for (const value of sorted) {
    total += value;
    if (value > 0) above++;
  }
  return {
    cells,
    mean: total / cells,
    fraction: above / cells,
    low: sorted[0],
    lowerQuartile: quantileOfSorted(sorted, 0.25),
    median: quantileOfSorted(sorted, 0.5),
    upperQuartile: quantileOfSorted(sorted, 0.75),
    high: sorted[cells - 1],
    density: densityOf(sorted, total / cells),
  };
}

/** Gaussian density with Scott's bandwidth n^(−1/5)·sd, cut at the ends of the data; from 256 bins. */
export function densityOf(sorted: Float32Array, mean: number): Float32Array {
  const n = sorted.length;
  const low = sorted[0];
  const span = sorted[n - 1] - low;
  if (n < 2 || !(span > 0)) return new Float32Array(0);
  let squares = 0;
  const bins = new Float64Array(BINS);
  for (const value of sorted) {
    squares += (value - mean) ** 2;
    bins[Math.min(BINS - 1, Math.floor(((value - low) / span) * BINS))]++;
  }
  const width = Math.sqrt(squares / (n - 1)) * n ** -0.2;
  const density = new Float32Array(DENSITY_POINTS);
  let area = 0;
  for (let p = 0; p < DENSITY_POINTS; p++) {
    const at = low + (span * p) / (DENSITY_POINTS - 1);
    let sum = 0;
    for (let bin = 0; bin < BINS; bin++) {
      if (bins[bin] === 0) continue;
      const z = (at - (low + (span * (bin + 0.5)) / BINS)) / width;
      if (z > -5 && z < 5) sum += bins[bin] * Math.exp(-0.5 * z * z);
    }
    density[p] = sum;
    area += sum * (p === 0 || p === DENSITY_POINTS - 1 ? 0.5 : 1);
  }
  const scale = (DENSITY_POINTS - 1) / (area * span);
  return density.map((value) => value * scale);
}
