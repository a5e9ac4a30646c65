/** @file Batch normalisation over rows with ELU behind it: training mode, evaluation mode, backward. Threads share the columns. */
import { exp4, madd, splat } from './simd';
import { share } from './scratch';

const EPSILON: f32 = 1e-5;
const MOMENTUM: f32 = 0.1;

/**
 * Four columns at a time; a last group that is not full steps back and does some columns twice, with the same results.
 * One thread does all of them then, as two must not write the same column.
 */
// @ts-ignore: decorator
@inline
function groupStart(group: i32, columns: i32): i32 {
  const at = group << 2;
  return at + 4 > columns ? columns - 4 : at;
}

/** ELU with α = 1. */
// @ts-ignore: decorator
@inline
function elu4(x: v128): v128 {
  const below = f32x4.sub(exp4(f32x4.pmin(x, splat(0))), splat(1));
  return v128.bitselect(x, below, f32x4.gt(x, splat(0)));
}

/**
 * out = ELU(γ (x − mean) / √(variance + 1e-5) + β) with the batch's own statistics; moves the running ones by a tenth.
 *
 * Words: x, γ, β, running mean, running variance, mean, scale (1/√…), out, rows, columns (≥ 4).
 */
export function batchNormElu(words: usize, thread: i32, threads: i32): void {
  const x = load<usize>(words);
  const gamma = load<usize>(words, 4);
  const beta = load<usize>(words, 8);
  const runningMean = load<usize>(words, 12);
  const runningVariance = load<usize>(words, 16);
  const means = load<usize>(words, 20);
  const scales = load<usize>(words, 24);
  const out = load<usize>(words, 28);
  const rows = load<i32>(words, 32);
  const columns = load<i32>(words, 36);
  const groups = (columns + 3) >> 2;
  const step = columns << 2;
  const n = splat(rows as f32);
  const unbiased = splat(rows > 1 ? (rows as f32) / ((rows - 1) as f32) : 1);
  if ((columns & 3) !== 0) {
    if (thread > 0) return;
    threads = 1;
  }
  const to = share(groups, thread + 1, threads);
  for (let group = share(groups, thread, threads); group < to; group++) {
    const first = groupStart(group, columns);
    // Columns that the group before has done already must not move their running statistics again.
    const repeated = (group << 2) - first;
    const offset = first << 2;
    const end = x + offset + rows * step;
    let sum = splat(0);
    for (let at = x + offset; at < end; at += step) sum = f32x4.add(sum, v128.load(at));
    const mean = f32x4.div(sum, n);
    let squares = splat(0);
    for (let at = x + offset; at < end; at += step) {
      const d = f32x4.sub(v128.load(at), mean);
      squares = madd(d, d, squares);
    }
    const variance = f32x4.div(squares, n);
    const scale = f32x4.div(splat(1), f32x4.sqrt(f32x4.add(variance, splat(EPSILON))));
    v128.store(means + offset, mean);
    v128.store(scales + offset, scale);
    move(runningMean + offset, mean, repeated);
    move(runningVariance + offset, f32x4.mul(variance, unbiased), repeated);
    const slope = f32x4.mul(scale, v128.load(gamma + offset));
    const shift = v128.load(beta + offset);
    let target = out + offset;
    for (let at = x + offset; at < end; at += step) {
      v128.store(target, elu4(madd(f32x4.sub(v128.load(at), mean), slope, shift)));
      target += step;
    }
  }
}

/** running += 0.1 (now − running) in the lanes from `skip` on. */
function move(at: usize, now: v128, skip: i32): void {
  const old = v128.load(at);
  const next = f32x4.add(f32x4.mul(old, splat(1 - MOMENTUM)), f32x4.mul(now, splat(MOMENTUM)));
  const lanes = i32x4(0, 1, 2, 3);
  v128.store(at, v128.bitselect(next, old, i32x4.ge_s(lanes, i32x4.splat(skip))));
}

/** The same with the running statistics. Words: x, γ, β, running mean, running variance, out, rows, columns (≥ 4). */
export function batchNormEluEval(words: usize, thread: i32, threads: i32): void {
  const x = load<usize>(words);
  const gamma = load<usize>(words, 4);
  const beta = load<usize>(words, 8);
  const mean = load<usize>(words, 12);
  const variance = load<usize>(words, 16);
  const out = load<usize>(words, 20);
  const rows = load<i32>(words, 24);
  const columns = load<i32>(words, 28);
  const groups = (columns + 3) >> 2;
  const step = columns << 2;
  if ((columns & 3) !== 0) {
    if (thread > 0) return;
    threads = 1;
  }
  const to = share(groups, thread + 1, threads);
  for (let group = share(groups, thread, threads); group < to; group++) {
    const offset = groupStart(group, columns) << 2;
    const root = f32x4.sqrt(f32x4.add(v128.load(variance + offset), splat(EPSILON)));
    const slope = f32x4.div(v128.load(gamma + offset), root);
    const shift = f32x4.sub(v128.load(beta + offset), f32x4.mul(v128.load(mean + offset), slope));
    const end = x + offset + rows * step;
    let target = out + offset;
    for (let at = x + offset; at < end; at += step) {
      v128.store(target, elu4(madd(v128.load(at), slope, shift)));
      target += step;
    }
  }
}

/**
 * Backward of `batchNormElu`. Words: x, mean, scale, γ, out, dOut, dx, dγ, dβ, rows, columns (≥ 4); dx must not be dOut.
 */
export function batchNormEluGradient(words: usize, thread: i32, threads: i32): void {
  const x = load<usize>(words);
  const means = load<usize>(words, 4);
  const scales = load<usize>(words, 8);
  const gamma = load<usize>(words, 12);
  const out = load<usize>(words, 16);
  const dOut = load<usize>(words, 20);
  const dx = load<usize>(words, 24);
  const dGamma = load<usize>(words, 28);
  const dBeta = load<usize>(words, 32);
  const rows = load<i32>(words, 36);
  const columns = load<i32>(words, 40);
  const groups = (columns + 3) >> 2;
  const step = columns << 2;
  const share1 = splat(1 / (rows as f32));
  if ((columns & 3) !== 0) {
    if (thread > 0) return;
    threads = 1;
  }
  const to = share(groups, thread + 1, threads);
  for (let group = share(groups, thread, threads); group < to; group++) {
    const offset = groupStart(group, columns) << 2;
    const mean = v128.load(means + offset);
    const scale = v128.load(scales + offset);
    const end = offset + rows * step;
    let sum = splat(0);
    let product = splat(0);
    for (let at = offset; at < end; at += step) {
      const dy = throughElu(v128.load(out + at), v128.load(dOut + at));
      v128.store(dx + at, dy);
      sum = f32x4.add(sum, dy);
      product = madd(dy, f32x4.mul(f32x4.sub(v128.load(x + at), mean), scale), product);
    }
    v128.store(dBeta + offset, sum);
    v128.store(dGamma + offset, product);
    const base = f32x4.mul(sum, share1);
    const tilt = f32x4.mul(f32x4.mul(product, share1), scale);
    const factor = f32x4.mul(scale, v128.load(gamma + offset));
    for (let at = offset; at < end; at += step) {
      const centred = f32x4.sub(v128.load(x + at), mean);
      const rest = f32x4.sub(f32x4.sub(v128.load(dx + at), base), f32x4.mul(centred, tilt));
      v128.store(dx + at, f32x4.mul(rest, factor));
    }
  }
}

/** dy = dOut · ELU′, told from ELU's value: 1 above 0, out + 1 below. */
// @ts-ignore: decorator
@inline
function throughElu(out: v128, dOut: v128): v128 {
  return f32x4.mul(dOut, f32x4.add(f32x4.pmin(out, splat(0)), splat(1)));
}
