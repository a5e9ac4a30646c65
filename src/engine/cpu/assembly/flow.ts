/** @file Kernels of the flow: points on the straight paths, label rows and their gradients, branches of guidance. */
import { siluOfRow } from './elementwise';
import { madd, sigmoid4, splat, storeSome } from './simd';
import { share } from './scratch';

/**
 * x = t z₁ + (1 − (1 − σ) t) ε and target = z₁ − (1 − σ) ε with z₁ = latents[cells[i]].
 *
 * Words: latents, cells, noise, times (float64), x, target, rows, dims, σ (float32 bits).
 */
export function pathPoint(words: usize, thread: i32, threads: i32): void {
  const latents = load<usize>(words);
  const cells = load<usize>(words, 4);
  const noise = load<usize>(words, 8);
  const times = load<usize>(words, 12);
  const x = load<usize>(words, 16);
  const target = load<usize>(words, 20);
  const rows = load<i32>(words, 24);
  const dims = load<i32>(words, 28);
  const spread: f32 = (1 as f32) - load<f32>(words, 32);
  const to = share(rows, thread + 1, threads);
  for (let r = share(rows, thread, threads); r < to; r++) {
    const t64 = load<f64>(times + (r << 3));
    const t = t64 as f32;
    const rest = (1 - (spread as f64) * t64) as f32;
    const from = latents + load<u32>(cells + (r << 2)) * (dims << 2);
    const at = r * (dims << 2);
    for (let q = 0; q < dims << 2; q += 4) {
      const z = load<f32>(from + q);
      const e = load<f32>(noise + at + q);
      store<f32>(x + at + q, t * z + rest * e);
      store<f32>(target + at + q, z - spread * e);
    }
  }
}

/**
 * x[i] += table[codes[cells[i]]] in the rows whose mask shows the attribute.
 *
 * Words: x, table, codes, cells, masks, bit, rows, width.
 */
export function addLabelRows(words: usize, thread: i32, threads: i32): void {
  const x = load<usize>(words);
  const table = load<usize>(words, 4);
  const codes = load<usize>(words, 8);
  const cells = load<usize>(words, 12);
  const masks = load<usize>(words, 16);
  const bit = load<u32>(words, 20);
  const rows = load<i32>(words, 24);
  const bytes = load<i32>(words, 28) << 2;
  const to = share(rows, thread + 1, threads);
  for (let r = share(rows, thread, threads); r < to; r++) {
    if ((load<u32>(masks + (r << 2)) & bit) === 0) continue;
    const from = table + load<i32>(codes + (load<u32>(cells + (r << 2)) << 2)) * bytes;
    const at = x + r * bytes;
    let q = 0;
    for (; q + 16 <= bytes; q += 16) v128.store(at + q, f32x4.add(v128.load(at + q), v128.load(from + q)));
    for (; q < bytes; q += 4) store<f32>(at + q, load<f32>(at + q) + load<f32>(from + q));
  }
}

/** dTable[c] = Σ dx[i] over the rows that `addLabelRows` gave row c to. Words: dx, dTable, codes, cells, masks, bit, rows, width, categories. */
export function labelGradient(words: usize, thread: i32, threads: i32): void {
  const dx = load<usize>(words);
  const table = load<usize>(words, 4);
  const codes = load<usize>(words, 8);
  const cells = load<usize>(words, 12);
  const masks = load<usize>(words, 16);
  const bit = load<u32>(words, 20);
  const rows = load<i32>(words, 24);
  const width = load<i32>(words, 28);
  const categories = load<i32>(words, 32);
  const bytes = width << 2;
  const from = share(width, thread, threads) << 2;
  const to = share(width, thread + 1, threads) << 2;
  for (let c = 0; c < categories; c++) memory.fill(table + c * bytes + from, 0, to - from);
  for (let r = 0; r < rows; r++) {
    if ((load<u32>(masks + (r << 2)) & bit) === 0) continue;
    const row = table + load<i32>(codes + (load<u32>(cells + (r << 2)) << 2)) * bytes;
    const at = dx + r * bytes;
    let q = from;
    for (; q + 16 <= to; q += 16) v128.store(row + q, f32x4.add(v128.load(row + q), v128.load(at + q)));
    for (; q < to; q += 4) store<f32>(row + q, load<f32>(row + q) + load<f32>(at + q));
  }
}

/** out[i] = SiLU(x[pick[i]] + table[condition[i]]). Words: x, pick, table, side (stride of table), condition, out, rows, width. */
export function siluOfSum(words: usize, thread: i32, threads: i32): void {
  const x = load<usize>(words);
  const pick = load<usize>(words, 4);
  const table = load<usize>(words, 8);
  const side = load<i32>(words, 12) << 2;
  const condition = load<usize>(words, 16);
  const out = load<usize>(words, 20);
  const rows = load<i32>(words, 24);
  const bytes = load<i32>(words, 28) << 2;
  const to = share(rows, thread + 1, threads);
  for (let r = share(rows, thread, threads); r < to; r++) {
    const a = x + load<u32>(pick + (r << 2)) * bytes;
    const b = table + load<u32>(condition + (r << 2)) * side;
    const at = out + r * bytes;
    for (let q = 0; q < bytes; q += 16) {
      storeSome(at + q, f32x4.add(v128.load(a + q), v128.load(b + q)), (bytes - q) >> 2);
    }
    siluOfRow(at, at, 0, bytes);
  }
}

/** out[i] = Σ_b coefficient[b, i] · SiLU(h[b · rows + i]). Words: h, coefficients [branches, rows], out, branches, rows, width. */
export function mixSilu(words: usize, thread: i32, threads: i32): void {
  const h = load<usize>(words);
  const coefficients = load<usize>(words, 4);
  const out = load<usize>(words, 8);
  const branches = load<i32>(words, 12);
  const rows = load<i32>(words, 16);
  const bytes = load<i32>(words, 20) << 2;
  const to = share(rows, thread + 1, threads);
  for (let r = share(rows, thread, threads); r < to; r++) {
    const at = out + r * bytes;
    let q = 0;
    for (; q + 64 <= bytes; q += 64) {
      let sum0 = splat(0), sum1 = sum0, sum2 = sum0, sum3 = sum0;
      for (let b = 0; b < branches; b++) {
        const row = b * rows + r;
        const c = v128.load_splat<f32>(coefficients + (row << 2));
        const from = h + row * bytes + q;
        const v0 = v128.load(from), v1 = v128.load(from, 16), v2 = v128.load(from, 32), v3 = v128.load(from, 48);
        const s0 = sigmoid4(v0), s1 = sigmoid4(v1), s2 = sigmoid4(v2), s3 = sigmoid4(v3);
        sum0 = madd(c, f32x4.mul(v0, s0), sum0); sum1 = madd(c, f32x4.mul(v1, s1), sum1);
        sum2 = madd(c, f32x4.mul(v2, s2), sum2); sum3 = madd(c, f32x4.mul(v3, s3), sum3);
      }
      v128.store(at + q, sum0); v128.store(at + q, sum1, 16); v128.store(at + q, sum2, 32); v128.store(at + q, sum3, 48);
    }
    for (; q + 16 <= bytes; q += 16) {
      let sum = splat(0);
      for (let b = 0; b < branches; b++) {
        const row = b * rows + r;
        const v = v128.load(h + row * bytes + q);
        sum = madd(v128.load_splat<f32>(coefficients + (row << 2)), f32x4.mul(v, sigmoid4(v)), sum);
      }
      v128.store(at + q, sum);
    }
    for (; q < bytes; q += 4) {
      let sum: f32 = 0;
      for (let b = 0; b < branches; b++) {
        const row = b * rows + r;
        const v = splat(load<f32>(h + row * bytes + q));
        sum += load<f32>(coefficients + (row << 2)) * f32x4.extract_lane(f32x4.mul(v, sigmoid4(v)), 0);
      }
      store<f32>(at + q, sum);
    }
  }
}

/** x[i, last] = value[i]. Words: x, values, rows, columns. */
export function setLastColumn(words: usize, thread: i32, threads: i32): void {
  if (thread !== 0) return;
  const x = load<usize>(words);
  const values = load<usize>(words, 4);
  const rows = load<i32>(words, 8);
  const columns = load<i32>(words, 12);
  for (let r = 0; r < rows; r++) store<f32>(x + ((r * columns + columns - 1) << 2), load<f32>(values + (r << 2)));
}

/**
 * Square sums of err / (atol + rtol · max(|x|, |y|)), one float64 per 1024 entries. Words: err, x, y, count, atol, rtol (float32 bits), partial.
 */
export function errorSquares(words: usize, thread: i32, threads: i32): void {
  const err = load<usize>(words);
  const x = load<usize>(words, 4);
  const y = load<usize>(words, 8);
  const count = load<i32>(words, 12);
  const atol = load<f32>(words, 16) as f64;
  const rtol = load<f32>(words, 20) as f64;
  const partial = load<usize>(words, 24);
  const blocks = (count + 1023) >> 10;
  const to = share(blocks, thread + 1, threads);
  for (let block = share(blocks, thread, threads); block < to; block++) {
    let sum: f64 = 0;
    const end = min((block + 1) << 10, count) << 2;
    for (let at = block << 12; at < end; at += 4) {
      const size = max(abs(load<f32>(x + at)), abs(load<f32>(y + at))) as f64;
      const ratio = (load<f32>(err + at) as f64) / (atol + rtol * size);
      sum += ratio * ratio;
    }
    store<f64>(partial + (block << 3), sum);
  }
}

/** Copies floats. Words: from, to, count. */
export function copy(words: usize, thread: i32, threads: i32): void {
  const count = load<i32>(words, 8);
  const from = share(count, thread, threads) << 2;
  const to = share(count, thread + 1, threads) << 2;
  memory.copy(load<usize>(words, 4) + from, load<usize>(words) + from, to - from);
}
