/**
 * @file Matrix products C = op(A) · op(B) in the three layouts, with a fused end: C = act((A·B + bias) · factor + addend).
 *
 * A 4 × 8 tile of C lives in eight registers, with room for what one depth loads. B comes in panels of eight columns, packed when that pays. Threads share the
 * tiles of C, so an entry's sum is formed by one thread in one order: the bits do not depend on the number of threads.
 */
import { madd } from './simd';
import { siluOfRow } from './elementwise';
import { ROOM_A, SCRATCH_A, SCRATCH_B, SCRATCH_TILE, scratchOf } from './scratch';

/** Depth that is multiplied at a time, so that a panel of B stays in the first cache. */
const KC: i32 = 512;

/** Columns packed at a time. */
const NC: i32 = 64;

const MR: i32 = 4;
const NR: i32 = 8;

/** B is used in place when it is at most this long a row. */
const DIRECT_COLUMNS: i32 = 512;

// @ts-ignore: decorator
@inline
function min32(a: i32, b: i32): i32 {
  return a < b ? a : b;
}

/** tile[4 × 8] = Σ_k a_i[k] · b[k], A by rows; rows past the last one repeat it. */
// Called from several places it would become a function of its own, which V8 runs a fifth slower.
// @ts-ignore: decorator
@inline
export function tileByRows(a: usize, lda: i32, rows: i32, b: usize, ldb: i32, depth: i32, tile: usize): void {
  let a0 = a;
  let a1 = rows > 1 ? a + lda : a;
  let a2 = rows > 2 ? a1 + lda : a1;
  let a3 = rows > 3 ? a2 + lda : a2;
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  for (let k = depth; k > 0; k--) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    b += ldb;
    let x = v128.load_splat<f32>(a0); c00 = madd(x, b0, c00); c01 = madd(x, b1, c01);
    x = v128.load_splat<f32>(a1); c10 = madd(x, b0, c10); c11 = madd(x, b1, c11);
    x = v128.load_splat<f32>(a2); c20 = madd(x, b0, c20); c21 = madd(x, b1, c21);
    x = v128.load_splat<f32>(a3); c30 = madd(x, b0, c30); c31 = madd(x, b1, c31);
    a0 += 4; a1 += 4; a2 += 4; a3 += 4;
  }
  v128.store(tile, c00); v128.store(tile, c01, 16); v128.store(tile, c10, 32); v128.store(tile, c11, 48);
  v128.store(tile, c20, 64); v128.store(tile, c21, 80); v128.store(tile, c30, 96); v128.store(tile, c31, 112);
}

/** tile[4 × 8] = Σ_k a[k][0 … 3] · b[k], A by columns: four neighbours at each depth. */
// @ts-ignore: decorator
@inline
export function tileByColumns(a: usize, lda: i32, b: usize, ldb: i32, depth: i32, tile: usize): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  for (let k = depth; k > 0; k--) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    b += ldb;
    let x = v128.load_splat<f32>(a); c00 = madd(x, b0, c00); c01 = madd(x, b1, c01);
    x = v128.load_splat<f32>(a, 4); c10 = madd(x, b0, c10); c11 = madd(x, b1, c11);
    x = v128.load_splat<f32>(a, 8); c20 = madd(x, b0, c20); c21 = madd(x, b1, c21);
    x = v128.load_splat<f32>(a, 12); c30 = madd(x, b0, c30); c31 = madd(x, b1, c31);
    a += lda;
  }
  v128.store(tile, c00); v128.store(tile, c01, 16); v128.store(tile, c10, 32); v128.store(tile, c11, 48);
  v128.store(tile, c20, 64); v128.store(tile, c21, 80); v128.store(tile, c30, 96); v128.store(tile, c31, 112);
}

/**
 * c[4 × 8] = Σ_k a_i[k] · b[k] (+ c where `old`) (+ bias) (+ addend), whole tiles only: the sums go to their places from the registers.
 * `turned`: A by columns, four neighbours at each depth. bias and addend may be 0 (none).
 */
// @ts-ignore: decorator
@inline
export function wholeTile(
  turned: bool, a: usize, lda: i32, b: usize, ldb: i32, depth: i32, c: usize, stride: i32, old: bool, bias: usize, addend: usize, side: i32,
): void {
  let a0 = a;
  let a1 = a + lda;
  let a2 = a1 + lda;
  let a3 = a2 + lda;
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  for (let k = depth; k > 0; k--) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    b += ldb;
    if (turned) {
      let x = v128.load_splat<f32>(a0); c00 = madd(x, b0, c00); c01 = madd(x, b1, c01);
      x = v128.load_splat<f32>(a0, 4); c10 = madd(x, b0, c10); c11 = madd(x, b1, c11);
      x = v128.load_splat<f32>(a0, 8); c20 = madd(x, b0, c20); c21 = madd(x, b1, c21);
      x = v128.load_splat<f32>(a0, 12); c30 = madd(x, b0, c30); c31 = madd(x, b1, c31);
      a0 += lda;
    } else {
      let x = v128.load_splat<f32>(a0); c00 = madd(x, b0, c00); c01 = madd(x, b1, c01);
      x = v128.load_splat<f32>(a1); c10 = madd(x, b0, c10); c11 = madd(x, b1, c11);
      x = v128.load_splat<f32>(a2); c20 = madd(x, b0, c20); c21 = madd(x, b1, c21);
      x = v128.load_splat<f32>(a3); c30 = madd(x, b0, c30); c31 = madd(x, b1, c31);
      a0 += 4; a1 += 4; a2 += 4; a3 += 4;
    }
  }
  const r1 = c + stride, r2 = c + 2 * stride, r3 = c + 3 * stride;
  if (old) {
    c00 = f32x4.add(c00, v128.load(c)); c01 = f32x4.add(c01, v128.load(c, 16));
    c10 = f32x4.add(c10, v128.load(r1)); c11 = f32x4.add(c11, v128.load(r1, 16));
    c20 = f32x4.add(c20, v128.load(r2)); c21 = f32x4.add(c21, v128.load(r2, 16));
    c30 = f32x4.add(c30, v128.load(r3)); c31 = f32x4.add(c31, v128.load(r3, 16));
  }
  if (bias !== 0) {
    const x = v128.load(bias), y = v128.load(bias, 16);
    c00 = f32x4.add(c00, x); c01 = f32x4.add(c01, y); c10 = f32x4.add(c10, x); c11 = f32x4.add(c11, y);
    c20 = f32x4.add(c20, x); c21 = f32x4.add(c21, y); c30 = f32x4.add(c30, x); c31 = f32x4.add(c31, y);
  }
  if (addend !== 0) {
    let d = addend;
    c00 = f32x4.add(c00, v128.load(d)); c01 = f32x4.add(c01, v128.load(d, 16)); d += side;
    c10 = f32x4.add(c10, v128.load(d)); c11 = f32x4.add(c11, v128.load(d, 16)); d += side;
    c20 = f32x4.add(c20, v128.load(d)); c21 = f32x4.add(c21, v128.load(d, 16)); d += side;
    c30 = f32x4.add(c30, v128.load(d)); c31 = f32x4.add(c31, v128.load(d, 16));
  }
  v128.store(c, c00); v128.store(c, c01, 16); v128.store(r1, c10); v128.store(r1, c11, 16);
  v128.store(r2, c20); v128.store(r2, c21, 16); v128.store(r3, c30); v128.store(r3, c31, 16);
}

/** Copies columns j … j + 7 of a row-major B, depth rows, into a panel; columns past the end read what follows and are dropped later. */
function packPlain(b: usize, ldb: i32, depth: i32, panel: usize): void {
  for (let k = depth; k > 0; k--) {
    v128.store(panel, v128.load(b));
    v128.store(panel, v128.load(b, 16), 16);
    b += ldb;
    panel += 32;
  }
}

// @ts-ignore: decorator
@inline
export function transpose4(r0: usize, r1: usize, r2: usize, r3: usize, to: usize, ldt: usize): void {
  const x0 = v128.load(r0), x1 = v128.load(r1), x2 = v128.load(r2), x3 = v128.load(r3);
  const a0 = v128.shuffle<f32>(x0, x1, 0, 4, 1, 5), a1 = v128.shuffle<f32>(x0, x1, 2, 6, 3, 7);
  const b0 = v128.shuffle<f32>(x2, x3, 0, 4, 1, 5), b1 = v128.shuffle<f32>(x2, x3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(a0, b0, 0, 1, 4, 5));
  v128.store(to + ldt, v128.shuffle<f32>(a0, b0, 2, 3, 6, 7));
  v128.store(to + 2 * ldt, v128.shuffle<f32>(a1, b1, 0, 1, 4, 5));
  v128.store(to + 3 * ldt, v128.shuffle<f32>(a1, b1, 2, 3, 6, 7));
}

/** Copies eight rows (columns of Bᵀ) from depth k on into a panel; `count` of them exist, the last one stands in for the rest. */
export function packTransposed(b: usize, ldb: i32, count: i32, depth: i32, panel: usize): void {
  let r0 = b;
  let r1 = count > 1 ? r0 + ldb : r0;
  let r2 = count > 2 ? r1 + ldb : r1;
  let r3 = count > 3 ? r2 + ldb : r2;
  let r4 = count > 4 ? r3 + ldb : r3;
  let r5 = count > 5 ? r4 + ldb : r4;
  let r6 = count > 6 ? r5 + ldb : r5;
  let r7 = count > 7 ? r6 + ldb : r6;
  let k = depth;
  for (; k >= 4; k -= 4) {
    transpose4(r0, r1, r2, r3, panel, 32);
    transpose4(r4, r5, r6, r7, panel + 16, 32);
    r0 += 16; r1 += 16; r2 += 16; r3 += 16; r4 += 16; r5 += 16; r6 += 16; r7 += 16;
    panel += 128;
  }
  for (; k > 0; k--) {
    store<f32>(panel, load<f32>(r0)); store<f32>(panel, load<f32>(r1), 4);
    store<f32>(panel, load<f32>(r2), 8); store<f32>(panel, load<f32>(r3), 12);
    store<f32>(panel, load<f32>(r4), 16); store<f32>(panel, load<f32>(r5), 20);
    store<f32>(panel, load<f32>(r6), 24); store<f32>(panel, load<f32>(r7), 28);
    r0 += 4; r1 += 4; r2 += 4; r3 += 4; r4 += 4; r5 += 4; r6 += 4; r7 += 4;
    panel += 32;
  }
}

/** Copies four columns of A at each depth side by side. */
function packFour(a: usize, lda: i32, depth: i32, to: usize): void {
  for (let k = depth; k > 0; k--) {
    v128.store(to, v128.load(a));
    a += lda;
    to += 16;
  }
}

/** The end of the product in hand; one set per thread, as every thread has its own instance. */
let endBias: usize = 0;
let endFactor: usize = 0;
let endAddend: usize = 0;
let endOut: usize = 0;
let endStride: i32 = 0;
let endSide: i32 = 0;
let endRows: usize = 0;
let endSilu: bool = false;
let endY: usize = 0;
let endSlope: usize = 0;

/** Moves a finished or partial tile into C. */
function finish(tile: usize, i: i32, j: i32, rows: i32, columns: i32, first: bool, last: bool): void {
  const across = (j as usize) << 2;
  const bias = last && endBias !== 0 ? endBias + across : 0;
  const width = (columns as usize) << 2;
  for (let r = 0; r < rows; r++) {
    const c = endOut + (i + r) * endStride + across;
    const factor = last && endFactor !== 0 ? endFactor + (i + r) * endSide + across : 0;
    let addend: usize = 0;
    if (last && endAddend !== 0) {
      const row = endRows !== 0 ? load<i32>(endRows + ((i + r) << 2)) : i + r;
      addend = endAddend + row * endSide + across;
    }
    if (columns === NR) {
      let x = v128.load(tile);
      let y = v128.load(tile, 16);
      if (!first) { x = f32x4.add(x, v128.load(c)); y = f32x4.add(y, v128.load(c, 16)); }
      if (bias !== 0) { x = f32x4.add(x, v128.load(bias)); y = f32x4.add(y, v128.load(bias, 16)); }
      if (factor !== 0) { x = f32x4.mul(x, v128.load(factor)); y = f32x4.mul(y, v128.load(factor, 16)); }
      if (addend !== 0) { x = f32x4.add(x, v128.load(addend)); y = f32x4.add(y, v128.load(addend, 16)); }
      v128.store(c, x);
      v128.store(c, y, 16);
    } else {
      for (let q: usize = 0; q < width; q += 4) {
        let x = load<f32>(tile + q);
        if (!first) x += load<f32>(c + q);
        if (bias !== 0) x += load<f32>(bias + q);
        if (factor !== 0) x *= load<f32>(factor + q);
        if (addend !== 0) x += load<f32>(addend + q);
        store<f32>(c + q, x);
      }
    }
    tile += 32;
  }
}

/** SiLU and slope of finished rows i … and columns from … to of C, while they are near. */
function siluOfRows(i: i32, rows: i32, from: i32, to: i32): void {
  const width = (to - from) << 2;
  for (let r = i; r < i + rows; r++) {
    const place = r * endStride + (from << 2);
    siluOfRow(endOut + place, endY + place, endSlope !== 0 ? endSlope + place : 0, width);
  }
}

/**
 * C [m, n] = (op(A) · op(B) + bias) · factor + addend; bias, factor and addend may be 0 (none).
 *
 * Words: layout, A, lda, B, ldb, C, ldc, m, n, k, bias, factor, addend, side, rows. Layout 0: A [m, k], B [k, n];
 * 1: A [m, k], B [n, k]; 2: A [k, m], B [k, n]. Strides count floats; factor and addend have stride `side`; row i of the
 * addend is row rows[i] of its buffer where `rows` is given.
 */
export function gemm(words: usize, thread: i32, threads: i32): void {
  endOut = load<usize>(words, 20);
  endStride = load<i32>(words, 24) << 2;
  endBias = load<usize>(words, 40);
  endFactor = load<usize>(words, 44);
  endAddend = load<usize>(words, 48);
  endSide = load<i32>(words, 52) << 2;
  endRows = load<usize>(words, 56);
  endSilu = false;
  multiply(
    load<i32>(words), load<usize>(words, 4), load<i32>(words, 8) << 2, load<usize>(words, 12), load<i32>(words, 16) << 2,
    load<i32>(words, 28), load<i32>(words, 32), load<i32>(words, 36), thread, threads,
  );
}

/**
 * y = SiLU(op(A) · op(B) + bias + addend) and its slope. Words: layout, A, lda, B, ldb, c (or 0), y, slope (or 0), ldc, m, n, k,
 * bias, addend, side, rows.
 */
export function gemmSilu(words: usize, thread: i32, threads: i32): void {
  endY = load<usize>(words, 24);
  endOut = load<usize>(words, 20);
  if (endOut === 0) endOut = endY;
  endSlope = load<usize>(words, 28);
  endStride = load<i32>(words, 32) << 2;
  endBias = load<usize>(words, 48);
  endFactor = 0;
  endAddend = load<usize>(words, 52);
  endSide = load<i32>(words, 56) << 2;
  endRows = load<usize>(words, 60);
  endSilu = true;
  multiply(
    load<i32>(words), load<usize>(words, 4), load<i32>(words, 8) << 2, load<usize>(words, 12), load<i32>(words, 16) << 2,
    load<i32>(words, 36), load<i32>(words, 40), load<i32>(words, 44), thread, threads,
  );
}

function multiply(
  layout: i32, a: usize, strideA: i32, b: usize, strideB: i32, m: i32, n: i32, k: i32, thread: i32, threads: i32,
): void {
  const tilesM = (m + MR - 1) / MR;
  const tilesN = (n + NR - 1) / NR;
  const splitColumns = tilesN >= tilesM || tilesN >= 16 * threads;
  const fromI = splitColumns ? 0 : ((tilesM * thread) / threads) * MR;
  const toI = splitColumns ? m : min32(m, ((tilesM * (thread + 1)) / threads) * MR);
  const fromJ = splitColumns ? ((tilesN * thread) / threads) * NR : 0;
  const toJ = splitColumns ? min32(n, ((tilesN * (thread + 1)) / threads) * NR) : n;
  if (fromI >= toI || fromJ >= toJ) return;
  const scratch = scratchOf(thread);
  const panels = scratch + SCRATCH_B;
  const packedA = scratch + SCRATCH_A;
  const tile = scratch + SCRATCH_TILE;
  const direct = layout !== 1 && (n <= DIRECT_COLUMNS || toI - fromI <= 12);
  // An addend in C's own place would be lost to the first depth's part of the sum, so the sum begins with it.
  const onto = k > KC && endAddend !== 0 && endAddend === endOut;
  if (onto) endAddend = 0;
  const plainEnd = endFactor === 0 && endRows === 0;
  const packA = layout === 2 && toJ - fromJ >= 128 && ((toI - fromI + MR) * min32(KC, k)) << 2 <= ROOM_A;
  for (let k0 = 0; k0 < k; k0 += KC) {
    const depth = min32(KC, k - k0);
    const first = k0 === 0 && !onto;
    const last = k0 + depth >= k;
    const rowA = a + k0 * (layout === 2 ? strideA : 4);
    const rowB = b + k0 * (layout === 1 ? 4 : strideB);
    for (let j0 = fromJ; j0 < toJ; j0 += NC) {
      const j1 = min32(toJ, j0 + NC);
      if (!direct) {
        let panel = panels;
        for (let j = j0; j < j1; j += NR) {
          if (layout === 1) packTransposed(rowB + j * strideB, strideB, j1 - j, depth, panel);
          else packPlain(rowB + (j << 2), strideB, depth, panel);
          panel += depth << 5;
        }
      }
      for (let i = fromI; i < toI; i += MR) {
        const rows = min32(MR, toI - i);
        let ai = layout === 2 ? rowA + (i << 2) : rowA + i * strideA;
        let step = strideA;
        if (packA) {
          const packed = packedA + (i - fromI) * (depth << 2);
          if (j0 === fromJ) packFour(ai, strideA, depth, packed);
          ai = packed;
          step = 16;
        }
        for (let j = j0; j < j1; j += NR) {
          const bj = direct ? rowB + (j << 2) : panels + ((j - j0) >> 3) * (depth << 5);
          const stepB = direct ? strideB : 32;
          if (rows === MR && toJ - j >= NR && plainEnd) {
            const across = (j as usize) << 2;
            const c = endOut + i * endStride + across;
            const bias = last && endBias !== 0 ? endBias + across : 0;
            const addend = last && endAddend !== 0 ? endAddend + i * endSide + across : 0;
            if (layout === 2) wholeTile(true, ai, step, bj, stepB, depth, c, endStride, !first, bias, addend, endSide);
            else wholeTile(false, ai, step, bj, stepB, depth, c, endStride, !first, bias, addend, endSide);
            continue;
          }
          if (layout === 2) tileByColumns(ai, step, bj, stepB, depth, tile);
          else tileByRows(ai, step, rows, bj, stepB, depth, tile);
          finish(tile, i, j, rows, min32(NR, toJ - j), first, last);
        }
        if (last && endSilu) siluOfRows(i, rows, j0, j1);
      }
    }
  }
}
