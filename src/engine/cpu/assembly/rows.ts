/** @file Entry-by-entry and row-by-row kernels of deeper networks: products, sums, embeddings, dropout, averages, segments. */
import { addWide, keepSome, madd, splat, storeSome, sumWide } from './simd';
import { philox4, word0, word1, word2, word3 } from './random';
import { scratchOf, share } from './scratch';

/** Words: y, dy, dx, rows, columns. */
export function softmaxRowsGradient(words: usize, thread: i32, threads: i32): void {
  const y = load<usize>(words);
  const dy = load<usize>(words, 4);
  const dx = load<usize>(words, 8);
  const rows = load<i32>(words, 12);
  const bytes = load<i32>(words, 16) << 2;
  const to = share(rows, thread + 1, threads);
  for (let r = share(rows, thread, threads); r < to; r++) {
    const offset = r * bytes;
    const mean = splat(rowProduct(y + offset, dy + offset, bytes));
    for (let at = offset; at < offset + bytes; at += 16) {
      const d = f32x4.mul(v128.load(y + at), f32x4.sub(v128.load(dy + at), mean));
      storeSome(dx + at, d, (offset + bytes - at) >> 2);
    }
  }
}

/** Σ x · y of a row, or Σ x with y = 0. */
function rowProduct(x: usize, y: usize, bytes: i32): f32 {
  let wide = f64x2.splat(0);
  for (let at = 0; at < bytes; at += 16) {
    let v = v128.load(x + at);
    if (y !== 0) v = f32x4.mul(v, v128.load(y + at));
    wide = addWide(wide, keepSome(v, (bytes - at) >> 2));
  }
  return sumWide(wide) as f32;
}

/** Words: x, y, out, rows, columns. */
export function rowSums(words: usize, thread: i32, threads: i32): void {
  const x = load<usize>(words);
  const y = load<usize>(words, 4);
  const out = load<usize>(words, 8);
  const rows = load<i32>(words, 12);
  const bytes = load<i32>(words, 16) << 2;
  const to = share(rows, thread + 1, threads);
  for (let r = share(rows, thread, threads); r < to; r++) {
    store<f32>(out + (r << 2), rowProduct(x + r * bytes, y !== 0 ? y + r * bytes : 0, bytes));
  }
}

/** Words: x, y, count, partial (float64, one per 1024 entries). */
export function dotProduct(words: usize, thread: i32, threads: i32): void {
  const x = load<usize>(words);
  const y = load<usize>(words, 4);
  const count = load<i32>(words, 8);
  const partial = load<usize>(words, 12);
  const blocks = (count + 1023) >> 10;
  const to = share(blocks, thread + 1, threads);
  for (let block = share(blocks, thread, threads); block < to; block++) {
    const end = min((block + 1) << 10, count) << 2;
    let sum = f64x2.splat(0);
    for (let at = block << 12; at < end; at += 16) {
      const product = f32x4.mul(v128.load(x + at), v128.load(y + at));
      sum = addWide(sum, keepSome(product, (end - at) >> 2));
    }
    store<f64>(partial + (block << 3), sumWide(sum));
  }
}

/** Words: x, y, addend, out, count. */
export function multiplyAdd(words: usize, thread: i32, threads: i32): void {
  const x = load<usize>(words);
  const y = load<usize>(words, 4);
  const addend = load<usize>(words, 8);
  const out = load<usize>(words, 12);
  const bytes = load<i32>(words, 16) << 2;
  const groups = (bytes + 15) >> 4;
  const to = share(groups, thread + 1, threads) << 4;
  for (let at = share(groups, thread, threads) << 4; at < to; at += 16) {
    let v = f32x4.mul(v128.load(x + at), v128.load(y + at));
    if (addend !== 0) v = f32x4.add(v, v128.load(addend + at));
    storeSome(out + at, v, (bytes - at) >> 2);
  }
}

/** Words: y, c (address), factor (float32 bits), addend, out, count. */
export function addTimes(words: usize, thread: i32, threads: i32): void {
  const y = load<usize>(words);
  const c = splat(load<f32>(load<usize>(words, 4)) * load<f32>(words, 8));
  const addend = load<usize>(words, 12);
  const out = load<usize>(words, 16);
  const bytes = load<i32>(words, 20) << 2;
  const groups = (bytes + 15) >> 4;
  const to = share(groups, thread + 1, threads) << 4;
  for (let at = share(groups, thread, threads) << 4; at < to; at += 16) {
    let v = f32x4.mul(v128.load(y + at), c);
    if (addend !== 0) v = f32x4.add(v, v128.load(addend + at));
    storeSome(out + at, v, (bytes - at) >> 2);
  }
}

/** Words: x, scale, out, rows, columns. */
export function scaleRows(words: usize, thread: i32, threads: i32): void {
  const x = load<usize>(words);
  const scale = load<usize>(words, 4);
  const out = load<usize>(words, 8);
  const rows = load<i32>(words, 12);
  const bytes = load<i32>(words, 16) << 2;
  const to = share(rows, thread + 1, threads);
  for (let r = share(rows, thread, threads); r < to; r++) {
    scaled(x + r * bytes, v128.load_splat<f32>(scale + (r << 2)), out + r * bytes, bytes);
  }
}

// @ts-ignore: decorator
@inline
function scaled(from: usize, factor: v128, to: usize, bytes: i32): void {
  for (let at = 0; at < bytes; at += 16) {
    storeSome(to + at, f32x4.mul(v128.load(from + at), factor), (bytes - at) >> 2);
  }
}

/** Words: from, sideFrom, to, sideTo, rows, columns. */
export function copyColumns(words: usize, thread: i32, threads: i32): void {
  const from = load<usize>(words);
  const sideFrom = load<i32>(words, 4) << 2;
  const target = load<usize>(words, 8);
  const sideTo = load<i32>(words, 12) << 2;
  const rows = load<i32>(words, 16);
  const bytes = load<i32>(words, 20) << 2;
  const to = share(rows, thread + 1, threads);
  for (let r = share(rows, thread, threads); r < to; r++) {
    memory.copy(target + r * sideTo, from + r * sideFrom, bytes);
  }
}

/** Words: table, indices, factor, limit (address of a number), out, rows, width. */
export function gatherRows(words: usize, thread: i32, threads: i32): void {
  const table = load<usize>(words);
  const indices = load<usize>(words, 4);
  const factor = load<usize>(words, 8);
  const limit = load<usize>(words, 12);
  const out = load<usize>(words, 16);
  const rows = load<i32>(words, 20);
  const bytes = load<i32>(words, 24) << 2;
  const used = limit !== 0 ? min(rows, load<i32>(limit)) : rows;
  const to = share(rows, thread + 1, threads);
  for (let r = share(rows, thread, threads); r < to; r++) {
    const at = out + r * bytes;
    if (r >= used) {
      memory.fill(at, 0, bytes);
      continue;
    }
    const from = table + load<u32>(indices + (r << 2)) * bytes;
    if (factor === 0) memory.copy(at, from, bytes);
    else scaled(from, v128.load_splat<f32>(factor + (r << 2)), at, bytes);
  }
}

/** Words: starts, places, factor, dy, dTable, tableRows, width. Threads share the rows of the table. */
export function gatherRowsGradient(words: usize, thread: i32, threads: i32): void {
  const starts = load<usize>(words);
  const places = load<usize>(words, 4);
  const factor = load<usize>(words, 8);
  const dy = load<usize>(words, 12);
  const table = load<usize>(words, 16);
  const rows = load<i32>(words, 20);
  const width = load<i32>(words, 24);
  const bytes = width << 2;
  const to = share(rows, thread + 1, threads);
  for (let t = share(rows, thread, threads); t < to; t++) {
    const begin = load<i32>(starts + (t << 2)) << 2;
    const end = load<i32>(starts + ((t + 1) << 2)) << 2;
    const out = table + t * bytes;
    for (let across = 0; across < bytes; across += 32) {
      let s0 = splat(0), s1 = s0;
      for (let k = begin; k < end; k += 4) {
        const x = factor !== 0 ? v128.load_splat<f32>(factor + k) : splat(1);
        const at = dy + load<u32>(places + k) * bytes + across;
        s0 = madd(x, v128.load(at), s0);
        s1 = madd(x, v128.load(at, 16), s1);
      }
      const left = (bytes - across) >> 2;
      storeSome(out + across, s0, left);
      if (left > 4) storeSome(out + across + 16, s1, left - 4);
    }
  }
}

/** Use word of dropout at site 0; further sites follow. */
const DROPOUT: u32 = 0x100;

/** Words: x, y, count, rate (float32 bits), key (address of seed low, seed high, stream, row), site. */
export function dropout(words: usize, thread: i32, threads: i32): void {
  const x = load<usize>(words);
  const y = load<usize>(words, 4);
  const count = load<i32>(words, 8);
  const rate = load<f32>(words, 12) as f64;
  const key = load<usize>(words, 16);
  const use = DROPOUT + load<u32>(words, 20);
  const low = load<u32>(key);
  const high = load<u32>(key, 4);
  const stream = load<u32>(key, 8);
  const row = load<u32>(key, 12);
  const least = i32x4.splat((rate * 4294967296.0) as u32);
  const scale = splat((1 / (1 - rate)) as f32);
  const near = scratchOf(thread);
  const groups = (count + 15) >> 4;
  const to = share(groups, thread + 1, threads);
  for (let group = share(groups, thread, threads); group < to; group++) {
    const first = i32x4.add(i32x4.splat(group << 2), i32x4(0, 1, 2, 3));
    philox4(first, row, stream, use, low, high);
    v128.store(near, word0);
    v128.store(near, word1, 16);
    v128.store(near, word2, 32);
    v128.store(near, word3, 48);
    // Lanes are blocks of the counter and words are their entries: entry 4 b + w lies at word w, lane b.
    for (let b: usize = 0; b < 4; b++) {
      const left = count - (group << 4) - ((b as i32) << 2);
      if (left <= 0) break;
      const lane = near + (b << 2);
      const word = i32x4(load<i32>(lane), load<i32>(lane, 16), load<i32>(lane, 32), load<i32>(lane, 48));
      const at = ((group << 6) as usize) + (b << 4);
      const kept = v128.and(f32x4.mul(v128.load(x + at), scale), i32x4.ge_u(word, least));
      storeSome(y + at, kept, left);
    }
  }
}

/** Words: x, average, count, share (address). */
export function movingAverage(words: usize, thread: i32, threads: i32): void {
  const x = load<usize>(words);
  const average = load<usize>(words, 4);
  const bytes = load<i32>(words, 8) << 2;
  const blend = v128.load_splat<f32>(load<usize>(words, 12));
  const groups = (bytes + 15) >> 4;
  const to = share(groups, thread + 1, threads) << 4;
  for (let at = share(groups, thread, threads) << 4; at < to; at += 16) {
    const old = v128.load(average + at);
    const next = f32x4.add(old, f32x4.mul(blend, f32x4.sub(v128.load(x + at), old)));
    storeSome(average + at, next, (bytes - at) >> 2);
  }
}

/** Σ of the mask of a segment, or its length. */
function weightOf(mask: usize, from: i32, to: i32): f32 {
  if (mask === 0) return (to - from) as f32;
  let sum: f32 = 0;
  for (let r = from; r < to; r++) sum += load<f32>(mask + (r << 2));
  return sum;
}

/** Words: x, starts, mask, out, groups, columns. */
export function segmentMeans(words: usize, thread: i32, threads: i32): void {
  const x = load<usize>(words);
  const starts = load<usize>(words, 4);
  const mask = load<usize>(words, 8);
  const out = load<usize>(words, 12);
  const groups = load<i32>(words, 16);
  const bytes = load<i32>(words, 20) << 2;
  const to = share(groups, thread + 1, threads);
  for (let g = share(groups, thread, threads); g < to; g++) {
    const from = load<i32>(starts + (g << 2));
    const end = load<i32>(starts + ((g + 1) << 2));
    const weight = weightOf(mask, from, end);
    const inverse = splat(weight === 0 ? 0 : 1 / weight);
    for (let at = 0; at < bytes; at += 16) {
      let sum = splat(0);
      for (let r = from; r < end; r++) {
        const w = mask !== 0 ? v128.load_splat<f32>(mask + (r << 2)) : splat(1);
        sum = madd(w, v128.load(x + r * bytes + at), sum);
      }
      storeSome(out + g * bytes + at, f32x4.mul(sum, inverse), (bytes - at) >> 2);
    }
  }
}

/** Words: dOut, starts, mask, dx, groups, columns. */
export function segmentMeansGradient(words: usize, thread: i32, threads: i32): void {
  const dOut = load<usize>(words);
  const starts = load<usize>(words, 4);
  const mask = load<usize>(words, 8);
  const dx = load<usize>(words, 12);
  const groups = load<i32>(words, 16);
  const bytes = load<i32>(words, 20) << 2;
  const to = share(groups, thread + 1, threads);
  for (let g = share(groups, thread, threads); g < to; g++) {
    const from = load<i32>(starts + (g << 2));
    const end = load<i32>(starts + ((g + 1) << 2));
    const weight = weightOf(mask, from, end);
    const inverse: f32 = weight === 0 ? 0 : 1 / weight;
    for (let r = from; r < end; r++) {
      const w: f32 = mask !== 0 ? load<f32>(mask + (r << 2)) * inverse : inverse;
      scaled(dOut + g * bytes, splat(w), dx + r * bytes, bytes);
    }
  }
}
