/**
 * @file The gene decoder's rows: a norm, a gated layer and one number at the end, and their gradients, in place.
 *
 * A row is [y | a | b]: what a gene knows of a cell, and the gated layer's first product of it before the norm's scale, which
 * is 1 / deviation of y. Widths are multiples of 4.
 */
import { logistic4, madd, one4, splat, sumLanes } from './simd';

/** Same for all rows: widths of y and of a and b in bytes, what is added behind the scale [2 gated], the vectors of the end. */
let yBytes: i32 = 0;
let gatedBytes: i32 = 0;
let bias: usize = 0;
let reader: usize = 0;
let head: usize = 0;
/** Where sums over rows go: of y, of gated values, of the gradients of `bias`. */
let sumY: usize = 0;
let sumGated: usize = 0;
let sumBias: usize = 0;

const EPSILON: f32 = 1e-8;

/** Bytes of a row's norm, with what rowGradient leaves there. */
export const NORM: i32 = 16;

/** Takes what all rows share. */
export function takeEnds(width: i32, gated: i32, biases: usize, readers: usize, heads: usize, sums: usize): void {
  yBytes = width << 2;
  gatedBytes = gated << 2;
  bias = biases;
  reader = readers;
  head = heads;
  sumY = sums;
  sumGated = sums + yBytes;
  sumBias = sumGated + gatedBytes;
}

/**
 * Means of y, 1 / deviations and y · head of rows, three numbers each. A pass of its own: sums, roots and quotients of one row wait
 * for each other, and only short rows overlap.
 */
export function takeNorms(rows: usize, side: i32, count: i32, norms: usize): void {
  const share: f32 = 1 / ((yBytes >> 2) as f32);
  for (let i = 0; i < count; i++) {
    const row = rows + i * side;
    let sum = splat(0), dot = splat(0);
    for (let at = 0; at < yBytes; at += 16) {
      const y = v128.load(row + at);
      sum = f32x4.add(sum, y);
      dot = madd(y, v128.load(head + at), dot);
    }
    const mean = sumLanes(sum) * share;
    const m = splat(mean);
    let squares = splat(0);
    for (let at = 0; at < yBytes; at += 16) {
      const d = f32x4.sub(v128.load(row + at), m);
      squares = madd(d, d, squares);
    }
    const to = norms + i * NORM;
    store<f32>(to, mean);
    store<f32>(to, 1 / sqrt<f32>(sumLanes(squares) * share + EPSILON), 4);
    store<f32>(to, sumLanes(dot), 8);
  }
}

// @ts-ignore: decorator
@inline
function gatedTerm(a: usize, b: usize, j: i32, s: v128): v128 {
  const x = madd(v128.load(a + j), s, v128.load(bias + j));
  const y = madd(v128.load(b + j), s, v128.load(bias + gatedBytes + j));
  return f32x4.mul(f32x4.mul(f32x4.mul(x, logistic4(x)), y), v128.load(reader + j));
}

/** y · head + (SiLU(a) ∘ b) · reader. */
export function rowLogit(row: usize, norm: usize): f32 {
  const s = v128.load_splat<f32>(norm, 4);
  const a = row + yBytes;
  const b = a + gatedBytes;
  let sum = splat(0);
  let j = 0;
  // Four at a time: one exponential is a chain of dependent steps.
  for (; j + 64 <= gatedBytes; j += 64) {
    const t0 = gatedTerm(a, b, j, s), t1 = gatedTerm(a, b, j + 16, s);
    const t2 = gatedTerm(a, b, j + 32, s), t3 = gatedTerm(a, b, j + 48, s);
    sum = f32x4.add(sum, f32x4.add(f32x4.add(t0, t1), f32x4.add(t2, t3)));
  }
  for (; j < gatedBytes; j += 16) sum = f32x4.add(sum, gatedTerm(a, b, j, s));
  return sumLanes(sum) + load<f32>(norm, 8);
}

// @ts-ignore: decorator
@inline
function addTo(at: usize, x: v128): void {
  v128.store(at, f32x4.add(v128.load(at), x));
}

/** Gradients of four a and b in place and to `all`; returns their part of the scale's gradient. */
// @ts-ignore: decorator
@inline
function gatedSlope(a: usize, b: usize, all: usize, j: i32, s: v128, d: v128): v128 {
  const u = v128.load(a + j), v = v128.load(b + j);
  const x = madd(u, s, v128.load(bias + j));
  const y = madd(v, s, v128.load(bias + gatedBytes + j));
  const sigmoid = logistic4(x);
  const silu = f32x4.mul(x, sigmoid);
  const slope = madd(silu, f32x4.sub(one4(), sigmoid), sigmoid);
  addTo(sumGated + j, f32x4.mul(d, f32x4.mul(silu, y)));
  const dGated = f32x4.mul(d, v128.load(reader + j));
  const dx = f32x4.mul(f32x4.mul(dGated, y), slope);
  const dy = f32x4.mul(dGated, silu);
  addTo(sumBias + j, dx);
  addTo(sumBias + gatedBytes + j, dy);
  const da = f32x4.mul(dx, s), db = f32x4.mul(dy, s);
  v128.store(a + j, da);
  v128.store(b + j, db);
  addTo(all + yBytes + j, da);
  addTo(all + yBytes + gatedBytes + j, db);
  return madd(dy, v, f32x4.mul(dx, u));
}

/** a and b of a row become their gradients, given the logit's, and are added to the row at `all`; the scale's gradient goes to its norm. */
export function gateGradient(row: usize, all: usize, norm: usize, dLogit: f32): void {
  const s = v128.load_splat<f32>(norm, 4);
  const d = splat(dLogit);
  const a = row + yBytes;
  const b = a + gatedBytes;
  let tilt = splat(0);
  let j = 0;
  for (; j + 32 <= gatedBytes; j += 32) {
    const t0 = gatedSlope(a, b, all, j, s, d), t1 = gatedSlope(a, b, all, j + 16, s, d);
    tilt = f32x4.add(tilt, f32x4.add(t0, t1));
  }
  for (; j < gatedBytes; j += 16) tilt = f32x4.add(tilt, gatedSlope(a, b, all, j, s, d));
  store<f32>(norm, sumLanes(tilt), 12);
}

/** y of a row becomes its gradient and is added to the row at `all`. */
export function normGradient(row: usize, all: usize, norm: usize, dLogit: f32): void {
  const d = splat(dLogit);
  const scale = load<f32>(norm, 4);
  const k = splat((-load<f32>(norm, 12) * scale * scale * scale) / ((yBytes >> 2) as f32));
  const m = v128.load_splat<f32>(norm);
  for (let at = 0; at < yBytes; at += 16) {
    const y = v128.load(row + at);
    addTo(sumY + at, f32x4.mul(d, y));
    const dy = madd(k, f32x4.sub(y, m), f32x4.mul(d, v128.load(head + at)));
    v128.store(row + at, dy);
    addTo(all + at, dy);
  }
}
