/**
 * @file Softmax attention within groups with ragged keys, forward and backward, one block of 64 queries × 256 keys at a time.
 *
 * Scores stand transposed, a row per key: then softmax runs down the rows without sums over lanes, keys and values are
 * used where they lie, and only queries are packed. The backward makes the scores again from the log of their sums.
 */
import { packTransposed, tileByColumns, tileByRows, wholeTile } from './gemm';
import { exp4, log4, madd, splat, storeSome, sumLanes } from './simd';
import { scratchOf, share } from './scratch';

/** Queries and keys of a block. */
const QUERIES: i32 = 64;
const KEYS: i32 = 256;

/** Bytes from key to key in a block of scores: not a power of 2, which would crowd a few sets of the cache. */
const ROW: i32 = (QUERIES + 16) << 2;

/** From so many queries on, the keys and values of a block are first copied side by side. */
const WORTH_COPYING: i32 = 32;

const MOST_WIDTH: i32 = 512;

/** Places in a thread's scratch. */
const TILE: i32 = 0;
const LARGEST: i32 = 128;
const SUMS: i32 = LARGEST + 4 * QUERIES;
const SHRINK: i32 = SUMS + 4 * QUERIES;
const PACKED_Q: i32 = 1024;
const PACKED_D: i32 = PACKED_Q + QUERIES * MOST_WIDTH * 4;
const SCORES: i32 = PACKED_D + QUERIES * MOST_WIDTH * 4;
const SLOPES: i32 = SCORES + (KEYS + 4) * ROW;
const NEAR_K: i32 = SLOPES + (KEYS + 4) * ROW;
const NEAR_V: i32 = NEAR_K + KEYS * MOST_WIDTH * 4;

let near: usize = 0;
let width: i32 = 0;
let heads: i32 = 0;
let scale: f32 = 0;
let sideQ: i32 = 0;
let sideKv: i32 = 0;
/** Queries of the block. */
let count: i32 = 0;
/** Keys of the block: how many, the first one's row, and where its head's part of k and v begins, with the strides of both. */
let depth: i32 = 0;
let firstKey: i32 = 0;
let blockK: usize = 0;
let blockV: usize = 0;
let stepKv: i32 = 0;
let bias: usize = 0;

/** Packs the rows of the block's queries (or their gradients) by columns of eight. */
function packQueries(from: usize, side: i32, to: usize): void {
  for (let i = 0; i < count; i += 8) packTransposed(from + i * side, side, count - i, width, to + i * (width << 2));
}

/** Takes a block of keys in hand; kHead and vHead are the first row's parts of the head. */
function takeKeys(kHead: usize, vHead: usize, first: i32, keys: i32): void {
  depth = keys;
  firstKey = first;
  blockK = kHead + first * sideKv;
  blockV = vHead + first * sideKv;
  stepKv = sideKv;
  if (count < WORTH_COPYING || width === sideKv >> 2) return;
  const bytes = width << 2;
  for (let j = 0; j < keys; j++) {
    memory.copy(near + NEAR_K + j * bytes, blockK + j * sideKv, bytes);
    memory.copy(near + NEAR_V + j * bytes, blockV + j * sideKv, bytes);
  }
  blockK = near + NEAR_K;
  blockV = near + NEAR_V;
  stepKv = bytes;
}

/** Scores of the block into scratch, and the largest of every query so far. */
function scoreForward(): void {
  const tile = near + TILE;
  const s = splat(scale);
  for (let i = 0; i < count; i += 8) {
    const most = near + LARGEST + (i << 2);
    let m0 = v128.load(most), m1 = v128.load(most, 16);
    for (let j = 0; j < depth; j += 4) {
      const rows = min(4, depth - j);
      tileByRows(blockK + j * stepKv, stepKv, rows, near + PACKED_Q + i * (width << 2), 32, width, tile);
      let to = near + SCORES + j * ROW + (i << 2);
      for (let r = 0; r < rows; r++) {
        const b = biasOf(j + r);
        const x0 = madd(v128.load(tile + (r << 5)), s, b);
        const x1 = madd(v128.load(tile + (r << 5), 16), s, b);
        m0 = f32x4.pmax(m0, x0);
        m1 = f32x4.pmax(m1, x1);
        v128.store(to, x0);
        v128.store(to, x1, 16);
        to += ROW;
      }
    }
    v128.store(most, m0);
    v128.store(most, m1, 16);
  }
}

/** Scores become e^(score − largest); sums and what earlier sums shrink by go with them. `before` holds the earlier largest. */
function exponentials(): void {
  for (let i = 0; i < count; i += 4) {
    const m = v128.load(near + LARGEST + (i << 2));
    let sum = splat(0);
    let at = near + SCORES + (i << 2);
    // Several at a time: one exponential is a chain of dependent steps.
    let j = depth;
    for (; j >= 4; j -= 4) {
      const e0 = exp4(f32x4.sub(v128.load(at), m)), e1 = exp4(f32x4.sub(v128.load(at + ROW), m));
      const e2 = exp4(f32x4.sub(v128.load(at + 2 * ROW), m)), e3 = exp4(f32x4.sub(v128.load(at + 3 * ROW), m));
      v128.store(at, e0);
      v128.store(at + ROW, e1);
      v128.store(at + 2 * ROW, e2);
      v128.store(at + 3 * ROW, e3);
      sum = f32x4.add(sum, f32x4.add(f32x4.add(e0, e1), f32x4.add(e2, e3)));
      at += 4 * ROW;
    }
    for (; j > 0; j--) {
      const e = exp4(f32x4.sub(v128.load(at), m));
      v128.store(at, e);
      sum = f32x4.add(sum, e);
      at += ROW;
    }
    const held = near + SUMS + (i << 2);
    v128.store(held, madd(v128.load(held), v128.load(near + SHRINK + (i << 2)), sum));
  }
}

/** rows [4, columns] at `to` become old · shrink + tile, or tile alone. */
function addTile(to: usize, side: i32, rows: i32, columns: i32, fresh: bool): void {
  let tile = near + TILE;
  for (let r = 0; r < rows; r++) {
    let x = v128.load(tile);
    if (!fresh) x = f32x4.add(x, v128.load(to));
    storeSome(to, x, columns);
    if (columns > 4) {
      x = v128.load(tile, 16);
      if (!fresh) x = f32x4.add(x, v128.load(to, 16));
      storeSome(to + 16, x, columns - 4);
    }
    tile += 32;
    to += side;
  }
}

/** out (+)= weightsᵀ · rows of keys: for a query the sum over the block's keys. Weights are a block in scratch. */
function sumOverKeys(weights: usize, rows: usize, out: usize, side: i32, fresh: bool): void {
  const tile = near + TILE;
  for (let i = 0; i < count; i += 4) {
    for (let j = 0; j < width; j += 8) {
      const to = out + i * side + (j << 2);
      if (count - i >= 4 && width - j >= 8) {
        wholeTile(true, weights + (i << 2), ROW, rows + (j << 2), stepKv, depth, to, side, !fresh, 0, 0, 0);
        continue;
      }
      tileByColumns(weights + (i << 2), ROW, rows + (j << 2), stepKv, depth, tile);
      addTile(to, side, min(4, count - i), min(8, width - j), fresh);
    }
  }
}

/** out (+)= weights · rows of queries: for a key the sum over the block's queries. */
function sumOverQueries(weights: usize, rows: usize, sideRows: i32, out: usize, fresh: bool): void {
  const tile = near + TILE;
  for (let j = 0; j < depth; j += 4) {
    const some = min(4, depth - j);
    for (let c = 0; c < width; c += 8) {
      const to = out + j * sideKv + (c << 2);
      if (some === 4 && width - c >= 8) {
        wholeTile(false, weights + j * ROW, ROW, rows + (c << 2), sideRows, count, to, sideKv, !fresh, 0, 0, 0);
        continue;
      }
      tileByRows(weights + j * ROW, ROW, some, rows + (c << 2), sideRows, count, tile);
      addTile(to, sideKv, some, min(8, width - c), fresh);
    }
  }
}

/** Multiplies the rows of the block's results by a number each. */
function scaleResults(out: usize, side: i32, factors: usize): void {
  for (let i = 0; i < count; i++) {
    const f = v128.load_splat<f32>(factors + (i << 2));
    const row = out + i * side;
    for (let c = 0; c < width; c += 4) storeSome(row + (c << 2), f32x4.mul(v128.load(row + (c << 2)), f), width - c);
  }
}

function start(thread: i32): void {
  near = scratchOf(thread);
  scale = 1 / sqrt<f32>(width as f32);
}

/** Words: q, k, v, bias, starts, out, lse, groups, nq, nk, heads, width (≤ 512), sideQ, sideKv, shared. Threads share groups × heads × blocks of queries. */
export function attention(words: usize, thread: i32, threads: i32): void {
  const q = load<usize>(words);
  const k = load<usize>(words, 4);
  const v = load<usize>(words, 8);
  bias = load<usize>(words, 12);
  const starts = load<usize>(words, 16);
  const out = load<usize>(words, 20);
  const lse = load<usize>(words, 24);
  const groups = load<i32>(words, 28);
  const nq = load<i32>(words, 32);
  const nk = load<i32>(words, 36);
  heads = load<i32>(words, 40);
  width = load<i32>(words, 44);
  sideQ = load<i32>(words, 48) << 2;
  sideKv = load<i32>(words, 52) << 2;
  const shared = load<i32>(words, 56) !== 0;
  start(thread);
  const sideOut = (heads * width) << 2;
  const blocks = (nq + QUERIES - 1) / QUERIES;
  const to = share(groups * heads * blocks, thread + 1, threads);
  for (let item = share(groups * heads * blocks, thread, threads); item < to; item++) {
    const pair = item / blocks;
    const first = (item - pair * blocks) * QUERIES;
    const group = pair / heads;
    const head = pair - group * heads;
    const across = (head * width) << 2;
    const from = starts !== 0 ? load<i32>(starts + (group << 2)) : group * nk;
    const end = starts !== 0 ? load<i32>(starts + ((group + 1) << 2)) : from + nk;
    count = min(QUERIES, nq - first);
    packQueries(q + ((shared ? 0 : group * nq) + first) * sideQ + across, sideQ, near + PACKED_Q);
    const row = group * nq + first;
    forwardBlock(k + across, v + across, from, end, out + row * sideOut + across, sideOut);
    if (lse !== 0) {
      for (let i = 0; i < count; i++) {
        store<f32>(lse + (((row + i) * heads + head) << 2), load<f32>(near + SUMS + (i << 2)));
      }
    }
  }
}

/** One block of queries over all its keys; leaves the logs of the sums in SUMS. */
function forwardBlock(kHead: usize, vHead: usize, from: i32, end: i32, out: usize, side: i32): void {
  for (let i = 0; i < QUERIES; i += 4) {
    v128.store(near + LARGEST + (i << 2), splat(-Infinity));
    v128.store(near + SUMS + (i << 2), splat(0));
  }
  if (from >= end) {
    for (let i = 0; i < count; i++) memory.fill(out + i * side, 0, width << 2);
    return;
  }
  for (let key = from; key < end; key += KEYS) {
    takeKeys(kHead, vHead, key, min(KEYS, end - key));
    for (let i = 0; i < count; i += 4) {
      v128.store(near + SHRINK + (i << 2), v128.load(near + LARGEST + (i << 2)));
    }
    scoreForward();
    for (let i = 0; i < count; i += 4) {
      const at = near + SHRINK + (i << 2);
      v128.store(at, exp4(f32x4.sub(v128.load(at), v128.load(near + LARGEST + (i << 2)))));
    }
    exponentials();
    if (key > from) scaleResults(out, side, near + SHRINK);
    sumOverKeys(near + SCORES, blockV, out, side, key === from);
  }
  for (let i = 0; i < count; i += 4) {
    const sums = near + SUMS + (i << 2);
    const sum = v128.load(sums);
    v128.store(near + SHRINK + (i << 2), f32x4.div(splat(1), sum));
    v128.store(sums, f32x4.add(v128.load(near + LARGEST + (i << 2)), log4(sum)));
  }
  scaleResults(out, side, near + SHRINK);
}

/**
 * Words: q, k, v, bias, starts, out, lse, dOut, dq, dk, dv, groups, nq, nk, heads, width, sideQ, sideKv, shared.
 * Threads share groups × heads, so every sum has one order.
 */
export function attentionGradient(words: usize, thread: i32, threads: i32): void {
  const q = load<usize>(words);
  const k = load<usize>(words, 4);
  const v = load<usize>(words, 8);
  bias = load<usize>(words, 12);
  const starts = load<usize>(words, 16);
  const out = load<usize>(words, 20);
  const lse = load<usize>(words, 24);
  const dOut = load<usize>(words, 28);
  const dq = load<usize>(words, 32);
  const dk = load<usize>(words, 36);
  const dv = load<usize>(words, 40);
  const groups = load<i32>(words, 44);
  const nq = load<i32>(words, 48);
  const nk = load<i32>(words, 52);
  heads = load<i32>(words, 56);
  width = load<i32>(words, 60);
  sideQ = load<i32>(words, 64) << 2;
  sideKv = load<i32>(words, 68) << 2;
  const shared = load<i32>(words, 72) !== 0;
  start(thread);
  const sideOut = (heads * width) << 2;
  const to = share(groups * heads, thread + 1, threads);
  for (let pair = share(groups * heads, thread, threads); pair < to; pair++) {
    const group = pair / heads;
    const head = pair - group * heads;
    const across = (head * width) << 2;
    const from = starts !== 0 ? load<i32>(starts + (group << 2)) : group * nk;
    const end = starts !== 0 ? load<i32>(starts + ((group + 1) << 2)) : from + nk;
    for (let first = 0; first < nq; first += QUERIES) {
      count = min(QUERIES, nq - first);
      const row = group * nq + first;
      const queries = q + ((shared ? 0 : group * nq) + first) * sideQ + across;
      const slopes = dOut + row * sideOut + across;
      packQueries(queries, sideQ, near + PACKED_Q);
      packQueries(slopes, sideOut, near + PACKED_D);
      takeNormalisers(out + row * sideOut + across, slopes, sideOut, lse + ((row * heads + head) << 2));
      if (from >= end) clearRows(dq + row * sideQ + across);
      for (let key = from; key < end; key += KEYS) {
        takeKeys(k + across, v + across, key, min(KEYS, end - key));
        scoreBackward();
        const place = key * sideKv + across;
        sumOverQueries(near + SCORES, slopes, sideOut, dv + place, first === 0);
        sumOverQueries(near + SLOPES, queries, sideQ, dk + place, first === 0);
        sumOverKeys(near + SLOPES, blockK, dq + row * sideQ + across, sideQ, key === from);
      }
    }
  }
}

function clearRows(dq: usize): void {
  for (let i = 0; i < count; i++) memory.fill(dq + i * sideQ, 0, width << 2);
}

/** For each query of the block: the log of its sum to SUMS, dOut · out to SHRINK; the last one stands in past the end. */
function takeNormalisers(out: usize, dOut: usize, side: i32, lse: usize): void {
  for (let i = 0; i < ((count + 7) & ~7); i++) {
    const r = min(i, count - 1);
    store<f32>(near + SUMS + (i << 2), load<f32>(lse + ((r * heads) << 2)));
    store<f32>(near + SHRINK + (i << 2), dot(out + r * side, dOut + r * side));
  }
}

function dot(a: usize, b: usize): f32 {
  let sum = splat(0);
  let c = 0;
  for (; c + 4 <= width; c += 4) sum = madd(v128.load(a + (c << 2)), v128.load(b + (c << 2)), sum);
  let total = sumLanes(sum);
  for (; c < width; c++) total += load<f32>(a + (c << 2)) * load<f32>(b + (c << 2));
  return total;
}

// @ts-ignore: decorator
@inline
function biasOf(key: i32): v128 {
  return bias !== 0 ? v128.load_splat<f32>(bias + ((firstKey + key) << 2)) : splat(0);
}

/** e^(score − log of the sum) of four keys from j on and the four queries at `half` of the tile. */
// @ts-ignore: decorator
@inline
function weighRows(to: usize, sums: usize, half: usize, j: i32, rows: i32, s: v128): void {
  const at = near + TILE + half;
  const log = v128.load(sums + half);
  const b0 = biasOf(j), b1 = biasOf(j + min(1, rows - 1)), b2 = biasOf(j + min(2, rows - 1)), b3 = biasOf(j + rows - 1);
  const e0 = exp4(f32x4.sub(madd(v128.load(at), s, b0), log)), e1 = exp4(f32x4.sub(madd(v128.load(at, 32), s, b1), log));
  const e2 = exp4(f32x4.sub(madd(v128.load(at, 64), s, b2), log)), e3 = exp4(f32x4.sub(madd(v128.load(at, 96), s, b3), log));
  v128.store(to + half, e0);
  v128.store(to + half + ROW, e1);
  v128.store(to + half + 2 * ROW, e2);
  v128.store(to + half + 3 * ROW, e3);
}

/** Weights of the block to SCORES, gradients of its scores (times their scale) to SLOPES. */
function scoreBackward(): void {
  const tile = near + TILE;
  const s = splat(scale);
  for (let i = 0; i < count; i += 8) {
    const sums = near + SUMS + (i << 2);
    const means = near + SHRINK + (i << 2);
    const panel = i * (width << 2);
    for (let j = 0; j < depth; j += 4) {
      const rows = min(4, depth - j);
      const place = j * ROW + (i << 2);
      tileByRows(blockK + j * stepKv, stepKv, rows, near + PACKED_Q + panel, 32, width, tile);
      // Past the last key the tile repeats it, and the block has room: all four rows are done at once.
      weighRows(near + SCORES + place, sums, 0, j, rows, s);
      weighRows(near + SCORES + place, sums, 16, j, rows, s);
      tileByRows(blockV + j * stepKv, stepKv, rows, near + PACKED_D + panel, 32, width, tile);
      for (let r = 0; r < rows; r++) {
        const p = near + SCORES + place + r * ROW;
        const to = near + SLOPES + place + r * ROW;
        const d0 = f32x4.sub(v128.load(tile + (r << 5)), v128.load(means));
        const d1 = f32x4.sub(v128.load(tile + (r << 5), 16), v128.load(means, 16));
        v128.store(to, f32x4.mul(f32x4.mul(v128.load(p), d0), s));
        v128.store(to, f32x4.mul(f32x4.mul(v128.load(p, 16), d1), s), 16);
      }
    }
  }
}
