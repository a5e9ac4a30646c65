/** @file Activations with their derivatives, and SwiGLU. Threads share the entries or rows; nothing past the end is written. */
import { exp4, logistic4, logOnePlus4, madd, one4, sigmoid4, splat, storeSome } from './simd';
import { scratchOf, share } from './scratch';
import { siluOfRow } from './elementwise';

const GELU_ERF: i32 = 0;
const GELU_TANH: i32 = 1;
const ELU: i32 = 2;
const RELU: i32 = 3;
const LEAKY_RELU: i32 = 4;
const SIGMOID: i32 = 5;
const TANH: i32 = 6;

/** What the function gives beside its value. */
let slopeNow: v128 = f32x4.splat(0);

/** x Φ(x) with erf after Abramowitz & Stegun 7.1.26, error below 2e-7: one exponential serves value and slope. */
function geluErf4(x: v128): v128 {
  const z = f32x4.mul(f32x4.abs(x), splat(0.7071067811865476));
  const e = exp4(f32x4.neg(f32x4.mul(z, z)));
  const t = f32x4.div(splat(1), madd(z, splat(0.3275911), splat(1)));
  let p = splat(1.061405429);
  p = madd(p, t, splat(-1.453152027));
  p = madd(p, t, splat(1.421413741));
  p = madd(p, t, splat(-0.284496736));
  p = madd(p, t, splat(0.254829592));
  const tail = f32x4.mul(f32x4.mul(f32x4.mul(p, t), e), splat(0.5));
  const share = v128.bitselect(tail, f32x4.sub(splat(1), tail), f32x4.lt(x, splat(0)));
  slopeNow = madd(x, f32x4.mul(e, splat(0.3989422804014327)), share);
  return f32x4.mul(x, share);
}

/** The constants of geluTanh4, four times each: 0.044715, 2 √(2/π), their product, three times that. */
const GELU: usize = memory.data<f32>([
  0.044715, 0.044715, 0.044715, 0.044715,
  1.5957691216057308, 1.5957691216057308, 1.5957691216057308, 1.5957691216057308,
  0.0713548162726, 0.0713548162726, 0.0713548162726, 0.0713548162726,
  0.2140644488178, 0.2140644488178, 0.2140644488178, 0.2140644488178,
], 16);

/** x σ(2u), u = √(2/π) (x + 0.044715 x³). */
// @ts-ignore: decorator
@inline
function geluTanh4(x: v128): v128 {
  const z = f32x4.mul(x, x);
  const s = logistic4(f32x4.mul(madd(z, v128.load(GELU, 32), v128.load(GELU, 16)), x));
  const rise = madd(z, v128.load(GELU, 48), v128.load(GELU, 16));
  const y = f32x4.mul(x, s);
  slopeNow = madd(f32x4.mul(y, f32x4.sub(one4(), s)), rise, s);
  return y;
}

function activation4(kind: i32, x: v128): v128 {
  const one = splat(1);
  const above = f32x4.gt(x, splat(0));
  if (kind === GELU_ERF) return geluErf4(x);
  if (kind === GELU_TANH) return geluTanh4(x);
  if (kind === ELU) {
    const e = exp4(f32x4.pmin(x, splat(0)));
    slopeNow = v128.bitselect(one, e, above);
    return v128.bitselect(x, f32x4.sub(e, one), above);
  }
  if (kind === RELU || kind === LEAKY_RELU) {
    slopeNow = v128.bitselect(one, splat(kind === RELU ? 0 : 0.01), above);
    return f32x4.mul(x, slopeNow);
  }
  const s = sigmoid4(kind === TANH ? f32x4.add(x, x) : x);
  if (kind === SIGMOID) {
    slopeNow = f32x4.mul(s, f32x4.sub(one, s));
    return s;
  }
  if (kind === TANH) {
    const y = f32x4.sub(f32x4.add(s, s), one);
    slopeNow = f32x4.sub(one, f32x4.mul(y, y));
    return y;
  }
  slopeNow = s;
  return f32x4.add(f32x4.pmax(x, splat(0)), logOnePlus4(exp4(f32x4.neg(f32x4.abs(x)))));
}

/** Words: kind, x, y, slope, count. */
export function activate(words: usize, thread: i32, threads: i32): void {
  const kind = load<i32>(words);
  const x = load<usize>(words, 4);
  const y = load<usize>(words, 8);
  const slope = load<usize>(words, 12);
  const count = load<i32>(words, 16);
  const groups = (count + 3) >> 2;
  const to = share(groups, thread + 1, threads);
  let group = share(groups, thread, threads);
  if (kind === GELU_TANH && slope !== 0) {
    // The widest layers have this one: a loop of its own, without a call for each four numbers.
    for (const whole = min(to, count >> 2); group < whole; group++) {
      const at = group << 4;
      v128.store(y + at, geluTanh4(v128.load(x + at)));
      v128.store(slope + at, slopeNow);
    }
  }
  for (; group < to; group++) {
    const at = group << 4;
    const left = count - (group << 2);
    const value = activation4(kind, v128.load(x + at));
    storeSome(y + at, value, left);
    if (slope !== 0) storeSome(slope + at, slopeNow, left);
  }
}

/** Words: a, b, side, y, rows, width. */
export function swiglu(words: usize, thread: i32, threads: i32): void {
  const a = load<usize>(words);
  const b = load<usize>(words, 4);
  const side = load<i32>(words, 8) << 2;
  const y = load<usize>(words, 12);
  const rows = load<i32>(words, 16);
  const bytes = load<i32>(words, 20) << 2;
  const to = share(rows, thread + 1, threads);
  for (let r = share(rows, thread, threads); r < to; r++) {
    const from = r * side;
    const out = y + r * bytes;
    siluOfRow(a + from, out, 0, bytes);
    for (let at = 0; at < bytes; at += 16) {
      storeSome(out + at, f32x4.mul(v128.load(out + at), v128.load(b + from + at)), (bytes - at) >> 2);
    }
  }
}

/** Words: a, b, side, dy, da, db, sideOut, rows, width. */
export function swigluGradient(words: usize, thread: i32, threads: i32): void {
  const a = load<usize>(words);
  const b = load<usize>(words, 4);
  const side = load<i32>(words, 8) << 2;
  const dy = load<usize>(words, 12);
  const da = load<usize>(words, 16);
  const db = load<usize>(words, 20);
  const sideOut = load<i32>(words, 24) << 2;
  const rows = load<i32>(words, 28);
  const bytes = load<i32>(words, 32) << 2;
  const near = scratchOf(thread);
  const to = share(rows, thread + 1, threads);
  for (let r = share(rows, thread, threads); r < to; r++) {
    const from = r * side;
    const out = r * sideOut;
    const slope = dy + r * bytes;
    const rise = near + ((bytes + 15) & ~15);
    siluOfRow(a + from, near, rise, bytes);
    for (let at = 0; at < bytes; at += 16) {
      const d = v128.load(slope + at);
      const second = v128.load(b + from + at);
      storeSome(da + out + at, f32x4.mul(f32x4.mul(d, v128.load(rise + at)), second), (bytes - at) >> 2);
      storeSome(db + out + at, f32x4.mul(d, v128.load(near + at)), (bytes - at) >> 2);
    }
  }
}
