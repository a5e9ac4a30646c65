/**
 * @file Layer norm and RMS norm of rows with a scale and a shift per group of rows, and everything's gradients; gates.
 *
 * Vectors may read past the end of a row, where sums mask what they found and stores leave it alone.
 */
import { keepSome, madd, splat, storeSome, sumLanes } from './simd';
import { share } from './scratch';

const LAYER_NORM: i32 = 0;

/** Start of the group's row in a table that may be missing. */
// @ts-ignore: decorator
@inline
function groupRow(table: usize, r: i32, every: i32, groups: i32, side: i32): usize {
  return table !== 0 ? table + ((r / every) % groups) * side : 0;
}

/** Words: kind, x, factor, shift, base, side, every, groups, y, stats, rows, columns, ε. */
export function rowNorm(words: usize, thread: i32, threads: i32): void {
  const kind = load<i32>(words);
  const x = load<usize>(words, 4);
  const factors = load<usize>(words, 8);
  const shifts = load<usize>(words, 12);
  const base = v128.load_splat<f32>(words, 16);
  const side = load<i32>(words, 20) << 2;
  const every = load<i32>(words, 24);
  const groups = load<i32>(words, 28);
  const y = load<usize>(words, 32);
  const stats = load<usize>(words, 36);
  const rows = load<i32>(words, 40);
  const columns = load<i32>(words, 44);
  const epsilon = load<f32>(words, 48);
  const bytes = columns << 2;
  const to = share(rows, thread + 1, threads);
  for (let r = share(rows, thread, threads); r < to; r++) {
    const row = x + r * bytes;
    const mean: f32 = kind === LAYER_NORM ? rowSum(row, columns) / (columns as f32) : 0;
    const scale: f32 = 1 / sqrt<f32>(squares(row, columns, mean) / (columns as f32) + epsilon);
    if (stats !== 0) {
      store<f32>(stats + (r << 3), mean);
      store<f32>(stats + (r << 3), scale, 4);
    }
    const factor = groupRow(factors, r, every, groups, side);
    const shift = groupRow(shifts, r, every, groups, side);
    const out = y + r * bytes;
    const m = splat(mean);
    const s = splat(scale);
    for (let at = 0; at < bytes; at += 16) {
      let n = f32x4.mul(f32x4.sub(v128.load(row + at), m), s);
      if (factor !== 0) n = f32x4.mul(n, f32x4.add(base, v128.load(factor + at)));
      if (shift !== 0) n = f32x4.add(n, v128.load(shift + at));
      storeSome(out + at, n, (bytes - at) >> 2);
    }
  }
}

function rowSum(row: usize, columns: i32): f32 {
  let sum = splat(0);
  for (let left = columns; left > 0; left -= 4) {
    sum = f32x4.add(sum, keepSome(v128.load(row), left));
    row += 16;
  }
  return sumLanes(sum);
}

function squares(row: usize, columns: i32, mean: f32): f32 {
  const m = splat(mean);
  let sum = splat(0);
  for (let left = columns; left > 0; left -= 4) {
    const d = keepSome(f32x4.sub(v128.load(row), m), left);
    sum = madd(d, d, sum);
    row += 16;
  }
  return sumLanes(sum);
}

/** Words: kind, x, stats, factor, base, side, every, groups, dy, addend, dx, rows, columns. */
export function rowNormGradient(words: usize, thread: i32, threads: i32): void {
  const kind = load<i32>(words);
  const x = load<usize>(words, 4);
  const stats = load<usize>(words, 8);
  const factors = load<usize>(words, 12);
  const base = v128.load_splat<f32>(words, 16);
  const side = load<i32>(words, 20) << 2;
  const every = load<i32>(words, 24);
  const groups = load<i32>(words, 28);
  const dy = load<usize>(words, 32);
  const addend = load<usize>(words, 36);
  const dx = load<usize>(words, 40);
  const rows = load<i32>(words, 44);
  const columns = load<i32>(words, 48);
  const bytes = columns << 2;
  const to = share(rows, thread + 1, threads);
  for (let r = share(rows, thread, threads); r < to; r++) {
    const offset = r * bytes;
    const row = x + offset;
    const slope = dy + offset;
    const out = dx + offset;
    const factor = groupRow(factors, r, every, groups, side);
    const m = v128.load_splat<f32>(stats + (r << 3));
    const s = v128.load_splat<f32>(stats + (r << 3), 4);
    let plain = splat(0);
    let tilted = splat(0);
    for (let at = 0; at < bytes; at += 16) {
      let g = v128.load(slope + at);
      if (factor !== 0) g = f32x4.mul(g, f32x4.add(base, v128.load(factor + at)));
      const n = f32x4.mul(f32x4.sub(v128.load(row + at), m), s);
      plain = f32x4.add(plain, keepSome(g, (bytes - at) >> 2));
      tilted = f32x4.add(tilted, keepSome(f32x4.mul(g, n), (bytes - at) >> 2));
    }
    const a = splat(kind === LAYER_NORM ? sumLanes(plain) / (columns as f32) : 0);
    const b = splat(-sumLanes(tilted) / (columns as f32));
    for (let at = 0; at < bytes; at += 16) {
      let g = v128.load(slope + at);
      if (factor !== 0) g = f32x4.mul(g, f32x4.add(base, v128.load(factor + at)));
      const n = f32x4.mul(f32x4.sub(v128.load(row + at), m), s);
      let d = f32x4.mul(madd(n, b, f32x4.sub(g, a)), s);
      if (addend !== 0) d = f32x4.add(d, v128.load(addend + offset + at));
      storeSome(out + at, d, (bytes - at) >> 2);
    }
  }
}

/** Words: x, stats, dy, dFactor, dShift, side, every, groups, rows, columns. Threads share groups × strips of 8 columns. */
export function rowNormFactorGradient(words: usize, thread: i32, threads: i32): void {
  const x = load<usize>(words);
  const stats = load<usize>(words, 4);
  const dy = load<usize>(words, 8);
  const dFactor = load<usize>(words, 12);
  const dShift = load<usize>(words, 16);
  const side = load<i32>(words, 20) << 2;
  const every = load<i32>(words, 24);
  const groups = load<i32>(words, 28);
  const rows = load<i32>(words, 32);
  const columns = load<i32>(words, 36);
  const strips = (columns + 7) >> 3;
  const bytes = columns << 2;
  const to = share(groups * strips, thread + 1, threads);
  for (let item = share(groups * strips, thread, threads); item < to; item++) {
    const group = item / strips;
    const strip = item - group * strips;
    const across = strip << 5;
    let f0 = splat(0), f1 = f0, s0 = f0, s1 = f0;
    for (let first = group * every; first < rows; first += groups * every) {
      const end = min(first + every, rows);
      for (let r = first; r < end; r++) {
        const at = r * bytes + across;
        const m = v128.load_splat<f32>(stats + (r << 3));
        const s = v128.load_splat<f32>(stats + (r << 3), 4);
        const d0 = v128.load(dy + at), d1 = v128.load(dy + at, 16);
        s0 = f32x4.add(s0, d0);
        s1 = f32x4.add(s1, d1);
        f0 = madd(d0, f32x4.mul(f32x4.sub(v128.load(x + at), m), s), f0);
        f1 = madd(d1, f32x4.mul(f32x4.sub(v128.load(x + at, 16), m), s), f1);
      }
    }
    const out = group * side + across;
    const left = columns - (strip << 3);
    if (dFactor !== 0) storeEight(dFactor + out, f0, f1, left);
    if (dShift !== 0) storeEight(dShift + out, s0, s1, left);
  }
}

// @ts-ignore: decorator
@inline
function storeEight(at: usize, a: v128, b: v128, left: i32): void {
  storeSome(at, a, left);
  if (left > 4) storeSome(at + 16, b, left - 4);
}

/** Words: x, factor, shift, base, side, every, groups, addend, out, rows, columns. */
export function modulate(words: usize, thread: i32, threads: i32): void {
  const x = load<usize>(words);
  const factors = load<usize>(words, 4);
  const shifts = load<usize>(words, 8);
  const base = v128.load_splat<f32>(words, 12);
  const side = load<i32>(words, 16) << 2;
  const every = load<i32>(words, 20);
  const groups = load<i32>(words, 24);
  const addend = load<usize>(words, 28);
  const out = load<usize>(words, 32);
  const rows = load<i32>(words, 36);
  const bytes = load<i32>(words, 40) << 2;
  const to = share(rows, thread + 1, threads);
  for (let r = share(rows, thread, threads); r < to; r++) {
    const offset = r * bytes;
    const factor = groupRow(factors, r, every, groups, side);
    const shift = groupRow(shifts, r, every, groups, side);
    for (let at = 0; at < bytes; at += 16) {
      const f = factor !== 0 ? f32x4.add(base, v128.load(factor + at)) : base;
      let y = f32x4.mul(v128.load(x + offset + at), f);
      if (shift !== 0) y = f32x4.add(y, v128.load(shift + at));
      if (addend !== 0) y = f32x4.add(y, v128.load(addend + offset + at));
      storeSome(out + offset + at, y, (bytes - at) >> 2);
    }
  }
}

/** Words: x, y, out, side, every, groups, rows, columns. Threads share groups × strips of 8 columns. */
export function groupSums(words: usize, thread: i32, threads: i32): void {
  const x = load<usize>(words);
  const y = load<usize>(words, 4);
  const sums = load<usize>(words, 8);
  const side = load<i32>(words, 12) << 2;
  const every = load<i32>(words, 16);
  const groups = load<i32>(words, 20);
  const rows = load<i32>(words, 24);
  const columns = load<i32>(words, 28);
  const strips = (columns + 7) >> 3;
  const bytes = columns << 2;
  const to = share(groups * strips, thread + 1, threads);
  for (let item = share(groups * strips, thread, threads); item < to; item++) {
    const group = item / strips;
    const strip = item - group * strips;
    const across = strip << 5;
    let s0 = splat(0), s1 = s0;
    for (let first = group * every; first < rows; first += groups * every) {
      const end = min(first + every, rows);
      for (let r = first; r < end; r++) {
        const at = r * bytes + across;
        if (y !== 0) {
          s0 = madd(v128.load(x + at), v128.load(y + at), s0);
          s1 = madd(v128.load(x + at, 16), v128.load(y + at, 16), s1);
        } else {
          s0 = f32x4.add(s0, v128.load(x + at));
          s1 = f32x4.add(s1, v128.load(x + at, 16));
        }
      }
    }
    storeEight(sums + group * side + across, s0, s1, columns - (strip << 3));
  }
}
