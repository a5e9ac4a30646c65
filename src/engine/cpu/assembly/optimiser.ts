/** @file Clipping by the global norm, AdamW with decoupled decay, and the running average: one pass over flat vectors. */
import { addWide, splat, sumWide } from './simd';
import { share } from './scratch';

/** Floats of one partial sum of squares. */
const CHUNK: i32 = 16384;

/** partial[chunk] = Σ g² over 16384 entries each. Words: g, count (a multiple of 4), partial (float64). */
export function sumSquares(words: usize, thread: i32, threads: i32): void {
  const g = load<usize>(words);
  const count = load<i32>(words, 4);
  const partial = load<usize>(words, 8);
  const chunks = (count + CHUNK - 1) / CHUNK;
  const to = share(chunks, thread + 1, threads);
  for (let chunk = share(chunks, thread, threads); chunk < to; chunk++) {
    const end = g + (min(count, (chunk + 1) * CHUNK) << 2);
    let sum = f64x2.splat(0);
    for (let at = g + ((chunk * CHUNK) << 2); at < end; at += 16) {
      const x = v128.load(at);
      sum = addWide(sum, f32x4.mul(x, x));
    }
    store<f64>(partial + (chunk << 3), sumWide(sum));
  }
}

/**
 * One AdamW step over a range of the flat vectors.
 *
 * Words: p, g, m, v, average (or 0), count (a multiple of 4), settings (address), partial, chunks.
 * Settings, float32: 0 step size rate/(1 − β₁ᵗ), 1 1/√(1 − β₂ᵗ), 2 decay factor, 3 clip norm (0: none), 4 β₁, 5 1 − β₁,
 * 6 β₂, 7 1 − β₂, 8 ε, 9 lower and 10 upper bound, 11 share of the new value in the average, 12 nonzero to take part.
 */
export function adamw(words: usize, thread: i32, threads: i32): void {
  const settings = load<usize>(words, 24);
  if (load<f32>(settings, 48) === 0) return;
  const p = load<usize>(words);
  const g = load<usize>(words, 4);
  const m = load<usize>(words, 8);
  const v = load<usize>(words, 12);
  const average = load<usize>(words, 16);
  const groups = load<i32>(words, 20) >> 2;
  const clip = splat(clipFactor(load<f32>(settings, 12), load<usize>(words, 28), load<i32>(words, 32)));
  const size = v128.load_splat<f32>(settings);
  const root = v128.load_splat<f32>(settings, 4);
  const keep = v128.load_splat<f32>(settings, 8);
  const beta1 = v128.load_splat<f32>(settings, 16);
  const rest1 = v128.load_splat<f32>(settings, 20);
  const beta2 = v128.load_splat<f32>(settings, 24);
  const rest2 = v128.load_splat<f32>(settings, 28);
  const epsilon = v128.load_splat<f32>(settings, 32);
  const low = v128.load_splat<f32>(settings, 36);
  const high = v128.load_splat<f32>(settings, 40);
  const blend = v128.load_splat<f32>(settings, 44);
  const to = share(groups, thread + 1, threads) << 4;
  for (let at = share(groups, thread, threads) << 4; at < to; at += 16) {
    const gi = f32x4.mul(v128.load(g + at), clip);
    const mi = f32x4.add(f32x4.mul(v128.load(m + at), beta1), f32x4.mul(gi, rest1));
    const vi = f32x4.add(f32x4.mul(v128.load(v + at), beta2), f32x4.mul(f32x4.mul(gi, gi), rest2));
    v128.store(m + at, mi);
    v128.store(v + at, vi);
    const change = f32x4.div(f32x4.mul(size, mi), f32x4.add(f32x4.mul(f32x4.sqrt(vi), root), epsilon));
    const next = f32x4.sub(f32x4.mul(v128.load(p + at), keep), change);
    const held = f32x4.pmin(f32x4.pmax(next, low), high);
    v128.store(p + at, held);
    if (average !== 0) {
      const old = v128.load(average + at);
      v128.store(average + at, f32x4.add(old, f32x4.mul(blend, f32x4.sub(held, old))));
    }
  }
}

/** min(1, limit / (norm + 1e-6)); every thread adds the same partial sums in the same order. */
function clipFactor(limit: f32, partial: usize, chunks: i32): f32 {
  if (limit === 0) return 1;
  let sum: f64 = 0;
  for (let i = 0; i < chunks; i++) sum += load<f64>(partial + (i << 3));
  return min<f64>(1, (limit as f64) / (sqrt(sum) + 1e-6)) as f32;
}
