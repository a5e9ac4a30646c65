/**
 * @file The first layer on sparse counts: rows of a batch, log1p, transpose of a batch, X · W + b and Xᵀ · dY.
 *
 * W is kept in panels of 32 columns, [panels, genes, 32]: one panel stays in the second cache while all cells pass over it.
 */
import { logOnePlus4, madd, splat } from './simd';
import { scratchOf, share } from './scratch';

const PANEL: i32 = 32;

/** Columns of the product at a time. */
const STRIP: i32 = 16;

/**
 * Rows of a matrix, put together. Words: sourceIndptr, sourceIndices, sourceValues, sourceTotals, picked, cells (address), rows,
 * indptr, indices, values, totals. Threads share the rows; each finds by itself where its first one begins.
 */
export function csrPick(words: usize, thread: i32, threads: i32): void {
  const starts = load<usize>(words);
  const genes = load<usize>(words, 4);
  const entries = load<usize>(words, 8);
  const sizes = load<usize>(words, 12);
  const picked = load<usize>(words, 16);
  const rows = load<i32>(words, 24);
  const used = min(load<i32>(load<usize>(words, 20)), rows);
  const indptr = load<usize>(words, 28);
  const indices = load<usize>(words, 32);
  const values = load<usize>(words, 36);
  const totals = load<usize>(words, 40);
  const from = share(rows, thread, threads);
  const to = share(rows, thread + 1, threads);
  let at = 0;
  for (let r = 0; r < to; r++) {
    let count = 0;
    let total: f32 = 1;
    if (r < used) {
      const row = load<i32>(picked + (r << 2)) << 2;
      const begin = load<i32>(starts + row);
      count = load<i32>(starts + row, 4) - begin;
      total = load<f32>(sizes + row);
      if (r >= from) {
        memory.copy(indices + (at << 2), genes + (begin << 2), count << 2);
        memory.copy(values + (at << 2), entries + (begin << 2), count << 2);
      }
    }
    if (r >= from) {
      store<i32>(indptr + (r << 2), at);
      store<f32>(totals + (r << 2), total);
    }
    at += count;
  }
  if (thread === threads - 1) store<i32>(indptr + (rows << 2), at);
}

/** logs[k] = log(1 + values[k]) for the entries of the batch. Words: values, logs, indptr, rows. */
export function csrLog(words: usize, thread: i32, threads: i32): void {
  const values = load<usize>(words);
  const logs = load<usize>(words, 4);
  const count = load<i32>(load<usize>(words, 8) + (load<i32>(words, 12) << 2));
  const groups = (count + 3) >> 2;
  const to = share(groups, thread + 1, threads) << 4;
  for (let at = share(groups, thread, threads) << 4; at < to; at += 16) {
    v128.store(logs + at, logOnePlus4(v128.load(values + at)));
  }
}

/**
 * The batch by genes. Words: indptr, indices, logs, rows, genes, starts [genes + 1], cells [entries], values [entries].
 * Each thread places the entries of its range of genes.
 */
export function csrTranspose(words: usize, thread: i32, threads: i32): void {
  const indptr = load<usize>(words);
  const indices = load<usize>(words, 4);
  const logs = load<usize>(words, 8);
  const rows = load<i32>(words, 12);
  const genes = load<i32>(words, 16);
  const starts = load<usize>(words, 20);
  const cells = load<usize>(words, 24);
  const values = load<usize>(words, 28);
  const from = share(genes, thread, threads);
  const to = share(genes, thread + 1, threads);
  const last = thread === threads - 1;
  const end = load<i32>(indptr + (rows << 2));
  const width = (to - from) as u32;
  let before = 0;
  memory.fill(starts + (from << 2), 0, (to - from) << 2);
  for (let k = 0; k < end; k++) {
    const gene = load<i32>(indices + (k << 2)) - from;
    if (gene < 0) before++;
    else if ((gene as u32) < width) {
      const at = starts + ((gene + from) << 2);
      store<i32>(at, load<i32>(at) + 1);
    }
  }
  let sum = before;
  for (let g = from; g < to; g++) {
    const at = starts + (g << 2);
    sum += load<i32>(at);
    store<i32>(at, sum);
  }
  if (last) store<i32>(starts + (genes << 2), end);
  // Filled from the back, every place counts down to its start, and cells ascend within a gene.
  for (let r = rows - 1; r >= 0; r--) {
    const begin = load<i32>(indptr + (r << 2));
    for (let k = load<i32>(indptr + ((r + 1) << 2)) - 1; k >= begin; k--) {
      const gene = load<i32>(indices + (k << 2));
      if (gene < from || gene >= to) continue;
      const at = starts + (gene << 2);
      const place = load<i32>(at) - 1;
      store<i32>(at, place);
      store<i32>(cells + (place << 2), r);
      store<f32>(values + (place << 2), load<f32>(logs + (k << 2)));
    }
  }
}

/** Y [rows, width] = X · W + b. Words: indptr, indices, logs, rows, W, bias, Y, width, genes. */
export function csrAffine(words: usize, thread: i32, threads: i32): void {
  const indptr = load<usize>(words);
  const indices = load<usize>(words, 4);
  const logs = load<usize>(words, 8);
  const rows = load<i32>(words, 12);
  const weight = load<usize>(words, 16);
  const bias = load<usize>(words, 20);
  const y = load<usize>(words, 24);
  const width = load<i32>(words, 28);
  const genes = load<i32>(words, 32);
  // Half a panel at a time: 64 bytes of each of its rows stay in the second cache.
  const strips = (width + STRIP - 1) / STRIP;
  const row = scratchOf(thread);
  const from = share(strips * rows, thread, threads);
  const to = share(strips * rows, thread + 1, threads);
  for (let item = from; item < to; item++) {
    const strip = item / rows;
    const r = item - strip * rows;
    const w = weight + (strip >> 1) * genes * PANEL * 4 + ((strip & 1) << 6);
    let s0 = splat(0), s1 = s0, s2 = s0, s3 = s0;
    const end = load<i32>(indptr + ((r + 1) << 2)) << 2;
    // Four sums, not eight: what one step loads has to fit into the registers beside them.
    for (let k = load<i32>(indptr + (r << 2)) << 2; k < end; k += 4) {
      const x = v128.load_splat<f32>(logs + k);
      const at = w + (load<i32>(indices + k) << 7);
      s0 = madd(x, v128.load(at), s0); s1 = madd(x, v128.load(at, 16), s1);
      s2 = madd(x, v128.load(at, 32), s2); s3 = madd(x, v128.load(at, 48), s3);
    }
    v128.store(row, s0); v128.store(row, s1, 16); v128.store(row, s2, 32); v128.store(row, s3, 48);
    const first = strip * STRIP;
    const columns = min(STRIP, width - first) << 2;
    const out = y + ((r * width + first) << 2);
    const b = bias + (first << 2);
    for (let q = 0; q < columns; q += 4) store<f32>(out + q, load<f32>(row + q) + load<f32>(b + q));
  }
}

/** dW = Xᵀ · dY in panels. Words: starts, cells, values, genes, dY, dW, width, rows (≤ 16000). */
export function csrWeightGradient(words: usize, thread: i32, threads: i32): void {
  const starts = load<usize>(words);
  const cells = load<usize>(words, 4);
  const values = load<usize>(words, 8);
  const genes = load<i32>(words, 12);
  const dy = load<usize>(words, 16);
  const dw = load<usize>(words, 20);
  const width = load<i32>(words, 24);
  const rows = load<i32>(words, 28);
  const panels = (width + PANEL - 1) / PANEL;
  const near = scratchOf(thread);
  const from = share(panels * genes, thread, threads);
  const to = share(panels * genes, thread + 1, threads);
  let present = -1;
  for (let item = from; item < to; item++) {
    const panel = item / genes;
    const g = item - panel * genes;
    if (panel !== present) {
      gatherPanel(dy, width, rows, panel * PANEL, near);
      present = panel;
    }
    const begin = load<i32>(starts + (g << 2)) << 2;
    const end = load<i32>(starts + ((g + 1) << 2)) << 2;
    const out = dw + ((panel * genes + g) << 7);
    for (let side = 0; side < 128; side += 64) {
      let s0 = splat(0), s1 = s0, s2 = s0, s3 = s0;
      for (let k = begin; k < end; k += 4) {
        const x = v128.load_splat<f32>(values + k);
        const at = near + side + (load<i32>(cells + k) << 7);
        s0 = madd(x, v128.load(at), s0); s1 = madd(x, v128.load(at, 16), s1);
        s2 = madd(x, v128.load(at, 32), s2); s3 = madd(x, v128.load(at, 48), s3);
      }
      const to = out + side;
      v128.store(to, s0); v128.store(to, s1, 16); v128.store(to, s2, 32); v128.store(to, s3, 48);
    }
  }
}

/** Copies 32 columns of dY next to each other; columns past its end are 0. */
function gatherPanel(dy: usize, width: i32, rows: i32, first: i32, to: usize): void {
  const columns = min(PANEL, width - first) << 2;
  for (let r = 0; r < rows; r++) {
    memory.copy(to, dy + ((r * width + first) << 2), columns);
    memory.fill(to + columns, 0, 128 - columns);
    to += 128;
  }
}
