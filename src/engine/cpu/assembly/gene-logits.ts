/**
 * @file Logits of genes from the tokens of cells, and their gradients, a block of genes and a cell at a time.
 *
 * What a gene sees is a mixture of a cell's tokens, so the decoder's row [y | a | b] is its own row of `base` plus weights times
 * the cell's rows of `mix`: the gated layer's first product is made of tokens and genes, not of their pairs. Weights stand
 * transposed, a row per token, so that softmax runs down the rows.
 */
import { packTransposed, tileByColumns, tileByRows, transpose4, wholeTile } from './gemm';
import { gateGradient, NORM, normGradient, rowLogit, takeEnds, takeNorms } from './gene-rows';
import { exp4, madd, splat, storeSome } from './simd';
import { scratchOf, share } from './scratch';

/** Genes of a block. */
const GENES: i32 = 64;

/** Bytes from token to token in a block of weights: not a power of 2, which would crowd a few sets of the cache. */
const ROW: i32 = (GENES + 16) << 2;

/** Most tokens, and most numbers of a vector of y; the plan keeps to them. */
const TOKENS: i32 = 128;
const WIDTH: i32 = 256;

/** Places in a thread's scratch; rows of a block and packed tokens follow. */
const TILE: i32 = 0;
const PACKED_Q: i32 = 1024;
const WEIGHTS: i32 = PACKED_Q + GENES * WIDTH * 4;
const SLOPES: i32 = WEIGHTS + (TOKENS + 8) * ROW;
const NORMS: i32 = SLOPES + (TOKENS + 8) * ROW;
const ROWS: i32 = NORMS + GENES * NORM;

let near: usize = 0;
let tokens: i32 = 0;
let width: i32 = 0;
/** Numbers of a row in use, and the bytes from row to row (of base, mix, their gradients, and rows in scratch). */
let columns: i32 = 0;
let side: i32 = 0;
/** Genes of the block in hand; the first one's query and row of base. */
let count: i32 = 0;
let blockQ: usize = 0;
let blockBase: usize = 0;

function takeBlock(queries: usize, base: usize, from: i32, genes: i32): void {
  count = min(GENES, genes - from);
  blockQ = queries + from * (width << 2);
  blockBase = base + from * side;
  for (let i = 0; i < count; i += 8) {
    packTransposed(blockQ + i * (width << 2), width << 2, count - i, width, near + PACKED_Q + i * (width << 2));
  }
}

/** What every gene of the block gives to each of a cell's tokens: the softmax of query · key / √width. */
function weigh(keys: usize): void {
  const scale = splat(1 / sqrt<f32>(width as f32));
  const tile = near + TILE;
  for (let i = 0; i < count; i += 8) {
    for (let t = 0; t < tokens; t += 4) {
      const rows = min(4, tokens - t);
      tileByRows(keys + t * (width << 2), width << 2, rows, near + PACKED_Q + i * (width << 2), 32, width, tile);
      const to = near + WEIGHTS + t * ROW + (i << 2);
      // Past the last token there is room: all four rows are stored.
      for (let r = 0; r < 4; r++) {
        v128.store(to + r * ROW, f32x4.mul(v128.load(tile + (r << 5)), scale));
        v128.store(to + r * ROW, f32x4.mul(v128.load(tile + (r << 5), 16), scale), 16);
      }
    }
    softmax(near + WEIGHTS + (i << 2));
  }
}

/** Softmax of eight columns. */
function softmax(from: usize): void {
  const end = from + tokens * ROW;
  let m0 = v128.load(from), m1 = v128.load(from, 16);
  for (let at = from + ROW; at < end; at += ROW) {
    m0 = f32x4.pmax(m0, v128.load(at));
    m1 = f32x4.pmax(m1, v128.load(at, 16));
  }
  let s0 = splat(0), s1 = s0;
  for (let at = from; at < end; at += ROW) {
    const e0 = exp4(f32x4.sub(v128.load(at), m0)), e1 = exp4(f32x4.sub(v128.load(at, 16), m1));
    v128.store(at, e0);
    v128.store(at, e1, 16);
    s0 = f32x4.add(s0, e0);
    s1 = f32x4.add(s1, e1);
  }
  const f0 = f32x4.div(splat(1), s0), f1 = f32x4.div(splat(1), s1);
  for (let at = from; at < end; at += ROW) {
    v128.store(at, f32x4.mul(v128.load(at), f0));
    v128.store(at, f32x4.mul(v128.load(at, 16), f1), 16);
  }
}

/** The block's rows in scratch: base + weights · the cell's rows of mix. */
function mixRows(mix: usize): void {
  const last = blockBase + (count - 1) * side;
  for (let j = 0; j < side; j += 32) {
    for (let i = 0; i < count; i += 4) {
      const r0 = blockBase + i * side;
      const to = near + ROWS + i * side + j;
      if (count - i >= 4) {
        wholeTile(true, near + WEIGHTS + (i << 2), ROW, mix + j, side, tokens, to, side, false, 0, r0 + j, side);
        continue;
      }
      // Past the last gene its row stands in.
      for (let r = 0; r < 4; r++) {
        const from = min(r0 + r * side, last) + j;
        v128.store(to + r * side, v128.load(from));
        v128.store(to + r * side, v128.load(from, 16), 16);
      }
      wholeTile(true, near + WEIGHTS + (i << 2), ROW, mix + j, side, tokens, to, side, true, 0, 0, 0);
    }
  }
}

/** Gradients of the weights to SLOPES: the block's rows (which are gradients now) · the cell's rows of mix. */
function slopesOfWeights(mix: usize): void {
  const packed = near + ROWS + GENES * side;
  const tile = near + TILE;
  for (let t = 0; t < tokens; t += 8) {
    packTransposed(mix + t * side, side, tokens - t, columns, packed);
    for (let i = 0; i < count; i += 4) {
      tileByRows(near + ROWS + i * side, side, 4, packed, 32, columns, tile);
      const to = near + SLOPES + t * ROW + (i << 2);
      transpose4(tile, tile + 32, tile + 64, tile + 96, to, ROW);
      transpose4(tile + 16, tile + 48, tile + 80, tile + 112, to + 4 * ROW, ROW);
    }
  }
}

/** Gradients of the weights become those of query · key. */
function slopesOfScores(): void {
  const scale = splat(1 / sqrt<f32>(width as f32));
  for (let i = 0; i < count; i += 4) {
    let p = near + WEIGHTS + (i << 2);
    let d = near + SLOPES + (i << 2);
    let sum = splat(0);
    for (let t = 0; t < tokens; t++) sum = madd(v128.load(p + t * ROW), v128.load(d + t * ROW), sum);
    for (let t = tokens; t > 0; t--) {
      v128.store(d, f32x4.mul(f32x4.mul(v128.load(p), f32x4.sub(v128.load(d), sum)), scale));
      p += ROW;
      d += ROW;
    }
  }
}

/** Adds a tile to rows [rows, some] at `to`. */
function addTile(to: usize, sideTo: i32, rows: i32, some: i32): void {
  let tile = near + TILE;
  for (let r = 0; r < rows; r++) {
    storeSome(to, f32x4.add(v128.load(to), v128.load(tile)), some);
    if (some > 4) storeSome(to + 16, f32x4.add(v128.load(to, 16), v128.load(tile, 16)), some - 4);
    tile += 32;
    to += sideTo;
  }
}

/** out [tokens, all] += weights (or slopes) · rows of genes: a token's sum over the block's genes. */
function sumOverGenes(weights: usize, rows: usize, sideRows: i32, out: usize, all: i32): void {
  for (let j = 0; j < all; j += 8) {
    for (let t = 0; t < tokens; t += 4) {
      const some = min(4, tokens - t);
      const to = out + t * sideRows + (j << 2);
      if (some === 4 && all - j >= 8) {
        wholeTile(false, weights + t * ROW, ROW, rows + (j << 2), sideRows, count, to, sideRows, true, 0, 0, 0);
        continue;
      }
      tileByRows(weights + t * ROW, ROW, some, rows + (j << 2), sideRows, count, near + TILE);
      addTile(to, sideRows, some, all - j);
    }
  }
}

/** out [genes, width] += slopesᵀ · keys: a gene's sum over the cell's tokens. */
function sumOverTokens(keys: usize, out: usize): void {
  const bytes = width << 2;
  for (let i = 0; i < count; i += 4) {
    for (let j = 0; j < width; j += 8) {
      const to = out + i * bytes + (j << 2);
      if (count - i >= 4 && width - j >= 8) {
        wholeTile(true, near + SLOPES + (i << 2), ROW, keys + (j << 2), bytes, tokens, to, bytes, true, 0, 0, 0);
        continue;
      }
      tileByColumns(near + SLOPES + (i << 2), ROW, keys + (j << 2), bytes, tokens, near + TILE);
      addTile(to, bytes, min(4, count - i), width - j);
    }
  }
}

/**
 * Words: queries, keys, base, mix, side, bias, reader, head, geneBias (or 0), logits, cells, genes, tokens, width, gated.
 * Threads share blocks of genes.
 */
export function geneLogits(words: usize, thread: i32, threads: i32): void {
  const queries = load<usize>(words);
  const keys = load<usize>(words, 4);
  const base = load<usize>(words, 8);
  const mix = load<usize>(words, 12);
  side = load<i32>(words, 16) << 2;
  const geneBias = load<usize>(words, 32);
  const logits = load<usize>(words, 36);
  const cells = load<i32>(words, 40);
  const genes = load<i32>(words, 44);
  tokens = load<i32>(words, 48);
  width = load<i32>(words, 52);
  near = scratchOf(thread);
  takeEnds(width, load<i32>(words, 56), load<usize>(words, 20), load<usize>(words, 24), load<usize>(words, 28), 0);
  const blocks = (genes + GENES - 1) / GENES;
  const to = share(blocks, thread + 1, threads);
  for (let block = share(blocks, thread, threads); block < to; block++) {
    const from = block * GENES;
    takeBlock(queries, base, from, genes);
    for (let cell = 0; cell < cells; cell++) {
      weigh(keys + cell * tokens * (width << 2));
      mixRows(mix + cell * tokens * side);
      takeNorms(near + ROWS, side, count, near + NORMS);
      const out = logits + ((cell * genes + from) << 2);
      for (let i = 0; i < count; i++) {
        const more: f32 = geneBias !== 0 ? load<f32>(geneBias + ((from + i) << 2)) : 0;
        store<f32>(out + (i << 2), rowLogit(near + ROWS + i * side, near + NORMS + i * NORM) + more);
      }
    }
  }
}

/**
 * Words: queries, keys, base, mix, side, bias, reader, head, dLogits, dQueries, dBase, dKeys, dMix, sums, cells, genes, tokens,
 * width, gated, parts. Threads share parts: neighbouring blocks of genes, whose sums over genes lie apart.
 */
export function geneLogitsGradient(words: usize, thread: i32, threads: i32): void {
  const queries = load<usize>(words);
  const keys = load<usize>(words, 4);
  const base = load<usize>(words, 8);
  const mix = load<usize>(words, 12);
  side = load<i32>(words, 16) << 2;
  const dLogits = load<usize>(words, 32);
  const dQueries = load<usize>(words, 36);
  const dBase = load<usize>(words, 40);
  const dKeys = load<usize>(words, 44);
  const dMix = load<usize>(words, 48);
  const sums = load<usize>(words, 52);
  const cells = load<i32>(words, 56);
  const genes = load<i32>(words, 60);
  tokens = load<i32>(words, 64);
  width = load<i32>(words, 68);
  const gated = load<i32>(words, 72);
  const parts = load<i32>(words, 76);
  columns = width + 2 * gated;
  near = scratchOf(thread);
  const blocks = (genes + GENES - 1) / GENES;
  const bytes = width << 2;
  const sumBytes = (columns + gated) << 2;
  const to = share(parts, thread + 1, threads);
  for (let piece = share(parts, thread, threads); piece < to; piece++) {
    const dKeysPart = dKeys + piece * cells * tokens * bytes;
    const dMixPart = dMix + piece * cells * tokens * side;
    memory.fill(dKeysPart, 0, cells * tokens * bytes);
    memory.fill(dMixPart, 0, cells * tokens * side);
    memory.fill(sums + piece * sumBytes, 0, sumBytes);
    takeEnds(width, gated, load<usize>(words, 20), load<usize>(words, 24), load<usize>(words, 28), sums + piece * sumBytes);
    const end = share(blocks, piece + 1, parts);
    for (let block = share(blocks, piece, parts); block < end; block++) {
      const from = block * GENES;
      takeBlock(queries, base, from, genes);
      const dBlockQ = dQueries + from * bytes;
      const dBlock = dBase + from * side;
      memory.fill(dBlockQ, 0, count * bytes);
      memory.fill(dBlock, 0, count * side);
      for (let cell = 0; cell < cells; cell++) {
        const first = cell * tokens;
        weigh(keys + first * bytes);
        mixRows(mix + first * side);
        const slopes = dLogits + ((cell * genes + from) << 2);
        takeNorms(near + ROWS, side, count, near + NORMS);
        for (let i = 0; i < count; i++) {
          gateGradient(near + ROWS + i * side, dBlock + i * side, near + NORMS + i * NORM, load<f32>(slopes + (i << 2)));
        }
        for (let i = 0; i < count; i++) {
          normGradient(near + ROWS + i * side, dBlock + i * side, near + NORMS + i * NORM, load<f32>(slopes + (i << 2)));
        }
        slopesOfWeights(mix + first * side);
        sumOverGenes(near + WEIGHTS, near + ROWS, side, dMixPart + first * side, side >> 2);
        slopesOfScores();
        sumOverGenes(near + SLOPES, blockQ, bytes, dKeysPart + first * bytes, width);
        sumOverTokens(keys + first * bytes, dBlockQ);
      }
    }
  }
}
