/** @file First values of parameters: the distributions that PyTorch and CFGen draw them from, with our seeded numbers. */
import type { Random } from '../numerics/random.ts';

/** `count` values of U(−bound, bound). */
export function uniformValues(count: number, bound: number, random: Random): Float32Array {
  return Float32Array.from({ length: count }, () => (2 * random.uniform() - 1) * bound);
}

/** `count` values of N(0, 1). */
export function normalValues(count: number, random: Random): Float32Array {
  return Float32Array.from({ length: count }, () => random.normal());
}

/** Standard deviation of N(0, 1) cut at ±2. */
const CUT_DEVIATION = 0.87962566103423978;

/** Weights of variance 1 / fanIn from a normal distribution cut at two standard deviations. */
export function cutNormalValues(count: number, fanIn: number, random: Random): Float32Array {
  const scale = Math.sqrt(1 / fanIn) / CUT_DEVIATION;
  const draw = (): number => {
    for (;;) {
      const value = random.normal();
      if (Math.abs(value) <= 2) return value * scale;
    }
  };
  return Float32Array.from({ length: count }, draw);
}
