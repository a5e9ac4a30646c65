/**
 * @file Negative binomial counts of whole cells, written sparse: the same draws as numerics/draw-counts and numerics/samplers.
 *
 * Most genes are settled by one comparison of a uniform with the mean, four genes at a time.
 */
import { exp64, expMinusOne64, log64, logOnePlus64 } from './scalar';
import { philox4, word0, word1, word2, word3 } from './random';
import { splat } from './simd';
import { share } from './scratch';

const FIRST_WORDS: u32 = 0x10;
const MORE_WORDS: u32 = 0x11;
const INVERSE_2_32: f64 = 2.3283064365386963e-10;
const INVERSION_MEAN: f64 = 10;
const MAX_RATE: f64 = 1e8;
const POISSON_THETA: f64 = 1e15;
const REJECTION_RATE: f64 = 10;

/** The words of one position: key, position, the next block, and the block at hand. */
let key0: u32 = 0;
let key1: u32 = 0;
let position: u32 = 0;
let nextBlock: u32 = 0;
let half: i32 = 2;
let w0: u32 = 0;
let w1: u32 = 0;
let w2: u32 = 0;
let w3: u32 = 0;

function philoxOne(c0: u32, c1: u32, c2: u32, c3: u32): void {
  let k0 = key0;
  let k1 = key1;
  for (let round = 0; round < 10; round++) {
    const a = (0xd2511f53 as u64) * c0;
    const b = (0xcd9e8d57 as u64) * c2;
    c0 = ((b >> 32) as u32) ^ c1 ^ k0;
    c1 = b as u32;
    c2 = ((a >> 32) as u32) ^ c3 ^ k1;
    c3 = a as u32;
    k0 += 0x9e3779b9;
    k1 += 0xbb67ae85;
  }
  w0 = c0;
  w1 = c1;
  w2 = c2;
  w3 = c3;
}

/** A number in (0, 1) with 52 bits. */
function uniform(): f64 {
  if (half === 2) {
    philoxOne(nextBlock++, position, 0, MORE_WORDS);
    half = 0;
  }
  const high = half === 0 ? w0 : w2;
  const low = half === 0 ? w1 : w3;
  half++;
  return (((high >> 6) as f64) * 67108864.0 + ((low >> 6) as f64) + 0.5) * 2.220446049250313e-16;
}

/** cos(2π u), 0 < u < 1: folded to an eighth of a turn, then a series. */
function cosineOfTurn(u: f64): f64 {
  const quarter = nearest(u * 4);
  const r = (u - quarter * 0.25) * 6.283185307179586;
  const z = r * r;
  const q = (quarter as i32) & 3;
  if ((q & 1) === 0) {
    const c = 1 - z / 2 * (1 - z / 12 * (1 - z / 30 * (1 - z / 56 * (1 - z / 90 * (1 - z / 132 * (1 - z / 182))))));
    return q === 0 ? c : -c;
  }
  const s = r * (1 - z / 6 * (1 - z / 20 * (1 - z / 42 * (1 - z / 72 * (1 - z / 110 * (1 - z / 156 * (1 - z / 210)))))));
  return q === 1 ? -s : s;
}

function normal(): f64 {
  const radius = sqrt<f64>(-2 * log64(uniform()));
  return radius * cosineOfTurn(uniform());
}

/** log Γ(x) for x ≥ 1. */
function lgamma64(x: f64): f64 {
  let product: f64 = 1;
  while (x < 10) {
    product *= x;
    x += 1;
  }
  const i = 1 / x;
  const z = i * i;
  const tail = i * (1.0 / 12.0 - z * (1.0 / 360.0 - z * (1.0 / 1260.0 - z * (1.0 / 1680.0 - z / 1188.0))));
  return (x - 0.5) * log64(x) - x + 0.9189385332046728 + tail - log64(product);
}

/** Gamma(shape ≥ 1, rate 1). Source: Marsaglia & Tsang 2000. */
function gammaFromOne(shape: f64): f64 {
  const d = shape - 1.0 / 3.0;
  const c = 1 / sqrt<f64>(9 * d);
  while (true) {
    const x = normal();
    const root = 1 + c * x;
    if (root <= 0) continue;
    const v = root * root * root;
    const u = uniform();
    const square = x * x;
    if (u < 1 - 0.0331 * square * square) return d * v;
    if (log64(u) < 0.5 * square + d * (1 - v + log64(v))) return d * v;
  }
}

function gamma(shape: f64): f64 {
  if (shape >= 1) return gammaFromOne(shape);
  const whole = gammaFromOne(shape + 1);
  const exponent = log64(uniform()) / shape;
  return exponent < -690 ? 0 : whole * exp64(exponent);
}

function poisson(rate: f64): f64 {
  if (rate === 0) return 0;
  return rate < REJECTION_RATE ? invertPoisson(rate) : rejectPoisson(rate);
}

function invertPoisson(rate: f64): f64 {
  let left = uniform();
  let probability = exp64(-rate);
  let count: f64 = 0;
  while (left > probability && probability > 1e-20) {
    left -= probability;
    count += 1;
    probability *= rate / count;
  }
  return count;
}

/** Source: Hörmann 1993. */
function rejectPoisson(rate: f64): f64 {
  const logRate = log64(rate);
  const b = 0.931 + 2.53 * sqrt<f64>(rate);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const squeeze = 0.9277 - 3.6224 / (b - 2);
  while (true) {
    const u = uniform() - 0.5;
    const v = uniform();
    const us = 0.5 - abs(u);
    const count = floor(((2 * a) / us + b) * u + rate + 0.43);
    if (us >= 0.07 && v <= squeeze) return count;
    if (count < 0 || (us < 0.013 && v > us)) continue;
    const bound = log64((v * inverseAlpha) / (a / (us * us) + b));
    if (bound <= count * logRate - rate - lgamma64(count + 1)) return count;
  }
}

/** The count whose upper tail holds `tail`. */
function invert(mean: f64, theta: f64, tail: f64): f64 {
  const isPoisson = theta > 1e12;
  const logZero = isPoisson ? -mean : -theta * logOnePlus64(mean / theta);
  let above = -expMinusOne64(logZero);
  if (tail >= above) return 0;
  const ratio = isPoisson ? mean : mean / (theta + mean);
  let probability = exp64(logZero);
  let count: f64 = 0;
  while (true) {
    probability *= isPoisson ? ratio / (count + 1) : ((count + theta) / (count + 1)) * ratio;
    count += 1;
    above -= probability;
    if (tail >= above) return count;
    if (probability < 1e-18 && count > mean) return count;
  }
}

function drawOne(mean: f64, theta: f64, word: u32, at: u32): f64 {
  if (mean === 0 || theta === 0) return 0;
  position = at;
  nextBlock = 0;
  half = 2;
  if (mean <= INVERSION_MEAN) return invert(mean, theta, ((word as f64) + uniform()) * INVERSE_2_32);
  if (theta > POISSON_THETA) return poisson(min(mean, MAX_RATE));
  return poisson(min((gamma(theta) * mean) / theta, MAX_RATE));
}

/**
 * Counts of cells from the shares of their genes, sparse.
 *
 * Words: shares [rows, genes], θ [genes], library (float64 [rows]), keys [rows, 2], rows, genes, indices [rows, genes],
 * values [rows, genes], counts [rows]: entries of each row, from its beginning on. Buffers are padded to sixteens.
 */
export function drawCounts(words: usize, thread: i32, threads: i32): void {
  const shares = load<usize>(words);
  const theta = load<usize>(words, 4);
  const library = load<usize>(words, 8);
  const keys = load<usize>(words, 12);
  const rows = load<i32>(words, 16);
  const genes = load<i32>(words, 20);
  const indices = load<usize>(words, 24);
  const values = load<usize>(words, 28);
  const counts = load<usize>(words, 32);
  const step = genes << 2;
  const to = share(rows, thread + 1, threads);
  for (let r = share(rows, thread, threads); r < to; r++) {
    key0 = load<u32>(keys + (r << 3));
    key1 = load<u32>(keys + (r << 3), 4);
    const written = drawRow(
      shares + r * step, theta, load<f64>(library + (r << 3)), genes, indices + r * step, values + r * step,
    );
    store<i32>(counts + (r << 2), written);
  }
}

function drawRow(row: usize, theta: usize, library: f64, genes: i32, indices: usize, values: usize): i32 {
  // A uniform above the mean, with room for rounding, is a count of 0.
  const factor = splat((library * 4294967296.0 * 1.000001) as f32);
  let written = 0;
  for (let g = 0; g < genes; g += 16) {
    philox4(i32x4.add(i32x4.splat(g >> 2), i32x4(0, 1, 2, 3)), 0, 0, FIRST_WORDS, key0, key1);
    const a0 = v128.shuffle<i32>(word0, word1, 0, 4, 1, 5), a1 = v128.shuffle<i32>(word0, word1, 2, 6, 3, 7);
    const b0 = v128.shuffle<i32>(word2, word3, 0, 4, 1, 5), b1 = v128.shuffle<i32>(word2, word3, 2, 6, 3, 7);
    for (let block = 0; block < 4; block++) {
      const first = g + (block << 2);
      if (first >= genes) break;
      let word: v128;
      if (block === 0) word = v128.shuffle<i32>(a0, b0, 0, 1, 4, 5);
      else if (block === 1) word = v128.shuffle<i32>(a0, b0, 2, 3, 6, 7);
      else if (block === 2) word = v128.shuffle<i32>(a1, b1, 0, 1, 4, 5);
      else word = v128.shuffle<i32>(a1, b1, 2, 3, 6, 7);
      const bound = f32x4.mul(v128.load(row + (first << 2)), factor);
      let open = i32x4.bitmask(f32x4.lt(f32x4.convert_i32x4_u(word), bound));
      while (open !== 0) {
        const lane = ctz(open);
        open &= open - 1;
        const gene = first + lane;
        if (gene >= genes) break;
        const u = laneOf(word, lane);
        const mean = (((load<f32>(row + (gene << 2)) as f64) * library) as f32) as f64;
        if ((u as f64) * INVERSE_2_32 >= mean) continue;
        const count = drawOne(mean, load<f32>(theta + (gene << 2)), u, gene);
        if (count === 0) continue;
        store<i32>(indices + (written << 2), gene);
        store<f32>(values + (written << 2), count as f32);
        written++;
      }
    }
  }
  return written;
}

function laneOf(word: v128, lane: i32): u32 {
  if (lane === 0) return i32x4.extract_lane(word, 0);
  if (lane === 1) return i32x4.extract_lane(word, 1);
  if (lane === 2) return i32x4.extract_lane(word, 2);
  return i32x4.extract_lane(word, 3);
}
