/** @file The kernels of networks on counts and of the flow: products, batch norm, likelihood, AdamW, noise, labels, draws. */
import type { KernelTable } from './argument.ts';

/** Numbers 1 to 31. Matrices are row-major float32 unless told otherwise; references.ts says what each computes. */
export const COUNT_KERNELS = {
  /**
   * c [m, n] = (op(a) · op(b) + bias) · factor + addend; layout 0: a [m, k], b [k, n]; 1: b [n, k]; 2: a [k, m].
   * The addend may be c itself, without `rows` and, where k > 512, without factor.
   */
  gemm: {
    layout: 'int',
    a: 'in',
    lda: 'int',
    b: 'in',
    ldb: 'int',
    c: 'out',
    ldc: 'int',
    m: 'int',
    n: 'int',
    k: 'int',
    bias: 'in?',
    factor: 'in?',
    addend: 'in?',
    side: 'int',
    rows: 'in?',
  },
  /** logs = log1p(values), over the entries that indptr [rows + 1] tells. */
  csrLog: { values: 'in', logs: 'out', indptr: 'in', rows: 'int' },
  /** The batch by genes: starts [genes + 1], cells and values by gene, cells ascending. */
  csrTranspose: {
    indptr: 'in',
    indices: 'in',
    logs: 'in',
    rows: 'int',
    genes: 'int',
    starts: 'out',
    cells: 'out',
    values: 'out',
  },
  /** y [rows, width] = X · weight + bias; weight in panels of 32 columns, [⌈width/32⌉, genes, 32]. */
  csrAffine: {
    indptr: 'in',
    indices: 'in',
    logs: 'in',
    rows: 'int',
    weight: 'in',
    bias: 'in',
    y: 'out',
    width: 'int',
    genes: 'int',
  },
  /** dw = Xᵀ · dy in the same panels, from the batch by genes. */
  csrWeightGradient: {
    starts: 'in',
    cells: 'in',
    values: 'in',
    genes: 'int',
    dy: 'in',
    dw: 'out',
    width: 'int',
    rows: 'int',
  },
  /** out = ELU(batch norm of x) with batch statistics, which are stored and moved into the running ones; columns ≥ 4. */
  batchNormElu: {
    x: 'in',
    gamma: 'in',
    beta: 'in',
    runningMean: 'inout',
    runningVariance: 'inout',
    mean: 'out',
    scale: 'out',
    out: 'out',
    rows: 'int',
    columns: 'int',
  },
  /** out = ELU(batch norm of x) with the running statistics; columns ≥ 4. */
  batchNormEluEval: {
    x: 'in',
    gamma: 'in',
    beta: 'in',
    runningMean: 'in',
    runningVariance: 'in',
    out: 'out',
    rows: 'int',
    columns: 'int',
  },
  /** Backward of batchNormElu. */
  batchNormEluGradient: {
    x: 'in',
    mean: 'in',
    scale: 'in',
    gamma: 'in',
    out: 'in',
    dOut: 'in',
    dx: 'out',
    dGamma: 'out',
    dBeta: 'out',
    rows: 'int',
    columns: 'int',
  },
  /** Softmax of each row, in place. */
  softmaxRows: { x: 'inout', rows: 'int', columns: 'int' },
  /** Softmax × library → negative binomial; logits become their gradients; partial sums per block of 16 rows (float64 loss). */
  negativeBinomial: {
    logits: 'inout',
    theta: 'in',
    indptr: 'in',
    indices: 'in',
    values: 'in',
    library: 'in',
    cells: 'in',
    partialTheta: 'out?',
    partialBias: 'out?',
    partialLoss: 'out',
    rows: 'int',
    genes: 'int',
  },
  /** out[g] = Σ_blocks partial[block, g] · factor[g] · scale, divided by the number at `cells` unless null. */
  sumBlocks: {
    partial: 'in',
    out: 'out',
    factor: 'in?',
    blocks: 'int',
    genes: 'int',
    scale: 'float',
    cells: 'in?',
  },
  /** y = x σ(x), slope = its derivative. */
  silu: { x: 'in', y: 'out', slope: 'out?', count: 'int' },
  /** y = e^x, x held in −87 … 88. */
  exponential: { x: 'in', y: 'out', count: 'int' },
  /** out = x + c · y. */
  addScaled: { x: 'in', y: 'in', out: 'out', count: 'int', c: 'float' },
  /** out = base + Σ coefficients[i] · k_i over `terms` ≤ 7 of them. */
  combine: {
    base: 'in',
    out: 'out',
    count: 'int',
    terms: 'int',
    coefficients: 'in',
    k0: 'in?',
    k1: 'in?',
    k2: 'in?',
    k3: 'in?',
    k4: 'in?',
    k5: 'in?',
    k6: 'in?',
  },
  /** sums[j] = copy[j] = Σ_i x[i, j]. */
  columnSums: {
    x: 'in',
    stride: 'int',
    sums: 'out',
    copy: 'out?',
    rows: 'int',
    columns: 'int',
  },
  /** d = 2 (v − target) / count; partial float64 sums of squares per 16 rows. */
  squaredError: { v: 'in', target: 'in', d: 'out?', partial: 'out', rows: 'int', columns: 'int' },
  /** out = Σ partial · scale (/ the number at `cells`); the same is added to the float64 at `total`. */
  sumPartials: {
    partial: 'in',
    count: 'int',
    out: 'out',
    scale: 'float',
    cells: 'in?',
    total: 'inout?',
  },
  /** partial[i] = float64 sum of squares of 16384 entries of g; count is a multiple of 4. */
  sumSquares: { g: 'in', count: 'int', partial: 'out' },
  /** AdamW on a range of the flat vectors, with clipping by the norm of the partial sums; count is a multiple of 4. */
  adamw: {
    p: 'inout',
    g: 'in',
    m: 'inout',
    v: 'inout',
    average: 'inout?',
    count: 'int',
    settings: 'in',
    partial: 'in',
    chunks: 'int',
  },
  /** out[j] = entry j of normalsAt(seed, stream, row); key holds seed low, seed high, stream, row. */
  rowNormals: { out: 'out', count: 'int', key: 'in' },
  /** Sinusoidal features of float64 times; speeds are float64 turns per unit of time. */
  timeFeatures: { times: 'in', speeds: 'in', out: 'out', rows: 'int', half: 'int' },
  /** Points and velocities on the straight paths from noise to latents[cells]. */
  pathPoint: {
    latents: 'in',
    cells: 'in',
    noise: 'in',
    times: 'in',
    x: 'out',
    target: 'out',
    rows: 'int',
    dims: 'int',
    sigma: 'float',
  },
  /** x[i] += table[codes[cells[i]]] where masks[i] has the bit. */
  addLabelRows: {
    x: 'inout',
    table: 'in',
    codes: 'in',
    cells: 'in',
    masks: 'in',
    bit: 'int',
    rows: 'int',
    width: 'int',
  },
  /** Gradient of the table of addLabelRows. */
  labelGradient: {
    dx: 'in',
    dTable: 'out',
    codes: 'in',
    cells: 'in',
    masks: 'in',
    bit: 'int',
    rows: 'int',
    width: 'int',
    categories: 'int',
  },
  /** out[i] = SiLU(x[pick[i]] + table[condition[i]]). */
  siluOfSum: {
    x: 'in',
    pick: 'in',
    table: 'in',
    side: 'int',
    condition: 'in',
    out: 'out',
    rows: 'int',
    width: 'int',
  },
  /** out[i] = Σ_b coefficients[b, i] · SiLU(h[b · rows + i]). */
  mixSilu: { h: 'in', coefficients: 'in', out: 'out', branches: 'int', rows: 'int', width: 'int' },
  /** x[i, columns − 1] = values[i]. */
  setLastColumn: { x: 'inout', values: 'in', rows: 'int', columns: 'int' },
  /** Float64 sums of (err / (atol + rtol · max(|x|, |y|)))², one per 1024 entries. */
  errorSquares: {
    err: 'in',
    x: 'in',
    y: 'in',
    count: 'int',
    atol: 'float',
    rtol: 'float',
    partial: 'out',
  },
  /** to = from. */
  copy: { from: 'in', to: 'out', count: 'int' },
  /** Negative binomial counts of cells, sparse: counts[r] entries from the beginning of row r of indices and values. */
  drawCounts: {
    shares: 'in',
    theta: 'in',
    library: 'in',
    keys: 'in',
    rows: 'int',
    genes: 'int',
    indices: 'out',
    values: 'out',
    counts: 'out',
  },
} as const satisfies KernelTable;
