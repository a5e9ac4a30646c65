/**
 * @file Dispersion of single cells: in some data (full-length protocols, cells of uneven quality) cells of one library size differ in their number
 * of zeros by far more than their genes' dispersions allow. Then every cell has a factor e^δ on its inverse dispersions:
 * δ = mean + slope · (log library − centre) + spread · noise.
 *
 * δ of a training cell is that at which its expected number of zeros is the one it has.
 */
import { normalsAt } from '../../numerics/random.ts';
import { mean } from '../../numerics/statistics.ts';

/** Stream of the noise that draws δ. */
const DISPERSION_STREAM = 13;

/** Places of δ at which counts are drawn: cells of one place are drawn together. */
export const dispersionLevels: readonly number[] = Array.from(
  { length: 13 },
  (_, i) => (i - 6) / 2,
);

/** Below this ratio of the scatter of zeros to what genes' dispersions give, cells have no dispersion of their own. */
const LEAST_RATIO = 2;

/** Fewer cells say nothing of it. */
const LEAST_CELLS = 50;

/** How δ is distributed over cells. */
export interface CellDispersion {
  readonly mean: number;
  /** Change with log library size, from `centre` on. */
  readonly slope: number;
  readonly centre: number;
  readonly spread: number;
}

/** A training cell with what is expected of it. */
export interface CellZeros {
  readonly logLibrary: number;
  readonly zeros: number;
  /** Expected counts, [genes]. */
  readonly means: ArrayLike<number>;
}

/** Expected number of zeros of negative binomial counts, and its variance. @param theta inverse dispersions @param level δ */
export function expectedZeros(
  means: ArrayLike<number>,
  theta: ArrayLike<number>,
  level: number,
): { readonly mean: number; readonly variance: number } {
  const factor = Math.exp(level);
  let [mean, variance] = [0, 0];
  for (let g = 0; g < means.length; g++) {
    const own = theta[g] * factor;
    const p = Math.exp(-own * Math.log1p(means[g] / own));
    mean += p;
    variance += p * (1 - p);
  }
  return { mean, variance };
}

/** The level at which a cell's zeros are expected, between the first and the last; linear between them. */
export function levelOfZeros(
  { zeros, means }: Pick<CellZeros, 'zeros' | 'means'>,
  theta: ArrayLike<number>,
): number {
  let before = Infinity;
  for (const [l, level] of dispersionLevels.entries()) {
    const { mean } = expectedZeros(means, theta, level);
    if (zeros >= mean) {
      if (l === 0) return level;
      const last = dispersionLevels[l - 1];
      return last + ((before - zeros) / (before - mean)) * (level - last);
    }
    before = mean;
  }
  return dispersionLevels[dispersionLevels.length - 1];
}

/** Slope of y on x by least squares; 0 where x does not vary. */
export function slopeOf(x: readonly number[], y: readonly number[]): number {
  const [centre, middle] = [mean(x), mean(y)];
  const squares = mean(x.map((value) => (value - centre) ** 2));
  const together = mean(x.map((value, i) => (value - centre) * (y[i] - middle)));
  return squares > 0 ? together / squares : 0;
}

/** The distribution of δ over training cells, or null where their zeros scatter about as their genes' dispersions say. */
export function fitCellDispersion(
  cells: readonly CellZeros[],
  theta: ArrayLike<number>,
): CellDispersion | null {
  const usual = cells.map(({ means }) => expectedZeros(means, theta, 0));
  const off = cells.map(({ zeros }, i) => zeros - usual[i].mean);
  const bias = mean(off);
  const scatter = mean(off.map((value) => (value - bias) ** 2));
  const allowed = mean(usual.map(({ variance }) => variance));
  if (cells.length < LEAST_CELLS || scatter < LEAST_RATIO ** 2 * allowed) return null;
  const levels = cells.map((cell) => levelOfZeros(cell, theta));
  const [middle, centre] = [mean(levels), mean(cells.map(({ logLibrary }) => logLibrary))];
  const sizes = cells.map(({ logLibrary }) => logLibrary - centre);
  const slope = slopeOf(sizes, levels);
  const rest = sizes.map((size, i) => (levels[i] - middle - slope * size) ** 2);
  return { mean: middle, slope, centre, spread: Math.sqrt(mean(rest)) };
}

/** The level of every cell, as its place in `dispersionLevels`. Cell i's noise depends on (seed, first + i) alone. */
export function drawLevels(
  { mean, slope, centre, spread }: CellDispersion,
  logLibrary: Float32Array,
  seed: number,
  first: number,
): Uint8Array {
  const noise = new Float32Array(1);
  const [least, most] = [dispersionLevels[0], dispersionLevels[dispersionLevels.length - 1]];
  return Uint8Array.from(logLibrary, (own, i) => {
    normalsAt(seed, DISPERSION_STREAM, first + i, noise);
    const delta = mean + slope * (own - centre) + spread * noise[0];
    return Math.round(2 * (Math.max(least, Math.min(most, delta)) - least));
  });
}
