/**
 * @file Zeros of generated cells beside those of training cells with the same labels: one change of all log inverse dispersions that brings
 * their means together, and how far apart they are then. By it the width of the starting noise is chosen: a flow that was trained on few cells
 * makes cells that are too alike, which noise a little wider than the one in training undoes.
 *
 * What mean zeros owe to another mean library size is taken off, on a line fitted to the training cells: library sizes are not mended here, and
 * the means of some thousand generated cells differ by more genes than are to be mended.
 */
import type { Random } from '../../numerics/random.ts';
import { mean, wasserstein1d } from '../../numerics/statistics.ts';
import { expectedZeros, slopeOf } from '../decoding/cell-dispersion.ts';

/** Changes of log inverse dispersions at which zeros are expected; between them they are interpolated. */
const LEVELS: readonly number[] = [-1.5, -1, -0.5, 0, 0.5, 1];

/** Another width of noise must bring zeros nearer than this share of the distance before: it costs some coverage. */
const LEAST_GAIN = 5 / 6;

/** Zeros and log library sizes of as many training cells as are generated. */
export interface ObservedZeros {
  readonly zeros: readonly number[];
  readonly logLibrary: readonly number[];
}

/** Expected zeros of one generated cell at every level, with their standard deviations. */
export interface GeneratedZeros {
  readonly logLibrary: number;
  readonly means: readonly number[];
  readonly deviations: readonly number[];
}

/** What is left between generated and training cells. */
export interface ZeroFit {
  /** Change of all log inverse dispersions. */
  readonly level: number;
  /** Wasserstein-1 of zeros at that level. */
  readonly distance: number;
}

/** The zeros of a cell that is drawn from `means`, its expected counts [genes]. @param theta inverse dispersions */
export function generatedZeros(
  means: ArrayLike<number>,
  theta: ArrayLike<number>,
  logLibrary: number,
): GeneratedZeros {
  const at = LEVELS.map((level) => expectedZeros(means, theta, level));
  return {
    logLibrary,
    means: at.map(({ mean }) => mean),
    deviations: at.map(({ variance }) => Math.sqrt(variance)),
  };
}

/**
 * The level at which mean zeros agree, and the distance there; zeros are drawn as normal numbers. Both sides have as many cells.
 */
export function fitZeros(
  observed: ObservedZeros,
  generated: readonly GeneratedZeros[],
  random: Random,
): ZeroFit {
  const slope = slopeOf(observed.logLibrary, observed.zeros);
  const here = mean(generated.map(({ logLibrary }) => logLibrary));
  const owed = slope * (here - mean(observed.logLibrary));
  const wanted = mean(observed.zeros) + owed;
  const off = LEVELS.map((_, l) => mean(generated.map(({ means }) => means[l])) - wanted);
  const place = rootOf(off);
  const between = (values: readonly number[]): number => {
    const l = Math.min(LEVELS.length - 2, Math.floor(place));
    return values[l] + (place - l) * (values[l + 1] - values[l]);
  };
  const drawn = generated.map(
    ({ means, deviations }) => between(means) + between(deviations) * random.normal() - owed,
  );
  return { level: between(LEVELS), distance: wasserstein1d(drawn, observed.zeros) };
}

/** The place in a falling row where it passes 0, between the first and the last. */
function rootOf(values: readonly number[]): number {
  const next = values.findIndex((value) => value < 0);
  if (next < 0) return values.length - 1;
  if (next === 0) return 0;
  return next - 1 + values[next - 1] / (values[next - 1] - values[next]);
}

/** Which of several fits is kept: the first, unless a later one is nearer by more than a sixth. @returns its place */
export function chooseFit(fits: readonly ZeroFit[]): number {
  let kept = 0;
  fits.forEach((fit, k) => {
    if (fit.distance < LEAST_GAIN * fits[kept].distance) kept = k;
  });
  return kept;
}
