/** @file Attention over lists of keys per query, forward and backward, and the weight of differential attention. */
import { exp4, madd, splat, storeSome, sumLanes } from './simd';
import { exp64, log64 } from './scalar';
import { scratchOf, share } from './scratch';

let width: i32 = 0;

function dot(a: usize, b: usize): f32 {
  let sum = splat(0);
  let c = 0;
  for (; c + 4 <= width; c += 4) sum = madd(v128.load(a + (c << 2)), v128.load(b + (c << 2)), sum);
  let total = sumLanes(sum);
  for (; c < width; c++) total += load<f32>(a + (c << 2)) * load<f32>(b + (c << 2));
  return total;
}

/** out += x · row */
function addRow(out: usize, x: f32, row: usize): void {
  const f = splat(x);
  for (let c = 0; c < width; c += 4) {
    const at = c << 2;
    storeSome(out + at, madd(f, v128.load(row + at), v128.load(out + at)), width - c);
  }
}

// @ts-ignore: decorator
@inline
function expOf(x: f32): f32 {
  return f32x4.extract_lane(exp4(splat(x)), 0);
}

/** Words: q, k, v, starts, keys, out, lse, groups, nq, nk, heads, width, sideQ, sideKv. Threads share the queries. */
export function sparseAttention(words: usize, thread: i32, threads: i32): void {
  const q = load<usize>(words);
  const k = load<usize>(words, 4);
  const v = load<usize>(words, 8);
  const starts = load<usize>(words, 12);
  const keys = load<usize>(words, 16);
  const out = load<usize>(words, 20);
  const lse = load<usize>(words, 24);
  const groups = load<i32>(words, 28);
  const nq = load<i32>(words, 32);
  const nk = load<i32>(words, 36);
  const heads = load<i32>(words, 40);
  width = load<i32>(words, 44);
  const sideQ = load<i32>(words, 48) << 2;
  const sideKv = load<i32>(words, 52) << 2;
  const scale: f32 = 1 / sqrt<f32>(width as f32);
  const scores = scratchOf(thread);
  const to = share(groups * nq, thread + 1, threads);
  for (let row = share(groups * nq, thread, threads); row < to; row++) {
    const group = row / nq;
    const query = row - group * nq;
    const begin = load<i32>(starts + (query << 2));
    const count = load<i32>(starts + ((query + 1) << 2)) - begin;
    const list = keys + (begin << 2);
    for (let head = 0; head < heads; head++) {
      const across = (head * width) << 2;
      const result = out + ((row * heads * width) << 2) + across;
      memory.fill(result, 0, width << 2);
      let most: f32 = -Infinity;
      for (let j = 0; j < count; j++) {
        const key = k + (group * nk + load<i32>(list + (j << 2))) * sideKv + across;
        const score = dot(q + row * sideQ + across, key) * scale;
        store<f32>(scores + (j << 2), score);
        most = max(most, score);
      }
      let sum: f32 = 0;
      for (let j = 0; j < count; j++) {
        const e = expOf(load<f32>(scores + (j << 2)) - most);
        sum += e;
        addRow(result, e, v + (group * nk + load<i32>(list + (j << 2))) * sideKv + across);
      }
      const inverse = splat(count > 0 ? 1 / sum : 0);
      for (let c = 0; c < width; c += 4) {
        const at = result + (c << 2);
        storeSome(at, f32x4.mul(v128.load(at), inverse), width - c);
      }
      if (lse !== 0) {
        const log: f32 = count > 0 ? most + (log64(sum) as f32) : 0;
        store<f32>(lse + ((row * heads + head) << 2), log);
      }
    }
  }
}

/** Words: q, k, v, starts, keys, out, lse, dOut, dq, dk, dv, groups, nq, nk, heads, width, sideQ, sideKv. Threads share the lists. */
export function sparseAttentionGradient(words: usize, thread: i32, threads: i32): void {
  const q = load<usize>(words);
  const k = load<usize>(words, 4);
  const v = load<usize>(words, 8);
  const starts = load<usize>(words, 12);
  const others = load<usize>(words, 16);
  const out = load<usize>(words, 20);
  const lse = load<usize>(words, 24);
  const dOut = load<usize>(words, 28);
  const dq = load<usize>(words, 32);
  const dk = load<usize>(words, 36);
  const dv = load<usize>(words, 40);
  const groups = load<i32>(words, 44);
  const nq = load<i32>(words, 48);
  const nk = load<i32>(words, 52);
  const heads = load<i32>(words, 56);
  width = load<i32>(words, 60);
  const sideQ = load<i32>(words, 64) << 2;
  const sideKv = load<i32>(words, 68) << 2;
  const scale: f32 = 1 / sqrt<f32>(width as f32);
  const forQueries = dq !== 0;
  const owners = forQueries ? nq : nk;
  const near = scratchOf(thread);
  const sideOut = (heads * width) << 2;
  const bytes = width << 2;
  const to = share(groups * owners, thread + 1, threads);
  for (let row = share(groups * owners, thread, threads); row < to; row++) {
    const group = row / owners;
    const owner = row - group * owners;
    const begin = load<i32>(starts + (owner << 2));
    const end = load<i32>(starts + ((owner + 1) << 2));
    for (let head = 0; head < heads; head++) {
      const across = (head * width) << 2;
      memory.fill(near, 0, bytes << 1);
      for (let at = begin; at < end; at++) {
        const other = load<i32>(others + (at << 2));
        const query = group * nq + (forQueries ? owner : other);
        const key = group * nk + (forQueries ? other : owner);
        const qRow = q + query * sideQ + across;
        const kRow = k + key * sideKv + across;
        const slope = dOut + query * sideOut + across;
        const p = expOf(dot(qRow, kRow) * scale - load<f32>(lse + ((query * heads + head) << 2)));
        const mean = dot(out + query * sideOut + across, slope);
        const ds = p * (dot(slope, v + key * sideKv + across) - mean) * scale;
        addRow(near, ds, forQueries ? kRow : qRow);
        if (!forQueries) addRow(near + bytes, p, slope);
      }
      if (forQueries) {
        memory.copy(dq + row * sideQ + across, near, bytes);
      } else {
        memory.copy(dk + row * sideKv + across, near, bytes);
        memory.copy(dv + row * sideKv + across, near + bytes, bytes);
      }
    }
  }
}

/** e^(a₀ · a₁) and e^(a₂ · a₃) of vectors [4, width], in wide. */
function power(first: usize, count: i32): f64 {
  let sum: f64 = 0;
  for (let c = 0; c < count; c++) {
    sum += (load<f32>(first + (c << 2)) as f64) * load<f32>(first + ((count + c) << 2));
  }
  return exp64(sum);
}

/** Words: vectors, width, base (float32 bits), out. */
export function differentialWeight(words: usize, thread: i32, threads: i32): void {
  if (thread !== 0) return;
  const vectors = load<usize>(words);
  const count = load<i32>(words, 4);
  const difference = power(vectors, count) - power(vectors + (count << 3), count);
  store<f32>(load<usize>(words, 12), (difference + load<f32>(words, 8)) as f32);
}

/** Words: vectors, width, dWeight (address), dVectors. */
export function differentialWeightGradient(words: usize, thread: i32, threads: i32): void {
  if (thread !== 0) return;
  const vectors = load<usize>(words);
  const count = load<i32>(words, 4);
  const slope = load<f32>(load<usize>(words, 8)) as f64;
  const out = load<usize>(words, 12);
  for (let pair = 0; pair < 2; pair++) {
    const offset = pair * (count << 3);
    const first = vectors + offset;
    const factor = (pair === 0 ? slope : -slope) * power(first, count);
    for (let c = 0; c < count; c++) {
      const other = first + ((count + c) << 2);
      store<f32>(out + offset + (c << 2), (factor * load<f32>(other)) as f32);
      store<f32>(out + offset + ((count + c) << 2), (factor * load<f32>(first + (c << 2))) as f32);
    }
  }
}
