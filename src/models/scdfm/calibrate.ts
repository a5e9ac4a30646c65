/** @file What counts are drawn with, fitted on training cells: each gene's mean log expression and mean count come out right. */
import type { CsrSource } from '../../numerics/csr-source.ts';
import { csrToDense } from '../../numerics/csr.ts';
import type { Random } from '../../numerics/random.ts';
import { project, type Components } from './components.ts';
import { ExpectedLogs, THETAS } from './expected-logs.ts';
import { geneMoments, logNormalised } from './expression.ts';

/** Cells that are looked at. */
const CELLS = 400;
const ROUNDS = 24;

/** Numbers per gene. */
export interface Calibration {
  /** Added to expected log expression, [genes]. */
  readonly offset: Float32Array;
  /** Inverse dispersion, [genes]; one of THETAS. */
  readonly theta: Float32Array;
}

/** Fits offsets and dispersions. @param cells training cells */
export function calibrate(
  counts: CsrSource,
  cells: Uint32Array,
  components: Components,
  random: Random,
): Calibration {
  const { genes } = components;
  const { mean: seenMean } = geneMoments(counts, cells);
  const some = takeCells(cells, random);
  const rows = counts.readRows(some);
  const places = project(logNormalised(rows), components);
  const seenCounts = new Float64Array(genes);
  rows.values.forEach((count, k) => (seenCounts[rows.indices[k]] += count / some.length));
  const libraries = Array.from(some, (cell) => Math.max(1, counts.sums[cell]));
  const logs = new ExpectedLogs();
  const offset = new Float32Array(genes);
  const theta = new Float32Array(genes);
  const levelsOf = levelsIn(places, components);
  for (let g = 0; g < genes; g++) {
    const levels = levelsOf(g);
    offset[g] = offsetFor(levels, seenMean[g]);
    const means = (k: number): Float64Array =>
      levels.map((level, i) => logs.mean(level + offset[g], libraries[i], k));
    theta[g] = THETAS[kindFor(means, seenCounts[g])];
  }
  return { offset, theta };
}

/** Cells that weigh as much as all training cells together. */
const PRIOR_CELLS = 4;

/**
 * Offsets with which each group's cells get their own genes' means, drawn towards `offset` where there are few of them.
 *
 * @returns [groups, genes]
 */
export function groupOffsets(
  counts: CsrSource,
  groups: readonly Uint32Array[],
  components: Components,
  offset: Float32Array,
  random: Random,
): Float32Array {
  const { genes } = components;
  const out = new Float32Array(groups.length * genes);
  groups.forEach((cells, k) => {
    const some = takeCells(cells, random);
    const share = cells.length / (cells.length + PRIOR_CELLS);
    const { mean } = geneMoments(counts, some);
    const places = project(logNormalised(counts.readRows(some)), components);
    const levelsOf = levelsIn(places, components);
    for (let g = 0; g < genes; g++) {
      const own = cells.length === 0 ? offset[g] : offsetFor(levelsOf(g), mean[g]);
      out[k * genes + g] = offset[g] + share * (own - offset[g]);
    }
  });
  return out;
}

/** What each gene's mean log expression in some cells has beyond what components and an offset say of them. */
export function lackingMean(
  counts: CsrSource,
  cells: Uint32Array,
  components: Components,
): (gene: number, offset: number) => number {
  const { mean } = geneMoments(counts, cells);
  const places = project(logNormalised(counts.readRows(cells)), components);
  const levelsOf = levelsIn(places, components);
  return (g, offset) => mean[g] - meanOfPositive(levelsOf(g), offset);
}

/** Some of many cells, by chance. */
export function takeCells(cells: Uint32Array, random: Random): Uint32Array {
  const order = random.permutation(cells.length).subarray(0, CELLS);
  return order.map((i) => cells[i]);
}

/** Levels of one gene in cells at some places [cells, dims], not whitened; the same array every time. */
export function levelsIn(
  places: Float32Array,
  { dims, mean, loadings }: Components,
): (gene: number) => Float64Array {
  const levels = new Float64Array(places.length / dims);
  return (g) => {
    for (let i = 0; i < levels.length; i++) {
      let level = mean[g];
      for (let d = 0; d < dims; d++) level += loadings[g * dims + d] * places[i * dims + d];
      levels[i] = level;
    }
    return levels;
  };
}

/** What must be added to levels so that the mean of their positive parts is `wanted`, −2 to 2. */
export function offsetFor(levels: Float64Array, wanted: number): number {
  let [low, high] = [-2, 2];
  for (let round = 0; round < ROUNDS; round++) {
    const middle = (low + high) / 2;
    if (meanOfPositive(levels, middle) < wanted) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Mean over cells of what is above 0 of their levels and an offset. */
export function meanOfPositive(levels: Float64Array, offset: number): number {
  return levels.reduce((sum, level) => sum + Math.max(0, level + offset), 0) / levels.length;
}

/** The dispersion with which the mean count is nearest to `wanted`: the more a gene varies, the more counts its log expression stands for. */
function kindFor(means: (k: number) => Float64Array, wanted: number): number {
  const meanAt = (k: number): number => {
    const own = means(k);
    return own.reduce((sum, mean) => sum + mean, 0) / own.length;
  };
  let [low, high] = [0, THETAS.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (meanAt(middle) > wanted) low = middle;
    else high = middle;
  }
  return Math.abs(meanAt(low) - wanted) <= Math.abs(meanAt(high) - wanted) ? low : high;
}

/** Zeros of each gene among some dense cells, by rank: the level below which the share of cells is what training cells have. */
export function thresholds(generated: Float32Array, zeros: Float64Array): Float32Array {
  const genes = zeros.length;
  const cells = generated.length / genes;
  return Float32Array.from(zeros, (share, g) => {
    const own = Float32Array.from({ length: cells }, (_, i) => generated[i * genes + g]).sort();
    const rank = Math.round(share * cells);
    if (rank <= 0) return 0;
    return Math.max(0, own[Math.min(cells, rank) - 1]);
  });
}

/** Log expression of cells, dense, [cells, genes]. */
export function denseLogs(counts: CsrSource, cells: ArrayLike<number>): Float32Array {
  return csrToDense(logNormalised(counts.readRows(cells)));
}
