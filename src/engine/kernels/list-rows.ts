/** @file The kernels of deeper networks, row by row and entry by entry: norms, activations, gates, embeddings, likelihoods. */
import type { KernelTable } from './argument.ts';

/**
 * Numbers 32 to 55. Matrices are row-major float32 without gaps unless a stride is told; references-rows.ts says what each computes.
 *
 * "The group of a row" is (row / every, rounded down) mod groups: with `every` = tokens of a cell a group is a cell, with
 * every = 1 and groups = tokens it is a token, with groups = 1 it is everything. `side` is the stride from group to group.
 */
export const ROW_KERNELS = {
  /** y = SiLU(op(a) · op(b) + bias + addend), slope its derivative, c what SiLU is taken of; all with stride ldc. Else as gemm. */
  gemmSilu: {
    layout: 'int',
    a: 'in',
    lda: 'int',
    b: 'in',
    ldb: 'int',
    c: 'out?',
    y: 'out',
    slope: 'out?',
    ldc: 'int',
    m: 'int',
    n: 'int',
    k: 'int',
    bias: 'in?',
    addend: 'in?',
    side: 'int',
    rows: 'in?',
  },
  /** y = norm(x) · (base + factor[group]) + shift[group]; kind 0 layer norm, 1 RMS norm; stats [rows, 2]: mean, 1/deviation. */
  rowNorm: {
    kind: 'int',
    x: 'in',
    factor: 'in?',
    shift: 'in?',
    base: 'float',
    side: 'int',
    every: 'int',
    groups: 'int',
    y: 'out',
    stats: 'out?',
    rows: 'int',
    columns: 'int',
    epsilon: 'float',
  },
  /** dx = backward of rowNorm + addend; without factor the norm is not scaled. dx may be dy. */
  rowNormGradient: {
    kind: 'int',
    x: 'in',
    stats: 'in',
    factor: 'in?',
    base: 'float',
    side: 'int',
    every: 'int',
    groups: 'int',
    dy: 'in',
    addend: 'in?',
    dx: 'out',
    rows: 'int',
    columns: 'int',
  },
  /** dFactor[group] = Σ dy · norm(x), dShift[group] = Σ dy over the rows of the group; many rows: take parts as groups, then sumBlocks. */
  rowNormFactorGradient: {
    x: 'in',
    stats: 'in',
    dy: 'in',
    dFactor: 'out?',
    dShift: 'out?',
    side: 'int',
    every: 'int',
    groups: 'int',
    rows: 'int',
    columns: 'int',
  },
  /** out = x · (base + factor[group]) + shift[group] + addend. out may be x or addend. */
  modulate: {
    x: 'in',
    factor: 'in?',
    shift: 'in?',
    base: 'float',
    side: 'int',
    every: 'int',
    groups: 'int',
    addend: 'in?',
    out: 'out',
    rows: 'int',
    columns: 'int',
  },
  /** out[group] = Σ x (· y) over the rows of the group. */
  groupSums: {
    x: 'in',
    y: 'in?',
    out: 'out',
    side: 'int',
    every: 'int',
    groups: 'int',
    rows: 'int',
    columns: 'int',
  },
  /** y = f(x), slope = f′(x); kind is a number of ACTIVATIONS. */
  activate: { kind: 'int', x: 'in', y: 'out', slope: 'out?', count: 'int' },
  /** y [rows, width] = SiLU(a) · b; a and b have stride `side`. */
  swiglu: { a: 'in', b: 'in', side: 'int', y: 'out', rows: 'int', width: 'int' },
  /** da and db of swiglu, with stride `sideOut`. */
  swigluGradient: {
    a: 'in',
    b: 'in',
    side: 'int',
    dy: 'in',
    da: 'out',
    db: 'out',
    sideOut: 'int',
    rows: 'int',
    width: 'int',
  },
  /** dx = y (dy − Σ y dy), y the softmax of its row. dx may be dy. */
  softmaxRowsGradient: { y: 'in', dy: 'in', dx: 'out', rows: 'int', columns: 'int' },
  /** out = x · y + addend. */
  multiplyAdd: { x: 'in', y: 'in', addend: 'in?', out: 'out', count: 'int' },
  /** out = addend + factor · c · y, with the number at c. */
  addTimes: {
    y: 'in',
    c: 'in',
    factor: 'float',
    addend: 'in?',
    out: 'out',
    count: 'int',
  },
  /** out[i] = scale[i] · x[i] for every row. */
  scaleRows: { x: 'in', scale: 'in', out: 'out', rows: 'int', columns: 'int' },
  /** to[i, j] = from[i, j] for matrices of two strides. */
  copyColumns: {
    from: 'in',
    sideFrom: 'int',
    to: 'out',
    sideTo: 'int',
    rows: 'int',
    columns: 'int',
  },
  /** out[i] = table[indices[i]] (· factor[i]); rows past the number at `limit` are 0. */
  gatherRows: {
    table: 'in',
    indices: 'in',
    factor: 'in?',
    limit: 'in?',
    out: 'out',
    rows: 'int',
    width: 'int',
  },
  /** dTable[t] = Σ_k (factor[k] ·) dy[places[k]], k from starts[t] to starts[t + 1]: the rows by their index, as csrTranspose gives them. */
  gatherRowsGradient: {
    starts: 'in',
    places: 'in',
    factor: 'in?',
    dy: 'in',
    dTable: 'out',
    tableRows: 'int',
    width: 'int',
  },
  /** y = x / (1 − rate) where the counter's word is kept, 0 elsewhere; key holds seed low, seed high, stream, row. y may be x. */
  dropout: { x: 'in', y: 'out', count: 'int', rate: 'float', key: 'in', site: 'int' },
  /** average += share · (x − average), with the number at `share`. */
  movingAverage: { x: 'in', average: 'inout', count: 'int', share: 'in' },
  /** out[i] = Σ_j x[i, j] (· y[i, j]). */
  rowSums: { x: 'in', y: 'in?', out: 'out', rows: 'int', columns: 'int' },
  /** out[g] = mean of the rows starts[g] … starts[g + 1] − 1, weighed by mask; 0 where nothing weighs. */
  segmentMeans: {
    x: 'in',
    starts: 'in',
    mask: 'in?',
    out: 'out',
    groups: 'int',
    columns: 'int',
  },
  /** dx of segmentMeans. */
  segmentMeansGradient: {
    dOut: 'in',
    starts: 'in',
    mask: 'in?',
    dx: 'out',
    groups: 'int',
    columns: 'int',
  },
  /** Wide Σ x · y, one per 1024 entries; sumPartials adds them up. */
  dotProduct: { x: 'in', y: 'in', count: 'int', partial: 'out' },
  /** Bernoulli likelihood of the entries that are there; logits become their gradients; partial sums per 16 rows (wide loss). */
  bernoulli: {
    logits: 'inout',
    indptr: 'in',
    indices: 'in',
    cells: 'in',
    partialBias: 'out?',
    partialLoss: 'out',
    rows: 'int',
    genes: 'int',
  },
  /** Poisson likelihood with mean softmax × library, or e^logit without library; else as bernoulli. */
  poisson: {
    logits: 'inout',
    indptr: 'in',
    indices: 'in',
    values: 'in',
    library: 'in?',
    cells: 'in',
    partialBias: 'out?',
    partialLoss: 'out',
    rows: 'int',
    genes: 'int',
  },
} as const satisfies KernelTable;
