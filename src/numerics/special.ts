/** @file Special functions in float64: log-gamma and its kin, the error function, softplus, log-softmax. */

/** ζ(k) − 1 for k = 2 … 31, the coefficients of log-gamma around 2. */
const ZETA_MINUS_1 = [
  0.6449340668482264, 0.2020569031595943, 0.08232323371113819, 0.03692775514336993,
  0.01734306198444914, 0.008349277381922827, 0.00407735619794434, 0.0020083928260822143,
  0.0009945751278180853, 0.0004941886041194645, 0.0002460865533080483, 0.00012271334757848915,
  6.124813505870483e-5, 3.058823630702049e-5, 1.528225940865187e-5, 7.637197637899763e-6,
  3.81729326499984e-6, 1.908212716553939e-6, 9.539620338727962e-7, 4.769329867878064e-7,
  2.38450502727733e-7, 1.1921992596531106e-7, 5.960818905125948e-8, 2.980350351465228e-8,
  1.4901554828365043e-8, 7.45071178983543e-9, 3.725334024788457e-9, 1.862659723513049e-9,
  9.313274324196682e-10, 4.656629065033784e-10,
];
const ONE_MINUS_EULER = 0.42278433509846713;
/** ½ log 2π. */
export const HALF_LOG_2PI = 0.9189385332046728;

/** Bernoulli numbers B2, B4, … B16. */
const BERNOULLI = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510];

/** From here on the asymptotic series reach full double precision. */
const ASYMPTOTIC = 10;

/** log Γ(x) for x > 0; Infinity at 0, NaN below. Relative error about 1e-15, absolute 1e-16 near the zeros at 1 and 2. */
export function lgamma(x: number): number {
  if (!(x >= 0)) return Number.NaN;
  if (x === 0 || x === Infinity) return Infinity;
  if (x >= ASYMPTOTIC) return (x - 0.5) * Math.log(x) - x + HALF_LOG_2PI + stirlingTail(x);
  if (x < 0.5) return lgammaSeries(x) - Math.log1p(x) - Math.log(x);
  if (x < 1.5) return lgammaSeries(x - 1) - Math.log(x);
  let product = 1;
  let y = x;
  while (y > 2.5) product *= --y;
  return Math.log(product) + lgammaSeries(y - 2);
}

/** ψ(x) = d log Γ / dx for x > 0; −Infinity at 0, NaN below. */
export function digamma(x: number): number {
  if (!(x >= 0)) return Number.NaN;
  if (x === 0) return -Infinity;
  let y = x;
  let shift = 0;
  while (y < 1.4) shift -= 1 / y++;
  if (y <= 2.6) return shift + digammaSeries(y - 2);
  while (y < ASYMPTOTIC) shift -= 1 / y++;
  return shift + Math.log(y) - 0.5 / y - digammaTail(y);
}

/** ψ′(x), the second derivative of log Γ, for x > 0; Infinity at 0, NaN below. */
export function trigamma(x: number): number {
  if (!(x >= 0)) return Number.NaN;
  let y = x;
  let sum = 0;
  for (; y < ASYMPTOTIC; y++) sum += 1 / (y * y);
  const inverse = 1 / y;
  const square = inverse * inverse;
  let tail = 0;
  for (let k = BERNOULLI.length - 1; k >= 0; k--) tail = (tail + BERNOULLI[k]) * square;
  return sum + inverse + 0.5 * square + inverse * tail;
}

/**
 * log Γ(a + n) − log Γ(a) without the cancellation of two large values; a > 0, n ≥ 0.
 *
 * For large a this is close to n·log a, while each log-gamma is close to a·log a: at a = 1e6 a plain difference in
 * float32 has no correct digit.
 */
export function lgammaDifference(a: number, n: number): number {
  if (n === 0) return 0;
  if (n <= 24 && Number.isInteger(n)) return logRising(a, n);
  if (a < ASYMPTOTIC) {
    const steps = Math.ceil(ASYMPTOTIC - a);
    if (Number.isInteger(n)) return logRising(a, steps) + lgammaDifference(a + steps, n - steps);
    let shift = 0;
    for (let i = 0; i < steps; i++) shift -= Math.log1p(n / (a + i));
    return shift + lgammaDifference(a + steps, n);
  }
  const curve = (a - 0.5) * Math.log1p(n / a) - n;
  return n * Math.log(a + n) + curve + (stirlingTail(a + n) - stirlingTail(a));
}

/** ψ(a + n) − ψ(a) without cancellation; a > 0, n ≥ 0. */
export function digammaDifference(a: number, n: number): number {
  if (n === 0) return 0;
  let sum = 0;
  if (n <= 24 && Number.isInteger(n)) {
    for (let i = 0; i < n; i++) sum += 1 / (a + i);
    return sum;
  }
  for (; a < ASYMPTOTIC; a++) sum += n / (a * (a + n));
  const tails = digammaTail(a) - digammaTail(a + n);
  return sum + Math.log1p(n / a) + (0.5 * n) / (a * (a + n)) + tails;
}

/** The error function; relative error about 1e-15. */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (size < 2) return erfSeries(x);
  return Math.sign(x) * (1 - erfcFraction(size));
}

/** 1 − erf(x), accurate in the far upper tail until it underflows near x = 27. */
export function erfc(x: number): number {
  if (Math.abs(x) < 2) return 1 - erfSeries(x);
  return x > 0 ? erfcFraction(x) : 2 - erfcFraction(-x);
}

/** log(1 + e^x) without overflow. */
export function softplus(x: number): number {
  return x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x));
}

/** 1 / (1 + e^−x), accurate in both tails. */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const power = Math.exp(x);
  return power / (1 + power);
}

/** log sigmoid(x) = −softplus(−x). */
export function logSigmoid(x: number): number {
  return -softplus(-x);
}

/** log Σ e^z over `z[from … to − 1]`; −Infinity for no entries. */
export function logSumExp(z: ArrayLike<number>, from = 0, to = z.length): number {
  let peak = -Infinity;
  for (let i = from; i < to; i++) if (z[i] > peak) peak = z[i];
  if (!Number.isFinite(peak)) return peak;
  let sum = 0;
  for (let i = from; i < to; i++) sum += Math.exp(z[i] - peak);
  return peak + Math.log(sum);
}

/** Row-wise z − log Σ e^z of a row-major matrix [rows, cols]; the exponentials of a row sum to 1. */
export function logSoftmax(z: ArrayLike<number>, rows: number, cols: number): Float64Array {
  const out = new Float64Array(rows * cols);
  for (let row = 0; row < rows; row++) {
    const start = row * cols;
    let peak = -Infinity;
    for (let i = start; i < start + cols; i++) if (z[i] > peak) peak = z[i];
    let sum = 0;
    for (let i = start; i < start + cols; i++) sum += Math.exp(z[i] - peak);
    const logSum = Math.log(sum);
    // The peak is subtracted first: near 1e4 adding it to the log of the sum would cost four digits.
    for (let i = start; i < start + cols; i++) out[i] = z[i] - peak - logSum;
  }
  return out;
}

/** Row-wise softmax of a row-major matrix [rows, cols]. */
export function softmax(z: ArrayLike<number>, rows: number, cols: number): Float64Array {
  return logSoftmax(z, rows, cols).map(Math.exp);
}

/** log Γ(2 + z) = (1 − γ) z + Σ (−1)^k (ζ(k) − 1) z^k / k, for |z| ≤ ½. */
function lgammaSeries(z: number): number {
  let sum = 0;
  for (let i = ZETA_MINUS_1.length - 1; i >= 0; i--) {
    const k = i + 2;
    sum = sum * -z + ZETA_MINUS_1[i] / k;
  }
  return z * (ONE_MINUS_EULER + z * sum);
}

/** ψ(2 + z), the derivative of the same series, for |z| ≤ 0.6. */
function digammaSeries(z: number): number {
  let sum = 0;
  for (let i = ZETA_MINUS_1.length - 1; i >= 0; i--) sum = sum * -z + ZETA_MINUS_1[i];
  return ONE_MINUS_EULER + z * sum;
}

/** log Γ(x) − [(x − ½) log x − x + ½ log 2π], the remainder Σ B2k / (2k (2k − 1) x^(2k−1)) of Stirling's formula; x ≥ 10. */
export function stirlingTail(x: number): number {
  const inverse = 1 / x;
  const square = inverse * inverse;
  let sum = 0;
  for (let i = BERNOULLI.length - 1; i >= 0; i--) {
    const k2 = 2 * (i + 1);
    sum = sum * square + BERNOULLI[i] / (k2 * (k2 - 1));
  }
  return sum * inverse;
}

/** Σ B2k / (2k x^2k), what ψ(x) lacks from log x − 1/(2x); x ≥ 10. */
function digammaTail(x: number): number {
  const square = 1 / (x * x);
  let sum = 0;
  for (let i = BERNOULLI.length - 1; i >= 0; i--)
    sum = (sum + BERNOULLI[i] / (2 * (i + 1))) * square;
  return sum;
}

/** log of a (a + 1) … (a + n − 1), multiplied up in stretches that neither overflow nor underflow. */
function logRising(a: number, n: number): number {
  let total = 0;
  let product = 1;
  for (let i = 0; i < n; i++) {
    product *= a + i;
    if (product > 1e200 || product < 1e-200) {
      total += Math.log(product);
      product = 1;
    }
  }
  return total + Math.log(product);
}

/** erf by its series of positive terms, 2/√π · e^(−x²) Σ 2^n x^(2n+1) / (1·3·…·(2n+1)). */
function erfSeries(x: number): number {
  const square = x * x;
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * square) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-square) * sum;
}

/** erfc for x ≥ 2 by its continued fraction, read from the far end. */
function erfcFraction(x: number): number {
  if (x > 28) return 0;
  let fraction = x;
  for (let k = 60; k >= 1; k--) fraction = x + (0.5 * k) / fraction;
  // e^(−x²) loses x² ulps when x² is rounded: split x so that the larger part has an exact square.
  const head = Math.fround(x);
  const power = Math.exp(-head * head) * Math.exp((head - x) * (head + x));
  return power / (Math.sqrt(Math.PI) * fraction);
}
