/** @file Entry-by-entry kernels: SiLU with its derivative, exp, scaled sums, row sums, mean squared error. Threads share the entries. */
import { exp4, madd, sigmoid4, splat, storeSome } from './simd';
import { share } from './scratch';

/** y = x σ(x) and slope = σ(x) (1 + x (1 − σ(x))). Words: x, y, slope (or 0), count; buffers are padded to fours. */
export function silu(words: usize, thread: i32, threads: i32): void {
  const groups = (load<i32>(words, 12) + 3) >> 2;
  const from = share(groups, thread, threads) << 4;
  const to = share(groups, thread + 1, threads) << 4;
  const slope = load<usize>(words, 8);
  siluOfRow(load<usize>(words) + from, load<usize>(words, 4) + from, slope !== 0 ? slope + from : 0, to - from);
}

/** SiLU and slope (or 0) of so many bytes; four vectors at a time, as one exponential is a chain of dependent steps. */
export function siluOfRow(x: usize, y: usize, slope: usize, bytes: i32): void {
  const one = splat(1);
  let at = 0;
  for (; at + 64 <= bytes; at += 64) {
    const v0 = v128.load(x + at), v1 = v128.load(x + at, 16), v2 = v128.load(x + at, 32), v3 = v128.load(x + at, 48);
    const s0 = sigmoid4(v0), s1 = sigmoid4(v1), s2 = sigmoid4(v2), s3 = sigmoid4(v3);
    const p0 = f32x4.mul(v0, s0), p1 = f32x4.mul(v1, s1), p2 = f32x4.mul(v2, s2), p3 = f32x4.mul(v3, s3);
    v128.store(y + at, p0); v128.store(y + at, p1, 16); v128.store(y + at, p2, 32); v128.store(y + at, p3, 48);
    if (slope !== 0) {
      const to = slope + at;
      v128.store(to, madd(p0, f32x4.sub(one, s0), s0));
      v128.store(to, madd(p1, f32x4.sub(one, s1), s1), 16);
      v128.store(to, madd(p2, f32x4.sub(one, s2), s2), 32);
      v128.store(to, madd(p3, f32x4.sub(one, s3), s3), 48);
    }
  }
  for (; at < bytes; at += 16) {
    const left = (bytes - at) >> 2;
    const v = v128.load(x + at);
    const s = sigmoid4(v);
    const product = f32x4.mul(v, s);
    storeSome(y + at, product, left);
    if (slope !== 0) storeSome(slope + at, madd(product, f32x4.sub(one, s), s), left);
  }
}

/** y = e^x. Words: x, y, count; buffers are padded to fours. */
export function exponential(words: usize, thread: i32, threads: i32): void {
  const x = load<usize>(words);
  const y = load<usize>(words, 4);
  const groups = (load<i32>(words, 8) + 3) >> 2;
  const to = share(groups, thread + 1, threads) << 4;
  for (let at = share(groups, thread, threads) << 4; at < to; at += 16) {
    v128.store(y + at, exp4(v128.load(x + at)));
  }
}

/** out = x + c · y. Words: x, y, out, count, c (float32 bits); buffers are padded to fours; out may be x or y. */
export function addScaled(words: usize, thread: i32, threads: i32): void {
  const x = load<usize>(words);
  const y = load<usize>(words, 4);
  const out = load<usize>(words, 8);
  const groups = (load<i32>(words, 12) + 3) >> 2;
  const c = splat(load<f32>(words, 16));
  const to = share(groups, thread + 1, threads) << 4;
  for (let at = share(groups, thread, threads) << 4; at < to; at += 16) {
    v128.store(out + at, f32x4.add(v128.load(x + at), f32x4.mul(c, v128.load(y + at))));
  }
}

/** out = base + Σ c_i k_i over up to 7 terms. Words: base, out, count, terms, coefficients (address), then the terms' addresses. */
export function combine(words: usize, thread: i32, threads: i32): void {
  const base = load<usize>(words);
  const out = load<usize>(words, 4);
  const groups = (load<i32>(words, 8) + 3) >> 2;
  const terms = load<i32>(words, 12);
  const coefficients = load<usize>(words, 16);
  const to = share(groups, thread + 1, threads) << 4;
  for (let at = share(groups, thread, threads) << 4; at < to; at += 16) {
    let sum = v128.load(base + at);
    for (let i = 0; i < terms; i++) {
      const k = load<usize>(words + 20 + (i << 2));
      sum = f32x4.add(sum, f32x4.mul(v128.load_splat<f32>(coefficients + (i << 2)), v128.load(k + at)));
    }
    v128.store(out + at, sum);
  }
}

/** sums[j] = Σ_i x[i, j], and the same into `copy` unless 0. Words: x, stride, sums, copy, rows, columns. */
export function columnSums(words: usize, thread: i32, threads: i32): void {
  const x = load<usize>(words);
  const stride = load<i32>(words, 4) << 2;
  const sums = load<usize>(words, 8);
  const copy = load<usize>(words, 12);
  const rows = load<i32>(words, 16);
  const columns = load<i32>(words, 20);
  const groups = (columns + 3) >> 2;
  const to = share(groups, thread + 1, threads);
  for (let group = share(groups, thread, threads); group < to; group++) {
    const offset = group << 4;
    const end = x + offset + rows * stride;
    if ((group << 2) + 4 <= columns) {
      let sum = splat(0);
      for (let at = x + offset; at < end; at += stride) sum = f32x4.add(sum, v128.load(at));
      v128.store(sums + offset, sum);
      if (copy !== 0) v128.store(copy + offset, sum);
    } else {
      for (let q = offset; q < columns << 2; q += 4) {
        let sum: f32 = 0;
        for (let at = x + q; at < x + q + rows * stride; at += stride) sum += load<f32>(at);
        store<f32>(sums + q, sum);
        if (copy !== 0) store<f32>(copy + q, sum);
      }
    }
  }
}

/**
 * d = 2 (v − target) / count and partial sums of squares, one per 16 rows.
 *
 * Words: v, target, d (0 in evaluation), partial (float64 [blocks]), rows, columns.
 */
export function squaredError(words: usize, thread: i32, threads: i32): void {
  const v = load<usize>(words);
  const target = load<usize>(words, 4);
  const d = load<usize>(words, 8);
  const partial = load<usize>(words, 12);
  const rows = load<i32>(words, 16);
  const columns = load<i32>(words, 20);
  const blocks = (rows + 15) >> 4;
  const scale = (2 / ((rows as f64) * (columns as f64))) as f32;
  const to = share(blocks, thread + 1, threads);
  for (let block = share(blocks, thread, threads); block < to; block++) {
    const from = (block << 4) * columns;
    const end = min((block + 1) << 4, rows) * columns;
    let sum: f64 = 0;
    for (let at = from << 2; at < end << 2; at += 4) {
      const e = load<f32>(v + at) - load<f32>(target + at);
      if (d !== 0) store<f32>(d + at, e * scale);
      sum += (e as f64) * e;
    }
    store<f64>(partial + (block << 3), sum);
  }
}

/** Sum of float64 partials times a factor. Words: partial, count, out (float32), scale (float32 bits), cells (address to divide by, or 0), total (address of a float64 to add to, or 0). */
export function sumPartials(words: usize, thread: i32, threads: i32): void {
  if (thread !== 0) return;
  const partial = load<usize>(words);
  const count = load<i32>(words, 4);
  let scale = load<f32>(words, 12) as f64;
  const cells = load<usize>(words, 16);
  const total = load<usize>(words, 20);
  if (cells !== 0) scale /= load<i32>(cells) as f64;
  let sum: f64 = 0;
  for (let i = 0; i < count; i++) sum += load<f64>(partial + (i << 3));
  store<f32>(load<usize>(words, 8), (sum * scale) as f32);
  if (total !== 0) store<f64>(total, load<f64>(total) + sum * scale);
}
