/**
 * @file Differential attention over a graph, forward and backward: (A₁ − λ A₂) V, where a token sees the tokens of its list alone.
 *
 * Both maps are made together, four keys of a list a vector, so that values are summed once. Heads of 16 columns have loops of
 * their own; others go the plain way.
 */
import { exp4, keepSome, log4, madd, maxLanes, splat, storeSome, sumLanes } from './simd';
import { scratchOf, share } from './scratch';

/** Keys of a list at most. */
const MOST: i32 = 65536;

/** Bytes from array to array in scratch: no multiple of 4096, which would make stores to one look like stores to the next. */
const ARRAY: i32 = 4 * MOST + 13 * 64;

/** Places in a thread's scratch: scores, weights or slopes of both maps; slopes of weights; weights of values; places of keys. */
const FIRST: i32 = 0;
const SECOND: i32 = ARRAY;
const THIRD: i32 = 2 * ARRAY;
const FOURTH: i32 = 3 * ARRAY;
const PLACES: i32 = 4 * ARRAY;

const FAST_WIDTH: i32 = 16;

let width: i32 = 0;
/** Bytes from row to row. */
let side: i32 = 0;
/** The list in hand: how far into a part each key's row begins, the last one again up to a multiple of four. */
let list: usize = 0;
let count: i32 = 0;

// @ts-ignore: decorator
@inline
function rowAt(base: usize, j: i32): usize {
  return base + load<usize>(list + (j << 2));
}

/** Takes the list of a token in hand. */
function takeList(near: usize, keys: usize, starts: usize, token: i32): void {
  const begin = load<i32>(starts + (token << 2));
  count = load<i32>(starts + (token << 2), 4) - begin;
  list = near + PLACES;
  const from = keys + (begin << 2);
  let place = 0;
  for (let j = 0; j < ((count + 3) & ~3); j++) {
    if (j < count) place = load<i32>(from + (j << 2)) * side;
    store<i32>(list + (j << 2), place);
  }
}

/** Sets the row of a head to 0; a fill costs more than these stores. */
// @ts-ignore: decorator
@inline
function clear(row: usize): void {
  for (let c = 0; c < width; c += 4) storeSome(row + (c << 2), splat(0), width - c);
}

/** Sums of the lanes of four vectors as one. */
// @ts-ignore: decorator
@inline
function sumFour(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}

/** row · keys of the list to `to`; past the list's end the last key is repeated up to a multiple of four. */
function dotKeys(row: usize, base: usize, to: usize): void {
  if (width !== FAST_WIDTH) {
    for (let j = 0; j < ((count + 3) & ~3); j++) store<f32>(to + (j << 2), dot(row, rowAt(base, j)));
    return;
  }
  const x0 = v128.load(row), x1 = v128.load(row, 16), x2 = v128.load(row, 32), x3 = v128.load(row, 48);
  for (let j = 0; j < count; j += 4) {
    const k0 = rowAt(base, j), k1 = rowAt(base, j + 1), k2 = rowAt(base, j + 2), k3 = rowAt(base, j + 3);
    let a = f32x4.mul(x0, v128.load(k0)), b = f32x4.mul(x0, v128.load(k1)), c = f32x4.mul(x0, v128.load(k2)), d = f32x4.mul(x0, v128.load(k3));
    a = madd(x1, v128.load(k0, 16), a); b = madd(x1, v128.load(k1, 16), b); c = madd(x1, v128.load(k2, 16), c); d = madd(x1, v128.load(k3, 16), d);
    a = madd(x2, v128.load(k0, 32), a); b = madd(x2, v128.load(k1, 32), b); c = madd(x2, v128.load(k2, 32), c); d = madd(x2, v128.load(k3, 32), d);
    a = madd(x3, v128.load(k0, 48), a); b = madd(x3, v128.load(k1, 48), b); c = madd(x3, v128.load(k2, 48), c); d = madd(x3, v128.load(k3, 48), d);
    v128.store(to + (j << 2), sumFour(a, b, c, d));
  }
}

function dot(a: usize, b: usize): f32 {
  let sum = splat(0);
  for (let c = 0; c < width; c += 4) {
    sum = madd(keepSome(v128.load(a + (c << 2)), width - c), keepSome(v128.load(b + (c << 2)), width - c), sum);
  }
  return sumLanes(sum);
}

/** out = Σ weights · rows of the list. */
function sumKeys(weights: usize, base: usize, out: usize): void {
  if (width !== FAST_WIDTH) {
    for (let c = 0; c < width; c += 4) {
      let sum = splat(0);
      for (let j = 0; j < count; j++) sum = madd(v128.load_splat<f32>(weights + (j << 2)), v128.load(rowAt(base, j) + (c << 2)), sum);
      storeSome(out + (c << 2), sum, width - c);
    }
    return;
  }
  let a0 = splat(0), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
  let j = 0;
  for (; j + 2 <= count; j += 2) {
    const r = rowAt(base, j), s = rowAt(base, j + 1);
    const x = v128.load_splat<f32>(weights + (j << 2)), y = v128.load_splat<f32>(weights + (j << 2), 4);
    a0 = madd(x, v128.load(r), a0); a1 = madd(x, v128.load(r, 16), a1); a2 = madd(x, v128.load(r, 32), a2); a3 = madd(x, v128.load(r, 48), a3);
    b0 = madd(y, v128.load(s), b0); b1 = madd(y, v128.load(s, 16), b1); b2 = madd(y, v128.load(s, 32), b2); b3 = madd(y, v128.load(s, 48), b3);
  }
  if (j < count) {
    const r = rowAt(base, j);
    const x = v128.load_splat<f32>(weights + (j << 2));
    a0 = madd(x, v128.load(r), a0); a1 = madd(x, v128.load(r, 16), a1); a2 = madd(x, v128.load(r, 32), a2); a3 = madd(x, v128.load(r, 48), a3);
  }
  v128.store(out, f32x4.add(a0, b0)); v128.store(out, f32x4.add(a1, b1), 16);
  v128.store(out, f32x4.add(a2, b2), 32); v128.store(out, f32x4.add(a3, b3), 48);
}

/** Rows of the list += weights · row. */
function spreadKeys(weights: usize, row: usize, base: usize): void {
  if (width !== FAST_WIDTH) {
    for (let j = 0; j < count; j++) {
      const x = v128.load_splat<f32>(weights + (j << 2));
      const to = rowAt(base, j);
      for (let c = 0; c < width; c += 4) {
        storeSome(to + (c << 2), madd(x, v128.load(row + (c << 2)), v128.load(to + (c << 2))), width - c);
      }
    }
    return;
  }
  const x0 = v128.load(row), x1 = v128.load(row, 16), x2 = v128.load(row, 32), x3 = v128.load(row, 48);
  for (let j = 0; j < count; j++) {
    const x = v128.load_splat<f32>(weights + (j << 2));
    const to = rowAt(base, j);
    v128.store(to, madd(x, x0, v128.load(to)));
    v128.store(to, madd(x, x1, v128.load(to, 16)), 16);
    v128.store(to, madd(x, x2, v128.load(to, 32)), 32);
    v128.store(to, madd(x, x3, v128.load(to, 48)), 48);
  }
}

/** Scores become e^(score · scale − largest); their sum, with the largest in `largest`. */
function exponentials(at: usize, scale: f32): f32 {
  let most = v128.load(at);
  for (let j = 4; j < count; j += 4) most = f32x4.pmax(most, v128.load(at + (j << 2)));
  largest = maxLanes(most) * scale;
  const s = splat(scale), m = splat(-largest);
  let sum = splat(0);
  for (let j = 0; j < count; j += 4) {
    const e = exp4(madd(v128.load(at + (j << 2)), s, m));
    v128.store(at + (j << 2), e);
    sum = f32x4.add(sum, keepSome(e, count - j));
  }
  return sumLanes(sum);
}

let largest: f32 = 0;

// @ts-ignore: decorator
@inline
function logOf(x: f32): f32 {
  return f32x4.extract_lane(log4(splat(x)), 0);
}

/**
 * Words: x, starts, keys, weight (address), out, lse, groups, tokens, heads, width, side, crossed.
 * Rows of x hold v, q₁, q₂, k₁, k₂ (crossed: v, q₁, k₁, q₂, k₂). Threads share the rows.
 */
export function differentialAttention(words: usize, thread: i32, threads: i32): void {
  const x = load<usize>(words);
  const starts = load<usize>(words, 4);
  const keys = load<usize>(words, 8);
  const lambda = load<f32>(load<usize>(words, 12));
  const out = load<usize>(words, 16);
  const lse = load<usize>(words, 20);
  const groups = load<i32>(words, 24);
  const tokens = load<i32>(words, 28);
  const heads = load<i32>(words, 32);
  width = load<i32>(words, 36);
  side = load<i32>(words, 40) << 2;
  const crossed = load<i32>(words, 44) !== 0;
  const scale: f32 = 1 / sqrt<f32>(width as f32);
  const near = scratchOf(thread);
  const across = (heads * width) << 2;
  const to = share(groups * tokens, thread + 1, threads);
  for (let row = share(groups * tokens, thread, threads); row < to; row++) {
    const group = row / tokens;
    const token = row - group * tokens;
    takeList(near, keys, starts, token);
    if (count === 0) {
      memory.fill(out + row * across, 0, across);
      if (lse !== 0) memory.fill(lse + row * (heads << 3), 0, heads << 3);
      continue;
    }
    const cell = x + group * tokens * side;
    for (let head = 0; head < heads; head++) {
      const v = cell + head * (width << 2);
      const q1 = v + across;
      const second = q1 + across, third = second + across;
      const k2 = third + across;
      const q2 = crossed ? third : second, k1 = crossed ? second : third;
      const own = token * side;
      dotKeys(q1 + own, k1, near + FIRST);
      dotKeys(q2 + own, k2, near + SECOND);
      const sum1 = exponentials(near + FIRST, scale);
      const log1 = largest;
      const sum2 = exponentials(near + SECOND, scale);
      if (lse !== 0) {
        const at = lse + ((row * heads + head) << 3);
        store<f32>(at, log1 + logOf(sum1));
        store<f32>(at, largest + logOf(sum2), 4);
      }
      const a = splat(1 / sum1), b = splat(-lambda / sum2);
      for (let j = 0; j < count; j += 4) {
        const at = near + (j << 2);
        v128.store(at + FIRST, madd(v128.load(at + FIRST), a, f32x4.mul(v128.load(at + SECOND), b)));
      }
      sumKeys(near + FIRST, v, out + row * across + head * (width << 2));
    }
  }
}

/**
 * Words: x, starts, keys, weight (address), lse, dOut, dx, means, groups, tokens, heads, width, side, crossed.
 * Threads share groups × heads.
 */
export function differentialAttentionGradient(words: usize, thread: i32, threads: i32): void {
  const x = load<usize>(words);
  const starts = load<usize>(words, 4);
  const keys = load<usize>(words, 8);
  const lambda = load<f32>(load<usize>(words, 12));
  const lse = load<usize>(words, 16);
  const dOut = load<usize>(words, 20);
  const dx = load<usize>(words, 24);
  const means = load<usize>(words, 28);
  const groups = load<i32>(words, 32);
  const tokens = load<i32>(words, 36);
  const heads = load<i32>(words, 40);
  width = load<i32>(words, 44);
  side = load<i32>(words, 48) << 2;
  const crossed = load<i32>(words, 52) !== 0;
  const near = scratchOf(thread);
  const across = (heads * width) << 2;
  const to = share(groups * heads, thread + 1, threads);
  for (let item = share(groups * heads, thread, threads); item < to; item++) {
    const group = item / heads;
    const head = item - group * heads;
    const v = head * (width << 2) + group * tokens * side;
    const q1 = v + across;
    const second = q1 + across, third = second + across;
    const k2 = third + across;
    const q2 = crossed ? third : second, k1 = crossed ? second : third;
    for (let token = 0; token < tokens; token++) {
      const own = token * side;
      clear(dx + v + own);
      clear(dx + k1 + own);
      clear(dx + k2 + own);
    }
    for (let token = 0; token < tokens; token++) {
      const row = group * tokens + token;
      const own = token * side;
      takeList(near, keys, starts, token);
      const slope = dOut + row * across + head * (width << 2);
      const stats = (row * heads + head) << 3;
      if (count > 0) {
        dotKeys(x + q1 + own, x + k1, near + FIRST);
        dotKeys(x + q2 + own, x + k2, near + SECOND);
        dotKeys(slope, x + v, near + THIRD);
      }
      slopesOf(near, lse + stats, means + stats, lambda);
      sumKeys(near + FIRST, x + k1, dx + q1 + own);
      sumKeys(near + SECOND, x + k2, dx + q2 + own);
      spreadKeys(near + FIRST, x + q1 + own, dx + k1);
      spreadKeys(near + SECOND, x + q2 + own, dx + k2);
      spreadKeys(near + FOURTH, slope, dx + v);
    }
  }
}

/** Scores of both maps and slopes of their weights become slopes of the scores, and the weights of the values. */
function slopesOf(near: usize, lse: usize, means: usize, lambda: f32): void {
  const s = splat(1 / sqrt<f32>(width as f32));
  const log1 = v128.load_splat<f32>(lse), log2 = v128.load_splat<f32>(lse, 4);
  const l = splat(-lambda);
  let m1 = splat(0), m2 = m1;
  for (let j = 0; j < count; j += 4) {
    const at = near + (j << 2);
    const d = v128.load(at + THIRD);
    const p1 = keepSome(exp4(f32x4.sub(f32x4.mul(v128.load(at + FIRST), s), log1)), count - j);
    const p2 = keepSome(exp4(f32x4.sub(f32x4.mul(v128.load(at + SECOND), s), log2)), count - j);
    m1 = madd(p1, d, m1);
    m2 = madd(p2, d, m2);
    v128.store(at + FIRST, p1);
    v128.store(at + SECOND, p2);
    v128.store(at + FOURTH, madd(p2, l, p1));
  }
  const mean1 = sumLanes(m1), mean2 = sumLanes(m2);
  store<f32>(means, mean1);
  store<f32>(means, mean2, 4);
  const a = splat(mean1), b = splat(mean2), t = f32x4.mul(l, s);
  for (let j = 0; j < count; j += 4) {
    const at = near + (j << 2);
    const d = v128.load(at + THIRD);
    v128.store(at + FIRST, f32x4.mul(f32x4.mul(v128.load(at + FIRST), s), f32x4.sub(d, a)));
    v128.store(at + SECOND, f32x4.mul(f32x4.mul(v128.load(at + SECOND), t), f32x4.sub(d, b)));
  }
}
