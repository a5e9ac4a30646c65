/**
 * @file Bernoulli and Poisson likelihoods of sparse counts with the gradient of the logits in place.
 *
 * Logarithms of all entries of a row are taken together: of products of 32 factors, or as one normaliser. As in
 * likelihood.ts, sixteen cells share their partial sums, which hold log-likelihoods; gradients are those of the mean loss.
 */
import { addWide, exp4, keepSome, log4, splat, storeSome, sumWide } from './simd';
import { lgammaDifference64, log64 } from './scalar';
import { rowExp, rowMaximum } from './likelihood';
import { share } from './scratch';

const BLOCK: i32 = 16;

/** Entries per lane before the logarithm of their product; each factor is at most 2. */
const FACTORS: i32 = 32;

/** Factorials up to here are products. */
const PRODUCT: f64 = 12;

/** Words: logits, indptr, indices, cells, partialBias (0 in evaluation), partialLoss, rows, genes. */
export function bernoulli(words: usize, thread: i32, threads: i32): void {
  const logits = load<usize>(words);
  const indptr = load<usize>(words, 4);
  const indices = load<usize>(words, 8);
  const cells = load<i32>(load<usize>(words, 12));
  const partialBias = load<usize>(words, 16);
  const partialLoss = load<usize>(words, 20);
  const rows = load<i32>(words, 24);
  const genes = load<i32>(words, 28);
  const learns = partialBias !== 0;
  const step = genes << 2;
  const factor: f32 = 1 / (cells as f32);
  const blocks = (rows + BLOCK - 1) / BLOCK;
  const to = share(blocks, thread + 1, threads);
  for (let block = share(blocks, thread, threads); block < to; block++) {
    const dBias = learns ? partialBias + block * step : 0;
    if (learns) memory.fill(dBias, 0, step);
    let ll: f64 = 0;
    const end = min(rows, (block + 1) * BLOCK);
    for (let r = block * BLOCK; r < end; r++) {
      const row = logits + r * step;
      if (r >= cells) {
        if (learns) memory.fill(row, 0, step);
        continue;
      }
      const first = load<i32>(indptr + (r << 2)) << 2;
      const past = load<i32>(indptr + ((r + 1) << 2)) << 2;
      for (let k = first; k < past; k += 4) ll += load<f32>(row + (load<u32>(indices + k) << 2));
      ll -= absences(row, dBias, step, factor);
      if (learns) lowerAt(row, dBias, indices, 0, first, past, factor);
    }
    store<f64>(partialLoss + (block << 3), ll);
  }
}

/** Σ log(1 + e^l); with dBias, the row becomes σ(l) · factor, which is also added there. */
function absences(row: usize, dBias: usize, bytes: i32, factor: f32): f64 {
  const one = splat(1);
  const f = splat(factor);
  let plain = f64x2.splat(0);
  let logs = f64x2.splat(0);
  let product = one;
  let factors = 0;
  for (let at = 0; at < bytes; at += 16) {
    const left = (bytes - at) >> 2;
    const l = keepSome(v128.load(row + at), left);
    const e = exp4(f32x4.neg(f32x4.abs(l)));
    const whole = f32x4.add(one, e);
    plain = addWide(plain, f32x4.pmax(l, splat(0)));
    product = f32x4.mul(product, left >= 4 ? whole : f32x4.add(one, keepSome(e, left)));
    if (++factors === FACTORS) {
      logs = addWide(logs, log4(product));
      product = one;
      factors = 0;
    }
    if (dBias !== 0) {
      const d = f32x4.mul(f32x4.div(v128.bitselect(e, one, f32x4.lt(l, splat(0))), whole), f);
      storeSome(row + at, d, left);
      storeSome(dBias + at, f32x4.add(v128.load(dBias + at), d), left);
    }
  }
  return sumWide(plain) + sumWide(addWide(logs, log4(product)));
}

/** Takes value · factor (1 without values) from the gradients at the entries that are there. */
function lowerAt(row: usize, dBias: usize, indices: usize, values: usize, first: i32, past: i32, factor: f32): void {
  for (let k = first; k < past; k += 4) {
    const at = load<u32>(indices + k) << 2;
    const d = values !== 0 ? load<f32>(values + k) * factor : factor;
    store<f32>(row + at, load<f32>(row + at) - d);
    store<f32>(dBias + at, load<f32>(dBias + at) - d);
  }
}

/** Words: logits, indptr, indices, values, library (or 0), cells, partialBias (0 in evaluation), partialLoss, rows, genes. */
export function poisson(words: usize, thread: i32, threads: i32): void {
  const logits = load<usize>(words);
  const indptr = load<usize>(words, 4);
  const indices = load<usize>(words, 8);
  const values = load<usize>(words, 12);
  const library = load<usize>(words, 16);
  const cells = load<i32>(load<usize>(words, 20));
  const partialBias = load<usize>(words, 24);
  const partialLoss = load<usize>(words, 28);
  const rows = load<i32>(words, 32);
  const genes = load<i32>(words, 36);
  const learns = partialBias !== 0;
  const step = genes << 2;
  const factor: f32 = 1 / (cells as f32);
  const blocks = (rows + BLOCK - 1) / BLOCK;
  const to = share(blocks, thread + 1, threads);
  for (let block = share(blocks, thread, threads); block < to; block++) {
    const dBias = learns ? partialBias + block * step : 0;
    if (learns) memory.fill(dBias, 0, step);
    let ll: f64 = 0;
    const end = min(rows, (block + 1) * BLOCK);
    for (let r = block * BLOCK; r < end; r++) {
      const row = logits + r * step;
      if (r >= cells) {
        if (learns) memory.fill(row, 0, step);
        continue;
      }
      const first = load<i32>(indptr + (r << 2)) << 2;
      const past = load<i32>(indptr + ((r + 1) << 2)) << 2;
      let total: f64 = 0;
      for (let k = first; k < past; k += 4) {
        const x = load<f32>(values + k) as f64;
        total += x;
        ll += x * load<f32>(row + (load<u32>(indices + k) << 2)) - logFactorial(x);
      }
      const largest: f32 = library !== 0 ? rowMaximum(row, genes) : 0;
      const sum = rowExp(row, genes, largest);
      if (library !== 0) {
        const size = load<f32>(library + (r << 2)) as f64;
        ll += total * (log64(size) - log64(sum) - largest) - size;
      } else {
        ll -= sum;
      }
      if (!learns) continue;
      const scale: f32 = library !== 0 ? ((total / sum) as f32) * factor : factor;
      scaleInto(row, dBias, step, scale);
      lowerAt(row, dBias, indices, values, first, past, factor);
    }
    store<f64>(partialLoss + (block << 3), ll);
  }
}

/** row ← row · scale, which is also added to dBias. */
function scaleInto(row: usize, dBias: usize, bytes: i32, scale: f32): void {
  const s = splat(scale);
  for (let at = 0; at < bytes; at += 16) {
    const left = (bytes - at) >> 2;
    const d = f32x4.mul(v128.load(row + at), s);
    storeSome(row + at, d, left);
    storeSome(dBias + at, f32x4.add(v128.load(dBias + at), d), left);
  }
}

/** log x! of a whole number. */
function logFactorial(x: f64): f64 {
  if (x > PRODUCT) return lgammaDifference64(1, x);
  let product: f64 = 1;
  for (let k: f64 = 2; k <= x; k++) product *= k;
  return log64(product);
}
