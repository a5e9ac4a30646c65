/** @file Wide numbers on the GPU: unevaluated sums of two float32, about 48 bits. */

/** Pairs (high, low) of float64 numbers. */
export function toWide(values: ArrayLike<number>): Float32Array<ArrayBuffer> {
  const pairs = new Float32Array(2 * values.length);
  for (let i = 0; i < values.length; i++) {
    const high = Math.fround(values[i]);
    pairs[2 * i] = high;
    pairs[2 * i + 1] = Number.isFinite(high) ? values[i] - high : 0;
  }
  return pairs;
}

/** The sums of pairs. */
export function fromWide(pairs: Float32Array): Float64Array {
  return Float64Array.from({ length: pairs.length / 2 }, (_, i) => pairs[2 * i] + pairs[2 * i + 1]);
}
