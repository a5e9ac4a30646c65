/**
 * @file Attention of learnt queries to expressed genes, where a token is a gene's row plus log count times one more row.
 *
 * The norm before the keys leaves a number per token, 1 / deviation, which the moments of rows give. Scores, values and norms are
 * then those of genes, made once, and a token costs a few operations a query and its share of the sum of values.
 */
import { packTransposed, tileByRows } from './gemm';
import { exp4, madd, splat, sumLanes } from './simd';
import { scratchOf, share } from './scratch';

/** Tokens of a block, backward. */
const KEYS: i32 = 32;

/** Most queries, and most numbers of a value; the plan keeps to them. */
const TOKENS: i32 = 128;
const WIDTH: i32 = 256;

/** Places in a thread's scratch. */
const TILE: i32 = 0;
const LEAN: i32 = 1024;
const MEANS: i32 = LEAN + TOKENS * 4;
const ENDS: i32 = MEANS + TOKENS * 4;
const SLOPES: i32 = ENDS + TOKENS * 4;
const ROWS: i32 = SLOPES + KEYS * TOKENS * 4;
const PACKED: i32 = ROWS + KEYS * (WIDTH + TOKENS) * 4;

const EPSILON: f32 = 1e-8;

let near: usize = 0;
let table: usize = 0;
let side: i32 = 0;
let bias: usize = 0;
let genes: usize = 0;
let logs: usize = 0;
let weights: usize = 0;
let scales: usize = 0;
let tokens: i32 = 0;
let width: i32 = 0;
/** The row that counts multiply: its values and its scores. */
let extra: usize = 0;
let first: i32 = 0;
let end: i32 = 0;

// @ts-ignore: decorator
@inline
function rowOf(key: i32): usize {
  return table + load<i32>(genes + (key << 2)) * side;
}

/** 1 / deviation of every token of the cell. */
function takeScales(moments: usize, rows: i32): void {
  const square = load<f32>(moments + ((rows - 1) << 2));
  const leans = moments + (rows << 2);
  for (let key = first; key < end; key++) {
    const gene = load<i32>(genes + (key << 2)) << 2;
    const log = load<f32>(logs + (key << 2));
    const variance = load<f32>(moments + gene) + log * (2 * load<f32>(leans + gene) + log * square);
    store<f32>(scales + (key << 2), 1 / sqrt<f32>(max<f32>(variance, 0) + EPSILON));
  }
}

/** Softmax over the cell's tokens of four queries, times each token's scale; Σ weight · log goes to LEAN. */
function weigh(query: i32): void {
  const bytes = tokens << 2;
  const begin = weights + first * bytes + (query << 2);
  const across = (width + query) << 2;
  const lean = v128.load(extra + across);
  let at = begin;
  let most = splat(-Infinity);
  for (let key = first; key < end; key++) {
    const log = v128.load_splat<f32>(logs + (key << 2));
    const x = f32x4.mul(madd(log, lean, v128.load(rowOf(key) + across)), v128.load_splat<f32>(scales + (key << 2)));
    most = f32x4.pmax(most, x);
    v128.store(at, x);
    at += bytes;
  }
  let sum = splat(0);
  at = begin;
  let left = end - first;
  // Several at a time: one exponential is a chain of dependent steps.
  for (; left >= 4; left -= 4) {
    const a1 = at + bytes, a2 = at + 2 * bytes, a3 = at + 3 * bytes;
    const e0 = exp4(f32x4.sub(v128.load(at), most)), e1 = exp4(f32x4.sub(v128.load(a1), most));
    const e2 = exp4(f32x4.sub(v128.load(a2), most)), e3 = exp4(f32x4.sub(v128.load(a3), most));
    v128.store(at, e0); v128.store(a1, e1); v128.store(a2, e2); v128.store(a3, e3);
    sum = f32x4.add(sum, f32x4.add(f32x4.add(e0, e1), f32x4.add(e2, e3)));
    at += 4 * bytes;
  }
  for (; left > 0; left--) {
    const e = exp4(f32x4.sub(v128.load(at), most));
    v128.store(at, e);
    sum = f32x4.add(sum, e);
    at += bytes;
  }
  const share = f32x4.div(splat(1), sum);
  let sumLean = splat(0);
  at = begin;
  for (let key = first; key < end; key++) {
    const w = f32x4.mul(v128.load(at), f32x4.mul(share, v128.load_splat<f32>(scales + (key << 2))));
    v128.store(at, w);
    sumLean = madd(w, v128.load_splat<f32>(logs + (key << 2)), sumLean);
    at += bytes;
  }
  v128.store(near + LEAN + (query << 2), sumLean);
}

/** Four queries' results, eight columns at a time. */
function mixValues(query: i32, out: usize): void {
  const bytes = tokens << 2;
  for (let j = 0; j < width; j += 8) {
    const across = j << 2;
    let w = weights + first * bytes + (query << 2);
    let c00 = v128.load(bias + across), c01 = v128.load(bias + across, 16);
    let c10 = c00, c11 = c01, c20 = c00, c21 = c01, c30 = c00, c31 = c01;
    for (let key = first; key < end; key++) {
      const row = rowOf(key) + across;
      const b0 = v128.load(row), b1 = v128.load(row, 16);
      let x = v128.load_splat<f32>(w); c00 = madd(x, b0, c00); c01 = madd(x, b1, c01);
      x = v128.load_splat<f32>(w, 4); c10 = madd(x, b0, c10); c11 = madd(x, b1, c11);
      x = v128.load_splat<f32>(w, 8); c20 = madd(x, b0, c20); c21 = madd(x, b1, c21);
      x = v128.load_splat<f32>(w, 12); c30 = madd(x, b0, c30); c31 = madd(x, b1, c31);
      w += bytes;
    }
    const lean = near + LEAN + (query << 2);
    const b0 = v128.load(extra + across), b1 = v128.load(extra + across, 16);
    const left = width - j;
    let to = out + across;
    let x = v128.load_splat<f32>(lean); storeEight(to, madd(x, b0, c00), madd(x, b1, c01), left); to += width << 2;
    x = v128.load_splat<f32>(lean, 4); storeEight(to, madd(x, b0, c10), madd(x, b1, c11), left); to += width << 2;
    x = v128.load_splat<f32>(lean, 8); storeEight(to, madd(x, b0, c20), madd(x, b1, c21), left); to += width << 2;
    x = v128.load_splat<f32>(lean, 12); storeEight(to, madd(x, b0, c30), madd(x, b1, c31), left);
  }
}

// @ts-ignore: decorator
@inline
function storeEight(at: usize, a: v128, b: v128, left: i32): void {
  v128.store(at, a);
  if (left > 4) v128.store(at, b, 16);
}

/**
 * Words: table, side, moments, bias, genes, logs, starts, weights, scales, out, cells, rows, tokens, width. Threads share cells.
 */
export function countPooling(words: usize, thread: i32, threads: i32): void {
  takeShared(words, thread);
  const moments = load<usize>(words, 8);
  const starts = load<usize>(words, 24);
  const out = load<usize>(words, 36);
  const cells = load<i32>(words, 40);
  const rows = load<i32>(words, 44);
  tokens = load<i32>(words, 48);
  width = load<i32>(words, 52);
  extra = table + (rows - 1) * side;
  const bytes = tokens * (width << 2);
  const to = share(cells, thread + 1, threads);
  for (let cell = share(cells, thread, threads); cell < to; cell++) {
    first = load<i32>(starts + (cell << 2));
    end = load<i32>(starts + ((cell + 1) << 2));
    if (first >= end) {
      memory.fill(out + cell * bytes, 0, bytes);
      continue;
    }
    takeScales(moments, rows);
    for (let query = 0; query < tokens; query += 4) {
      weigh(query);
      mixValues(query, out + cell * bytes + query * (width << 2));
    }
  }
}

function takeShared(words: usize, thread: i32): void {
  near = scratchOf(thread);
  table = load<usize>(words);
  side = load<i32>(words, 4) << 2;
  bias = load<usize>(words, 12);
  genes = load<usize>(words, 16);
  logs = load<usize>(words, 20);
  weights = load<usize>(words, 28);
  scales = load<usize>(words, 32);
}

// @ts-ignore: decorator
@inline
function addTo(at: usize, x: v128): void {
  v128.store(at, f32x4.add(v128.load(at), x));
}

/** For every query: dOut · (out − bias) to MEANS, dOut · the extra row's values to ENDS, both of which all tokens need; Σ weight · log to LEAN is begun. */
function takeMeans(out: usize, dOut: usize, dBias: usize): void {
  const bytes = width << 2;
  memory.fill(near + LEAN, 0, tokens << 2);
  for (let t = 0; t < tokens; t++) {
    let mean = splat(0), across = splat(0);
    for (let at = 0; at < bytes; at += 16) {
      const d = v128.load(dOut + t * bytes + at);
      mean = madd(d, f32x4.sub(v128.load(out + t * bytes + at), v128.load(bias + at)), mean);
      across = madd(d, v128.load(extra + at), across);
      addTo(dBias + at, d);
    }
    store<f32>(near + MEANS + (t << 2), sumLanes(mean));
    store<f32>(near + ENDS + (t << 2), sumLanes(across));
  }
}

/** dOut · value of a block of tokens to SLOPES, [keys, tokens]. */
function dotValues(key: i32, count: i32): void {
  for (let i = 0; i < count; i++) memory.copy(near + ROWS + i * side, rowOf(key + i), side);
  const tile = near + TILE;
  for (let t = 0; t < tokens; t += 8) {
    for (let i = 0; i < count; i += 4) {
      const some = min(4, count - i);
      tileByRows(near + ROWS + i * side, side, some, near + PACKED + t * (width << 2), 32, width, tile);
      for (let r = 0; r < some; r++) {
        storeEight(near + SLOPES + ((i + r) * tokens + t) * 4, v128.load(tile + (r << 5)), v128.load(tile + (r << 5), 16), tokens - t);
      }
    }
  }
}

/** Through softmax, scale and scores of one token; its row's scores and moments, and the extra row's, get their gradients. */
function tokenSlopes(key: i32, i: i32, dTable: usize, dExtra: usize, dMoments: usize, rows: i32): void {
  const gene = load<i32>(genes + (key << 2));
  const log = load<f32>(logs + (key << 2));
  const scale = load<f32>(scales + (key << 2));
  const inverse: f32 = 1 / scale;
  const l = splat(log), s = splat(scale), r = splat(inverse);
  const w = weights + key * (tokens << 2);
  const slopes = near + SLOPES + i * (tokens << 2);
  const scores = near + ROWS + i * side + (width << 2);
  const dScores = dTable + gene * side + (width << 2);
  let straight = splat(0), bent = splat(0);
  for (let at = 0; at < tokens << 2; at += 16) {
    const weight = v128.load(w + at);
    const a = madd(l, v128.load(near + ENDS + at), v128.load(slopes + at));
    const d = f32x4.mul(weight, f32x4.sub(a, f32x4.mul(v128.load(near + MEANS + at), r)));
    straight = madd(weight, a, straight);
    bent = madd(d, madd(l, v128.load(extra + (width << 2) + at), v128.load(scores + at)), bent);
    const back = f32x4.mul(d, s);
    addTo(dScores + at, back);
    addTo(dExtra + (width << 2) + at, f32x4.mul(l, back));
    addTo(near + LEAN + at, f32x4.mul(weight, l));
  }
  const dScale = sumLanes(straight) * inverse + sumLanes(bent);
  const dVariance: f32 = -0.5 * scale * scale * scale * dScale;
  const spread = dMoments + (gene << 2);
  const lean = spread + (rows << 2);
  const square = dMoments + ((rows - 1) << 2);
  store<f32>(spread, load<f32>(spread) + dVariance);
  store<f32>(lean, load<f32>(lean) + 2 * log * dVariance);
  store<f32>(square, load<f32>(square) + log * log * dVariance);
}

/** Values of a block of tokens get their gradients. */
function valueSlopes(key: i32, count: i32, dOut: usize, dTable: usize): void {
  const bytes = tokens << 2;
  for (let i = 0; i < count; i += 4) {
    const some = min(4, count - i);
    for (let j = 0; j < width; j += 8) {
      tileByRows(weights + (key + i) * bytes, bytes, some, dOut + (j << 2), width << 2, tokens, near + TILE);
      for (let r = 0; r < some; r++) {
        const to = dTable + load<i32>(genes + ((key + i + r) << 2)) * side + (j << 2);
        addTo(to, v128.load(near + TILE + (r << 5)));
        if (width - j > 4) addTo(to + 16, v128.load(near + TILE + (r << 5), 16));
      }
    }
  }
}

/**
 * Words: table, side, moments, bias, genes, logs, starts, weights, scales, out, dOut, dTable, dMoments, dBias, cells, rows, tokens,
 * width, parts. Threads share parts: neighbouring cells, whose sums lie apart.
 */
export function countPoolingGradient(words: usize, thread: i32, threads: i32): void {
  takeShared(words, thread);
  const starts = load<usize>(words, 24);
  const out = load<usize>(words, 36);
  const dOut = load<usize>(words, 40);
  const cells = load<i32>(words, 56);
  const rows = load<i32>(words, 60);
  tokens = load<i32>(words, 64);
  width = load<i32>(words, 68);
  const parts = load<i32>(words, 72);
  extra = table + (rows - 1) * side;
  const bytes = width << 2;
  const to = share(parts, thread + 1, threads);
  for (let piece = share(parts, thread, threads); piece < to; piece++) {
    const dTable = load<usize>(words, 44) + piece * rows * side;
    const dMoments = load<usize>(words, 48) + piece * (rows << 3);
    const dBias = load<usize>(words, 52) + piece * bytes;
    memory.fill(dTable, 0, rows * side);
    memory.fill(dMoments, 0, rows << 3);
    memory.fill(dBias, 0, bytes);
    const dExtra = dTable + (rows - 1) * side;
    const last = share(cells, piece + 1, parts);
    for (let cell = share(cells, piece, parts); cell < last; cell++) {
      first = load<i32>(starts + (cell << 2));
      end = load<i32>(starts + ((cell + 1) << 2));
      if (first >= end) continue;
      const slopes = dOut + cell * tokens * bytes;
      takeMeans(out + cell * tokens * bytes, slopes, dBias);
      for (let t = 0; t < tokens; t += 8) packTransposed(slopes + t * bytes, bytes, tokens - t, width, near + PACKED + t * bytes);
      for (let key = first; key < end; key += KEYS) {
        const count = min(KEYS, end - key);
        dotValues(key, count);
        for (let i = 0; i < count; i++) tokenSlopes(key + i, i, dTable, dExtra, dMoments, rows);
        valueSlopes(key, count, slopes, dTable);
      }
      for (let t = 0; t < tokens; t++) {
        const lean = v128.load_splat<f32>(near + LEAN + (t << 2));
        for (let at = 0; at < bytes; at += 16) addTo(dExtra + at, f32x4.mul(lean, v128.load(slopes + t * bytes + at)));
      }
    }
  }
}
