/** @file Vector helpers: multiply-add (fused where the build has relaxed SIMD), exp, log, reciprocals, sums over lanes. */

/** a · b + c in four lanes; fused in the relaxed build, rounded twice in the other. */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

// @ts-ignore: decorator
@inline
export function splat(x: f32): v128 {
  return f32x4.splat(x);
}

/** Sum of the four lanes, pairwise. */
// @ts-ignore: decorator
@inline
export function sumLanes(a: v128): f32 {
  return (
    f32x4.extract_lane(a, 0) + f32x4.extract_lane(a, 1) + (f32x4.extract_lane(a, 2) + f32x4.extract_lane(a, 3))
  );
}

// @ts-ignore: decorator
@inline
export function maxLanes(a: v128): f32 {
  return max(
    max(f32x4.extract_lane(a, 0), f32x4.extract_lane(a, 1)),
    max(f32x4.extract_lane(a, 2), f32x4.extract_lane(a, 3)),
  );
}

/** Adds the four float32 lanes, widened, to two float64 lanes. */
// @ts-ignore: decorator
@inline
export function addWide(sum: v128, a: v128): v128 {
  const low = f64x2.promote_low_f32x4(a);
  const high = f64x2.promote_low_f32x4(v128.shuffle<f32>(a, a, 2, 3, 0, 1));
  return f64x2.add(sum, f64x2.add(low, high));
}

/** Sum of the two float64 lanes. */
// @ts-ignore: decorator
@inline
export function sumWide(a: v128): f64 {
  return f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1);
}

/** Stores the first `left` lanes, all of them from 4 on. */
// @ts-ignore: decorator
@inline
export function storeSome(at: usize, x: v128, left: i32): void {
  if (left >= 4) {
    v128.store(at, x);
    return;
  }
  store<f32>(at, f32x4.extract_lane(x, 0));
  if (left > 1) store<f32>(at, f32x4.extract_lane(x, 1), 4);
  if (left > 2) store<f32>(at, f32x4.extract_lane(x, 2), 8);
}

/** The first `left` lanes, 0 in the others, whatever stands there. */
// @ts-ignore: decorator
@inline
export function keepSome(x: v128, left: i32): v128 {
  if (left >= 4) return x;
  return v128.and(x, i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(left)));
}

/**
 * The constants of exp4, four times each: bounds, 1/ln 2, 1.5 · 2²³ (adding it rounds to a whole number, which the low bits then
 * hold), −ln 2 in two parts, coefficients. As loads they cost one instruction each, as constants V8 builds them with four.
 */
const EXP: usize = memory.data<f32>([
  -87.33654, -87.33654, -87.33654, -87.33654,
  88.37626, 88.37626, 88.37626, 88.37626,
  1.44269504, 1.44269504, 1.44269504, 1.44269504,
  12582912, 12582912, 12582912, 12582912,
  -0.693359375, -0.693359375, -0.693359375, -0.693359375,
  2.12194440e-4, 2.12194440e-4, 2.12194440e-4, 2.12194440e-4,
  1.9875691500e-4, 1.9875691500e-4, 1.9875691500e-4, 1.9875691500e-4,
  1.3981999507e-3, 1.3981999507e-3, 1.3981999507e-3, 1.3981999507e-3,
  8.3334519073e-3, 8.3334519073e-3, 8.3334519073e-3, 8.3334519073e-3,
  4.1665795894e-2, 4.1665795894e-2, 4.1665795894e-2, 4.1665795894e-2,
  1.6666665459e-1, 1.6666665459e-1, 1.6666665459e-1, 1.6666665459e-1,
  5.0000001201e-1, 5.0000001201e-1, 5.0000001201e-1, 5.0000001201e-1,
  1, 1, 1, 1,
], 16);

/**
 * exp in four lanes: 2^n · p(r), |r| ≤ ln 2 / 2, p of degree 6. Relative error below 2e-7; inputs are held in −87.3 … 88.3.
 *
 * pmin and pmax are one instruction each where min and max are six; with the input first they keep a NaN.
 */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  const held = f32x4.pmin(f32x4.pmax(x, v128.load(EXP)), v128.load(EXP, 16));
  const rounder = v128.load(EXP, 48);
  const rounded = madd(held, v128.load(EXP, 32), rounder);
  const n = f32x4.sub(rounded, rounder);
  let r = madd(n, v128.load(EXP, 64), held);
  r = madd(n, v128.load(EXP, 80), r);
  let p = v128.load(EXP, 96);
  p = madd(p, r, v128.load(EXP, 112));
  p = madd(p, r, v128.load(EXP, 128));
  p = madd(p, r, v128.load(EXP, 144));
  p = madd(p, r, v128.load(EXP, 160));
  p = madd(p, r, v128.load(EXP, 176));
  p = f32x4.add(madd(p, f32x4.mul(r, r), r), v128.load(EXP, 192));
  return i32x4.add(p, i32x4.shl(rounded, 23));
}

/** log(1 + s) for s in √½ − 1 … √2 − 1, degree 9. */
// @ts-ignore: decorator
@inline
function logNearOne(s: v128): v128 {
  const z = f32x4.mul(s, s);
  let p = splat(7.0376836292e-2);
  p = madd(p, s, splat(-1.1514610310e-1));
  p = madd(p, s, splat(1.1676998740e-1));
  p = madd(p, s, splat(-1.2420140846e-1));
  p = madd(p, s, splat(1.4249322787e-1));
  p = madd(p, s, splat(-1.6668057665e-1));
  p = madd(p, s, splat(2.0000714765e-1));
  p = madd(p, s, splat(-2.4999993993e-1));
  p = madd(p, s, splat(3.3333331174e-1));
  p = f32x4.mul(f32x4.mul(p, z), s);
  return f32x4.add(madd(splat(-0.5), z, p), s);
}

/** log of positive normal numbers in four lanes. Absolute error below 1e-7 near 1, relative elsewhere. */
// @ts-ignore: decorator
@inline
export function log4(x: v128): v128 {
  const shifted = i32x4.sub(x, i32x4.splat(0x3f3504f3));
  const exponent = f32x4.convert_i32x4_s(i32x4.shr_s(shifted, 23));
  const mantissa = i32x4.add(v128.and(shifted, i32x4.splat(0x007fffff)), i32x4.splat(0x3f3504f3));
  const s = f32x4.sub(mantissa, splat(1));
  const small = madd(exponent, splat(-2.12194440e-4), logNearOne(s));
  return madd(exponent, splat(0.693359375), small);
}

/** log(1 + r) for r ≥ 0 in four lanes, exact to rounding also where r is tiny. */
// @ts-ignore: decorator
@inline
export function logOnePlus4(r: v128): v128 {
  const u = f32x4.add(r, splat(1));
  // log1p(r) = log(u) · r / (u − 1): the rounding of 1 + r cancels; where u = 1 the answer is r itself.
  const gap = f32x4.sub(u, splat(1));
  const lost = f32x4.sub(r, gap);
  const value = f32x4.add(log4(u), f32x4.div(lost, u));
  return v128.bitselect(r, value, f32x4.eq(gap, splat(0)));
}

/** 1 / (1 + e^−x) in four lanes. */
// @ts-ignore: decorator
@inline
export function sigmoid4(x: v128): v128 {
  return f32x4.div(splat(1), f32x4.add(splat(1), exp4(f32x4.neg(x))));
}

/** The constants of logistic4, four times each: bounds, −1/ln 2, 1.5 · 2²³, ln 2, coefficients of e^−r from the highest, 1. */
const LOGISTIC: usize = memory.data<f32>([
  -88.37626, -88.37626, -88.37626, -88.37626,
  87.33654, 87.33654, 87.33654, 87.33654,
  -1.44269504, -1.44269504, -1.44269504, -1.44269504,
  12582912, 12582912, 12582912, 12582912,
  0.69314718, 0.69314718, 0.69314718, 0.69314718,
  -8.3123986e-3, -8.3123986e-3, -8.3123986e-3, -8.3123986e-3,
  4.1891281e-2, 4.1891281e-2, 4.1891281e-2, 4.1891281e-2,
  -1.6667120e-1, -1.6667120e-1, -1.6667120e-1, -1.6667120e-1,
  4.9999225e-1, 4.9999225e-1, 4.9999225e-1, 4.9999225e-1,
  1, 1, 1, 1,
], 16);

/** 1 in four lanes, as a load. */
// @ts-ignore: decorator
@inline
export function one4(): v128 {
  return v128.load(LOGISTIC, 144);
}

/**
 * sigmoid4 in fewer instructions, for inner loops: e^−x by degree 5 and ln 2 in one part. Absolute error below 2e-7; relative
 * below 1e-6 for x > −20.
 */
// @ts-ignore: decorator
@inline
export function logistic4(x: v128): v128 {
  const held = f32x4.pmin(f32x4.pmax(x, v128.load(LOGISTIC)), v128.load(LOGISTIC, 16));
  const rounder = v128.load(LOGISTIC, 48);
  const rounded = madd(held, v128.load(LOGISTIC, 32), rounder);
  const r = madd(f32x4.sub(rounded, rounder), v128.load(LOGISTIC, 64), held);
  let p = v128.load(LOGISTIC, 80);
  p = madd(p, r, v128.load(LOGISTIC, 96));
  p = madd(p, r, v128.load(LOGISTIC, 112));
  p = madd(p, r, v128.load(LOGISTIC, 128));
  p = f32x4.sub(madd(p, f32x4.mul(r, r), one4()), r);
  return f32x4.div(one4(), f32x4.add(one4(), i32x4.add(p, i32x4.shl(rounded, 23))));
}
