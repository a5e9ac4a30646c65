/**
 * @file The decoder's loss: softmax × library size → negative binomial, with its gradients, over the logits in place.
 *
 * A count of 0 costs one logarithm; gamma functions are touched only at the counts that are not 0, in float64.
 * Cells are taken in blocks of 16, each with its own partial sums, so that the sums do not depend on the threads.
 */
import { addWide, exp4, log4, madd, maxLanes, splat, storeSome, sumLanes, sumWide } from './simd';
import { digammaDifference64, lgammaDifference64, log64 } from './scalar';
import { scratchOf, share } from './scratch';

const BLOCK: i32 = 16;
const EPSILON: f32 = 1e-8;

/** Counts up to this are a product of factors and one logarithm. */
const PRODUCT: f64 = 12;

/** log(1 + μ/θ) in four lanes: 2 artanh(μ / (2θ + μ)), by its series while μ < θ. */
// @ts-ignore: decorator
@inline
function logShare4(mu: v128, theta: v128): v128 {
  const s = f32x4.div(mu, f32x4.add(f32x4.add(theta, theta), mu));
  const z = f32x4.mul(s, s);
  let p = splat(1.0 / 15.0);
  p = madd(p, z, splat(1.0 / 13.0));
  p = madd(p, z, splat(1.0 / 11.0));
  p = madd(p, z, splat(1.0 / 9.0));
  p = madd(p, z, splat(1.0 / 7.0));
  p = madd(p, z, splat(1.0 / 5.0));
  p = madd(p, z, splat(1.0 / 3.0));
  const series = f32x4.mul(f32x4.add(s, s), madd(p, z, splat(1)));
  const far = f32x4.gt(s, splat(1.0 / 3.0));
  if (!v128.any_true(far)) return series;
  return v128.bitselect(log4(f32x4.div(f32x4.add(theta, mu), theta)), series, far);
}

/** Largest of `count` floats. */
export function rowMaximum(row: usize, count: i32): f32 {
  let best = splat(-Infinity);
  const whole = row + ((count & ~3) << 2);
  const end = row + (count << 2);
  for (; row < whole; row += 16) best = f32x4.pmax(best, v128.load(row));
  let largest = maxLanes(best);
  for (; row < end; row += 4) largest = max(largest, load<f32>(row));
  return largest;
}

/** row ← exp(row − largest); returns the sum. The rest of the last four is read and written back. */
export function rowExp(row: usize, count: i32, largest: f32): f64 {
  const shift = splat(largest);
  let sum = f64x2.splat(0);
  const whole = row + ((count & ~3) << 2);
  for (; row + 64 <= whole; row += 64) {
    const e0 = exp4(f32x4.sub(v128.load(row), shift)), e1 = exp4(f32x4.sub(v128.load(row, 16), shift));
    const e2 = exp4(f32x4.sub(v128.load(row, 32), shift)), e3 = exp4(f32x4.sub(v128.load(row, 48), shift));
    v128.store(row, e0); v128.store(row, e1, 16); v128.store(row, e2, 32); v128.store(row, e3, 48);
    sum = addWide(addWide(addWide(addWide(sum, e0), e1), e2), e3);
  }
  for (; row < whole; row += 16) {
    const e = exp4(f32x4.sub(v128.load(row), shift));
    v128.store(row, e);
    sum = addWide(sum, e);
  }
  let total = sumWide(sum);
  for (let rest = count & 3; rest > 0; rest--) {
    const e = f32x4.extract_lane(exp4(splat(load<f32>(row) - largest)), 0);
    store<f32>(row, e);
    total += e;
    row += 4;
  }
  return total;
}

/** Row softmax in place. Words: x, rows, columns. */
export function softmaxRows(words: usize, thread: i32, threads: i32): void {
  const x = load<usize>(words);
  const rows = load<i32>(words, 4);
  const columns = load<i32>(words, 8);
  const to = share(rows, thread + 1, threads);
  for (let r = share(rows, thread, threads); r < to; r++) {
    const row = x + r * (columns << 2);
    const sum = rowExp(row, columns, rowMaximum(row, columns));
    const scale = splat((1 / sum) as f32);
    const bytes = columns << 2;
    for (let at = 0; at < bytes; at += 16) storeSome(row + at, f32x4.mul(v128.load(row + at), scale), (bytes - at) >> 2);
  }
}

/**
 * Loss and gradients, in nats per cell.
 *
 * Words: logits [rows, genes] (become their gradients), θ [genes], indptr, indices, values, library [rows],
 * cells (address of their number: rows past it count nothing), partial θ [blocks, genes] and partial bias [blocks, genes]
 * (0 in evaluation), partial loss (float64 [blocks]), rows, genes, sixteen blocks' rows follow each other.
 */
export function negativeBinomial(words: usize, thread: i32, threads: i32): void {
  const logits = load<usize>(words);
  const theta = load<usize>(words, 4);
  const indptr = load<usize>(words, 8);
  const indices = load<usize>(words, 12);
  const values = load<usize>(words, 16);
  const library = load<usize>(words, 20);
  const cells = load<i32>(load<usize>(words, 24));
  const partialTheta = load<usize>(words, 28);
  const partialBias = load<usize>(words, 32);
  const partialLoss = load<usize>(words, 36);
  const rows = load<i32>(words, 40);
  const genes = load<i32>(words, 44);
  const blocks = (rows + BLOCK - 1) / BLOCK;
  const learns = partialTheta !== 0;
  const weighted = scratchOf(thread);
  const step = genes << 2;
  const to = share(blocks, thread + 1, threads);
  for (let block = share(blocks, thread, threads); block < to; block++) {
    const dTheta = learns ? partialTheta + block * step : 0;
    const dBias = learns ? partialBias + block * step : 0;
    if (learns) {
      memory.fill(dTheta, 0, step);
      memory.fill(dBias, 0, step);
    }
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
      const sum = rowExp(row, genes, rowMaximum(row, genes));
      const scale = ((load<f32>(library + (r << 2)) as f64) / sum) as f32;
      ll += learns
        ? zerosWithGradient(row, theta, dTheta, weighted, genes, scale)
        : zeros(row, theta, genes, scale);
      for (let k = first; k < past; k += 4) {
        const g = load<u32>(indices + k) << 2;
        ll += learns
          ? count(load<f32>(values + k), load<f32>(row + g) * scale, load<f32>(theta + g), dTheta + g, weighted + g)
          : count(load<f32>(values + k), load<f32>(row + g) * scale, load<f32>(theta + g), 0, 0);
      }
      if (learns) finishRow(row, weighted, dBias, genes, (1 / sum) as f32, -1 / (cells as f32));
    }
    store<f64>(partialLoss + (block << 3), ll);
  }
}

/** Terms as if every count were 0: returns their log-likelihood, starts μ · ∂ll/∂μ in `weighted`, adds to the gradient of θ. */
function zerosWithGradient(row: usize, theta: usize, dTheta: usize, weighted: usize, genes: i32, scale: f32): f64 {
  const c = splat(scale);
  const eps = splat(EPSILON);
  let total = f64x2.splat(0);
  const bytes = genes << 2;
  const whole = (genes & ~3) << 2;
  for (let at = 0; at < whole; at += 16) {
    const mu = f32x4.mul(v128.load(row + at), c);
    const t = v128.load(theta + at);
    const held = f32x4.add(t, eps);
    const log = logShare4(mu, held);
    const ratio = f32x4.div(mu, f32x4.add(held, mu));
    const d = dTheta + at;
    v128.store(d, f32x4.add(v128.load(d), f32x4.sub(ratio, log)));
    v128.store(weighted + at, f32x4.neg(f32x4.mul(t, ratio)));
    total = addWide(total, f32x4.mul(t, log));
  }
  let sum = sumWide(total);
  for (let at = whole; at < bytes; at += 4) {
    const mu = load<f32>(row + at) * scale;
    const t = load<f32>(theta + at);
    const log = f32x4.extract_lane(logShare4(splat(mu), splat(t + EPSILON)), 0);
    const ratio = mu / (t + EPSILON + mu);
    store<f32>(dTheta + at, load<f32>(dTheta + at) + (ratio - log));
    store<f32>(weighted + at, -t * ratio);
    sum += t * log;
  }
  return -sum;
}

/** Only the log-likelihood of `zerosWithGradient`. */
function zeros(row: usize, theta: usize, genes: i32, scale: f32): f64 {
  const c = splat(scale);
  let total = f64x2.splat(0);
  const bytes = genes << 2;
  const whole = (genes & ~3) << 2;
  for (let at = 0; at < whole; at += 16) {
    const t = v128.load(theta + at);
    const log = logShare4(f32x4.mul(v128.load(row + at), c), f32x4.add(t, splat(EPSILON)));
    total = addWide(total, f32x4.mul(t, log));
  }
  let sum = sumWide(total);
  for (let at = whole; at < bytes; at += 4) {
    const t = load<f32>(theta + at);
    sum += t * f32x4.extract_lane(logShare4(splat(load<f32>(row + at) * scale), splat(t + EPSILON)), 0);
  }
  return -sum;
}

/** What a count above 0 adds to the terms of a zero. Addresses of the two gradients are 0 in evaluation. */
function count(x: f64, mu: f64, theta: f64, dTheta: usize, weighted: usize): f64 {
  const held = mu + 1e-8;
  const inverse = 1 / (theta + held);
  const q = held * inverse;
  let ll: f64;
  let slope: f64;
  if (x <= PRODUCT) {
    let product: f64 = 1;
    slope = 0;
    for (let k: f64 = 0; k < x; k++) {
      product *= ((theta + k) * q) / (k + 1);
      slope += 1 / (theta + k);
    }
    ll = log64(product);
  } else {
    ll = lgammaDifference64(theta, x) - lgammaDifference64(1, x) + x * log64(q);
    slope = digammaDifference64(theta, x);
  }
  if (dTheta !== 0) {
    store<f32>(dTheta, (load<f32>(dTheta) + (slope - x * inverse)) as f32);
    store<f32>(weighted, (load<f32>(weighted) + mu * x * (1 / held - inverse)) as f32);
  }
  return ll;
}

/** row ← (weighted − share · Σ weighted) · factor, which is the gradient of the logits; also adds it to the bias' gradient. */
function finishRow(row: usize, weighted: usize, dBias: usize, genes: i32, toShare: f32, factor: f32): void {
  let wide = f64x2.splat(0);
  const bytes = genes << 2;
  const whole = (genes & ~3) << 2;
  for (let at = 0; at < whole; at += 16) wide = addWide(wide, v128.load(weighted + at));
  let sum = sumWide(wide);
  for (let at = whole; at < bytes; at += 4) sum += load<f32>(weighted + at);
  const pull = (sum * toShare) as f32;
  const p = splat(-pull);
  const f = splat(factor);
  for (let at = 0; at < whole; at += 16) {
    const d = f32x4.mul(madd(v128.load(row + at), p, v128.load(weighted + at)), f);
    v128.store(row + at, d);
    v128.store(dBias + at, f32x4.add(v128.load(dBias + at), d));
  }
  for (let at = whole; at < bytes; at += 4) {
    const d = (load<f32>(weighted + at) - load<f32>(row + at) * pull) * factor;
    store<f32>(row + at, d);
    store<f32>(dBias + at, load<f32>(dBias + at) + d);
  }
}

/**
 * out[g] = Σ_blocks partial[block, g] · factor[g] · (scale or scale / cells).
 *
 * Words: partial, out, factor (or 0), blocks, genes, scale (float32 bits), cells (address of a number to divide by, or 0).
 */
export function sumBlocks(words: usize, thread: i32, threads: i32): void {
  const partial = load<usize>(words);
  const out = load<usize>(words, 4);
  const factor = load<usize>(words, 8);
  const blocks = load<i32>(words, 12);
  const genes = load<i32>(words, 16);
  const cells = load<usize>(words, 24);
  let scale = load<f32>(words, 20);
  if (cells !== 0) scale /= load<i32>(cells) as f32;
  const step = genes << 2;
  const to = share(genes, thread + 1, threads) << 2;
  for (let at = share(genes, thread, threads) << 2; at < to; at += 4) {
    let sum: f32 = 0;
    for (let b = 0; b < blocks; b++) sum += load<f32>(partial + b * step + at);
    if (factor !== 0) sum *= load<f32>(factor + at);
    store<f32>(out + at, sum * scale);
  }
}
