/** @file Scalar float64 functions, from +, ·, / and bits alone: every engine gives the same digits. */

const LN2: f64 = 0.6931471805599453;

/** log x for positive normal x; error below 1e-14 relative to max(1, |log x|). */
export function log64(x: f64): f64 {
  let bits = reinterpret<i64>(x);
  const shifted = bits - 0x3fe6a09e667f3bcd;
  const exponent = shifted >> 52;
  bits -= exponent << 52;
  const m = reinterpret<f64>(bits);
  const s = (m - 1) / (m + 1);
  const z = s * s;
  let p: f64 = 1.0 / 21.0;
  p = p * z + 1.0 / 19.0;
  p = p * z + 1.0 / 17.0;
  p = p * z + 1.0 / 15.0;
  p = p * z + 1.0 / 13.0;
  p = p * z + 1.0 / 11.0;
  p = p * z + 1.0 / 9.0;
  p = p * z + 1.0 / 7.0;
  p = p * z + 1.0 / 5.0;
  p = p * z + 1.0 / 3.0;
  return (exponent as f64) * LN2 + (2 * s * z * p + 2 * s);
}

/** log(1 + r) for r > −1. */
export function logOnePlus64(r: f64): f64 {
  const u = 1 + r;
  const gap = u - 1;
  if (gap === 0) return r;
  return log64(u) + (r - gap) / u;
}

/** e^x for −700 < x < 700. */
export function exp64(x: f64): f64 {
  const n = nearest(x * 1.4426950408889634);
  const r = x - n * 0.6931471803691238 - n * 1.9082149292705877e-10;
  let p: f64 = 1.0 / 479001600.0;
  p = p * r + 1.0 / 39916800.0;
  p = p * r + 1.0 / 3628800.0;
  p = p * r + 1.0 / 362880.0;
  p = p * r + 1.0 / 40320.0;
  p = p * r + 1.0 / 5040.0;
  p = p * r + 1.0 / 720.0;
  p = p * r + 1.0 / 120.0;
  p = p * r + 1.0 / 24.0;
  p = p * r + 1.0 / 6.0;
  p = p * r + 0.5;
  p = p * r * r + r + 1;
  return p * reinterpret<f64>(((n as i64) + 1023) << 52);
}

/** e^x − 1 without cancellation, x ≤ 700. */
export function expMinusOne64(x: f64): f64 {
  if (abs(x) > 0.35) return x < -700 ? -1 : exp64(x) - 1;
  let p: f64 = 1.0 / 479001600.0;
  p = p * x + 1.0 / 39916800.0;
  p = p * x + 1.0 / 3628800.0;
  p = p * x + 1.0 / 362880.0;
  p = p * x + 1.0 / 40320.0;
  p = p * x + 1.0 / 5040.0;
  p = p * x + 1.0 / 720.0;
  p = p * x + 1.0 / 120.0;
  p = p * x + 1.0 / 24.0;
  p = p * x + 1.0 / 6.0;
  p = p * x + 0.5;
  return p * x * x + x;
}

/** log Γ(a + x) − log Γ(a) for a > 0, x ≥ 8: eight factors, then a difference of Stirling series. */
export function lgammaDifference64(a: f64, x: f64): f64 {
  let product: f64 = 1;
  let sum: f64 = 0;
  for (let k = 0; k < 8; k++) {
    product *= a + (k as f64);
    if (product > 1e200) {
      sum += log64(product);
      product = 1;
    }
  }
  sum += log64(product);
  const c = a + 8;
  const b = a + x;
  const ib = 1 / b;
  const ic = 1 / c;
  return (
    sum + (c - 0.5) * logOnePlus64((x - 8) * ic) + (x - 8) * (log64(b) - 1) +
    (ib - ic) / 12 - (ib * ib * ib - ic * ic * ic) / 360 + (ib ** 5 - ic ** 5) / 1260
  );
}

/** ψ(a + x) − ψ(a) for a > 0, x ≥ 8. */
export function digammaDifference64(a: f64, x: f64): f64 {
  let sum: f64 = 0;
  for (let k = 0; k < 8; k++) sum += 1 / (a + (k as f64));
  const ib = 1 / (a + x);
  const ic = 1 / (a + 8);
  const b2 = ib * ib;
  const c2 = ic * ic;
  return sum + logOnePlus64((x - 8) * ic) - (ib - ic) / 2 - (b2 - c2) / 12 + (b2 * b2 - c2 * c2) / 120 - (b2 * b2 * b2 - c2 * c2 * c2) / 252;
}
