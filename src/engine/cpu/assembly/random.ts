/** @file Philox4x32-10 in four lanes, normals by Box–Muller, and sin and cos of large angles: the same numbers as numerics/random. */
import { log4, madd, splat } from './simd';
import { share } from './scratch';

const MULTIPLIER_A: u32 = 0xd2511f53;
const MULTIPLIER_B: u32 = 0xcd9e8d57;
const WEYL_A: u32 = 0x9e3779b9;
const WEYL_B: u32 = 0xbb67ae85;

/** The four words of four blocks, word by word. */
export let word0: v128 = i32x4.splat(0);
export let word1: v128 = i32x4.splat(0);
export let word2: v128 = i32x4.splat(0);
export let word3: v128 = i32x4.splat(0);

/** Upper halves of the four 64-bit products. */
// @ts-ignore: decorator
@inline
function multiplyHigh(a: v128, b: v128): v128 {
  const low = i64x2.extmul_low_i32x4_u(a, b);
  const high = i64x2.extmul_high_i32x4_u(a, b);
  return v128.shuffle<i32>(low, high, 1, 3, 5, 7);
}

/** Four blocks whose first counter words are given; the other counter words and the key are the same for all. */
export function philox4(first: v128, c1: u32, c2: u32, c3: u32, key0: u32, key1: u32): void {
  let x0 = first;
  let x1 = i32x4.splat(c1);
  let x2 = i32x4.splat(c2);
  let x3 = i32x4.splat(c3);
  const a = i32x4.splat(MULTIPLIER_A);
  const b = i32x4.splat(MULTIPLIER_B);
  for (let round = 0; round < 10; round++) {
    const highA = multiplyHigh(a, x0);
    const lowA = i32x4.mul(a, x0);
    const highB = multiplyHigh(b, x2);
    const lowB = i32x4.mul(b, x2);
    x0 = v128.xor(v128.xor(highB, x1), i32x4.splat(key0));
    x1 = lowB;
    x2 = v128.xor(v128.xor(highA, x3), i32x4.splat(key1));
    x3 = lowA;
    key0 += WEYL_A;
    key1 += WEYL_B;
  }
  word0 = x0;
  word1 = x1;
  word2 = x2;
  word3 = x3;
}

/** Sine and cosine of 2π · turns for |turns| ≤ ½. */
export let sine: v128 = f32x4.splat(0);
export let cosine: v128 = f32x4.splat(0);

/** Sets `sine` and `cosine`; folds to an eighth of a turn, then polynomials; error below 1e-7. */
export function sineCosine(turns: v128): void {
  const quarter = f32x4.nearest(f32x4.mul(turns, splat(4)));
  const r = f32x4.mul(f32x4.sub(turns, f32x4.mul(quarter, splat(0.25))), splat(6.28318530717958647692));
  const z = f32x4.mul(r, r);
  let s = splat(-1.9515295891e-4);
  s = madd(s, z, splat(8.3321608736e-3));
  s = madd(s, z, splat(-1.6666654611e-1));
  s = madd(f32x4.mul(s, z), r, r);
  let c = splat(2.443315711809948e-5);
  c = madd(c, z, splat(-1.388731625493765e-3));
  c = madd(c, z, splat(4.166664568298827e-2));
  c = madd(f32x4.mul(c, z), z, f32x4.sub(splat(1), f32x4.mul(z, splat(0.5))));
  const q = i32x4.trunc_sat_f32x4_s(quarter);
  const odd = i32x4.ne(v128.and(q, i32x4.splat(1)), i32x4.splat(0));
  const minusSine = i32x4.shl(v128.and(q, i32x4.splat(2)), 30);
  const minusCosine = i32x4.shl(v128.and(i32x4.add(q, i32x4.splat(1)), i32x4.splat(2)), 30);
  sine = v128.xor(v128.bitselect(c, s, odd), minusSine);
  cosine = v128.xor(v128.bitselect(s, c, odd), minusCosine);
}

/** Use word of row normals, as in numerics/random. */
const ROW_NORMALS: u32 = 2;

// @ts-ignore: decorator
@inline
function unsigned(x: v128): v128 {
  return f32x4.convert_i32x4_u(x);
}

/**
 * out[j] = N(0, 1), entry j of `normalsAt(seed, stream, row)`. Words: out, count, key (address of seed low, seed high, stream, row);
 * out is padded to sixteens.
 */
export function rowNormals(words: usize, thread: i32, threads: i32): void {
  const out = load<usize>(words);
  const key = load<usize>(words, 8);
  const low = load<u32>(key);
  const high = load<u32>(key, 4);
  const stream = load<u32>(key, 8);
  const row = load<u32>(key, 12);
  const groups = (load<i32>(words, 4) + 15) >> 4;
  const to = share(groups, thread + 1, threads);
  for (let group = share(groups, thread, threads); group < to; group++) {
    const first = i32x4.add(i32x4.splat(group << 2), i32x4(0, 1, 2, 3));
    philox4(first, row, stream, ROW_NORMALS, low, high);
    const w2 = word2;
    const w3 = word3;
    boxMuller(word0, word1);
    const x0 = pairCosine;
    const x1 = pairSine;
    boxMuller(w2, w3);
    // Lanes are blocks, words are their entries: transpose.
    const a0 = v128.shuffle<f32>(x0, x1, 0, 4, 1, 5), a1 = v128.shuffle<f32>(x0, x1, 2, 6, 3, 7);
    const b0 = v128.shuffle<f32>(pairCosine, pairSine, 0, 4, 1, 5), b1 = v128.shuffle<f32>(pairCosine, pairSine, 2, 6, 3, 7);
    const at = out + (group << 6);
    v128.store(at, v128.shuffle<f32>(a0, b0, 0, 1, 4, 5));
    v128.store(at, v128.shuffle<f32>(a0, b0, 2, 3, 6, 7), 16);
    v128.store(at, v128.shuffle<f32>(a1, b1, 0, 1, 4, 5), 32);
    v128.store(at, v128.shuffle<f32>(a1, b1, 2, 3, 6, 7), 48);
  }
}

let pairCosine: v128 = f32x4.splat(0);
let pairSine: v128 = f32x4.splat(0);

/** √(−2 log u) · (cos, sin) 2πw with u = (a + ½)/2³², w = b/2³². */
function boxMuller(a: v128, b: v128): void {
  // Close to 1 float32 cannot hold u: there −log u is taken from the distance to 1.
  const near = i32x4.gt_u(a, i32x4.splat(0xc0000000));
  const u = f32x4.mul(f32x4.add(unsigned(a), splat(0.5)), splat(2.3283064365386963e-10));
  const gap = f32x4.mul(f32x4.add(unsigned(v128.not(a)), splat(0.5)), splat(2.3283064365386963e-10));
  let p = splat(1.0 / 9.0);
  p = madd(p, gap, splat(1.0 / 8.0));
  p = madd(p, gap, splat(1.0 / 7.0));
  p = madd(p, gap, splat(1.0 / 6.0));
  p = madd(p, gap, splat(1.0 / 5.0));
  p = madd(p, gap, splat(1.0 / 4.0));
  p = madd(p, gap, splat(1.0 / 3.0));
  p = madd(p, gap, splat(1.0 / 2.0));
  const close = madd(f32x4.mul(p, gap), gap, gap);
  const minusLog = v128.bitselect(close, f32x4.neg(log4(u)), near);
  const radius = f32x4.sqrt(f32x4.add(minusLog, minusLog));
  // As signed numbers the words are turns between −½ and ½.
  sineCosine(f32x4.mul(f32x4.convert_i32x4_s(b), splat(2.3283064365386963e-10)));
  pairCosine = f32x4.mul(radius, cosine);
  pairSine = f32x4.mul(radius, sine);
}

/**
 * Sinusoidal features of times: sin(t · 1000 ω_k) in the first half of a row, cos in the second.
 *
 * Words: times (float64 [rows]), turns per unit of time (float64 [half]: 1000 ω_k / 2π), out [rows, 2 half], rows, half.
 */
export function timeFeatures(words: usize, thread: i32, threads: i32): void {
  const times = load<usize>(words);
  const speeds = load<usize>(words, 4);
  const out = load<usize>(words, 8);
  const rows = load<i32>(words, 12);
  const half = load<i32>(words, 16);
  const to = share(rows, thread + 1, threads);
  for (let r = share(rows, thread, threads); r < to; r++) {
    const t = f64x2.splat(load<f64>(times + (r << 3)));
    const row = out + r * (half << 3);
    const second = row + (half << 2);
    for (let k = 0; k < half; k += 4) {
      const left = min(4, half - k);
      const at = speeds + (k << 3);
      const a = fraction(f64x2.mul(t, v128.load(at)));
      const b = fraction(f64x2.mul(t, v128.load(at, 16)));
      sineCosine(v128.shuffle<f32>(f32x4.demote_f64x2_zero(a), f32x4.demote_f64x2_zero(b), 0, 1, 4, 5));
      if (left === 4) {
        v128.store(row + (k << 2), sine);
        v128.store(second + (k << 2), cosine);
      } else {
        storeLanes(row + (k << 2), sine, left);
        storeLanes(second + (k << 2), cosine, left);
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function fraction(turns: v128): v128 {
  return f64x2.sub(turns, f64x2.nearest(turns));
}

function storeLanes(at: usize, x: v128, lanes: i32): void {
  store<f32>(at, f32x4.extract_lane(x, 0));
  if (lanes > 1) store<f32>(at, f32x4.extract_lane(x, 1), 4);
  if (lanes > 2) store<f32>(at, f32x4.extract_lane(x, 2), 8);
}
