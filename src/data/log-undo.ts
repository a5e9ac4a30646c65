/** @file Recognising normalised counts, with or without log1p, and turning them back into counts where that is exact. */
import type { LogUndo } from '../protocol/dataset.ts';
import type { MatrixStore } from './matrix-parts.ts';
import { forEachBlock, forEachEntry } from './matrix-store.ts';

/** What log-like values turned out to be. */
export interface LogFinding {
  /** log1p of something that sums to the same total in each cell, or of multiples of one molecule. */
  readonly logNormalised: boolean;
  /** The total to which expm1 of each cell's values sums, if it is the same for all. */
  readonly constantTotal: number | null;
  readonly undo: LogUndo | null;
}

/** An obs column that may hold library sizes over all genes. */
export interface LibraryColumn {
  readonly name: string;
  readonly values: Float64Array;
}

/** Per-cell sums over the values looked at. */
interface CellSums {
  readonly total: Float64Array;
  /** Σ expm1(x) */
  readonly linear: Float64Array;
  /** Smallest expm1(x) of a non-zero x; Infinity for an empty cell. */
  readonly smallest: Float64Array;
}

/** One way to undo: count = expm1(x) · scale[cell]. */
interface Hypothesis {
  readonly undo: LogUndo;
  readonly scale: Float64Array;
}

const libraryName =
  /^(n_?counts?|total_?counts?|n_?umis?|total_?umis?|ncount_rna|n_?molecules|library_?sizes?|lib_?sizes?|sum_?counts?|umi_?counts?|depth)$/i;

/** Whether an obs column may hold library sizes, told by its name; its values are tested afterwards. */
export function isLibraryName(name: string): boolean {
  return libraryName.test(name);
}

/** From a stored value to one in proportion to counts. */
type Inverse = (value: number) => number;

const inverses: Readonly<Record<'log' | 'linear', Inverse>> = {
  log: Math.expm1,
  linear: (value) => value,
};

/** The inverse that an undo asks for. */
export function inverseOf(undo: LogUndo): Inverse {
  return inverses[undo.linear === true ? 'linear' : 'log'];
}

async function sumCells(
  store: MatrixStore,
  inverse: Inverse,
  options: { readonly sampleEntries?: number; readonly signal?: AbortSignal },
): Promise<CellSums> {
  const cells = store.shape[0];
  const total = new Float64Array(cells);
  const linear = new Float64Array(cells);
  const smallest = new Float64Array(cells).fill(Infinity);
  const add = (value: number, cell: number): void => {
    const x = inverse(value);
    total[cell] += value;
    linear[cell] += x;
    if (x < smallest[cell]) smallest[cell] = x;
  };
  await forEachBlock(store, (block) => forEachEntry(store, block, add), options);
  return { total, linear, smallest };
}

/** Smallest non-zero value of each cell in proportion to counts, for undoing without a library column. */
export async function smallestPerCell(
  store: MatrixStore,
  undo: LogUndo,
  signal: AbortSignal,
): Promise<Float64Array> {
  return (await sumCells(store, inverseOf(undo), { signal })).smallest;
}

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};

/** The value to which all positive sums are equal within 0.1 %, or null; needs two cells. */
function constantOf(sums: Float64Array): number | null {
  const positive = Array.from(sums).filter((sum) => sum > 0);
  if (positive.length < 2) return null;
  const middle = median(positive);
  const same = positive.every((sum) => Math.abs(sum - middle) <= 1e-3 * middle);
  return same ? snap(middle) : null;
}

/** A power of ten if within 0.1 % of it, else a whole or half number (a median) if within 0.001 % of it, else the value. */
function snap(value: number): number {
  const power = 10 ** Math.round(Math.log10(value));
  if (Math.abs(value - power) <= 1e-3 * power) return power;
  const half = Math.round(2 * value) / 2;
  return Math.abs(value - half) <= 1e-5 * half ? half : value;
}

function propose(
  sums: CellSums,
  libraries: readonly LibraryColumn[],
  constantTotal: number | null,
  scaling: 'log' | 'linear',
): readonly Hypothesis[] {
  const list: Hypothesis[] = [];
  const linear = scaling === 'linear' ? ({ linear: true } as const) : {};
  for (const { name, values } of libraries) {
    const products: number[] = [];
    for (let cell = 0; cell < values.length; cell++) {
      const product = sums.smallest[cell] * values[cell];
      if (product > 0 && Number.isFinite(product)) products.push(product);
    }
    if (products.length === 0) continue;
    const targetSum = constantTotal ?? snap(median(products));
    const scale = values.map((library) => library / targetSum);
    list.push({ undo: { targetSum, totalsColumn: name, ...linear }, scale });
  }
  const scale = sums.smallest.map((smallest) => 1 / smallest);
  list.push({ undo: { targetSum: constantTotal ?? 1, totalsColumn: null, ...linear }, scale });
  return list;
}

/** Small counts show whether values are multiples of one molecule; in large ones every value is near a whole number. */
const smallCount = 20;

/** Collects evidence for and against one hypothesis. */
class Evidence {
  private failed = false;
  private informative = 0;
  private relativeError = 0;
  private largest = 0;

  constructor(
    readonly hypothesis: Hypothesis,
    private readonly inverse: Inverse,
  ) {}

  add(value: number, cell: number): void {
    if (this.failed) return;
    const count = this.inverse(value) * this.hypothesis.scale[cell];
    const whole = Math.round(count);
    if (!(whole >= 1)) {
      this.failed = true;
      return;
    }
    if (whole > this.largest) this.largest = whole;
    if (whole > smallCount) return;
    const deviation = Math.abs(count - whole);
    if (deviation > 0.05) this.failed = true;
    this.relativeError = Math.max(this.relativeError, deviation / whole);
    // Without a library column the smallest value is 1 by construction and proves nothing.
    if (whole > 1 || this.hypothesis.undo.totalsColumn !== null) this.informative++;
  }

  /** Exact: small values are whole, and the error they show cannot move the largest value to another whole number. */
  get exact(): boolean {
    return !this.failed && this.informative >= 10 && this.relativeError * this.largest <= 0.4;
  }
}

/**
 * Tests non-negative, fractional values. The undo is exact when every rounded count reproduces its value.
 *
 * @param libraries obs columns that may hold each cell's total, best first
 * @param scaling whether values are taken as logarithms
 */
export async function findLog(
  store: MatrixStore,
  libraries: readonly LibraryColumn[],
  sampleEntries: number | null,
  scaling: 'log' | 'linear' = 'log',
): Promise<LogFinding & { readonly constantSum: number | null }> {
  // A sample of columns would not hold whole cells.
  const options = sampleEntries === null || store.byColumn ? {} : { sampleEntries };
  const inverse = inverses[scaling];
  const sums = await sumCells(store, inverse, options);
  const constantTotal = constantOf(sums.linear);
  const evidence = propose(sums, libraries, constantTotal, scaling).map(
    (hypothesis) => new Evidence(hypothesis, inverse),
  );
  let entries = 0;
  let ties = 0;
  const add = (value: number, cell: number): void => {
    entries++;
    if (inverse(value) <= sums.smallest[cell] * 1.001) ties++;
    for (const item of evidence) item.add(value, cell);
  };
  await forEachBlock(store, (block) => forEachEntry(store, block, add), options);
  const undo = evidence.find((item) => item.exact)?.hypothesis.undo ?? null;
  // Many equal smallest values per cell are single molecules after some smooth transformation.
  const manyTies = ties > 0.3 * entries && entries > store.shape[0] * 2;
  const constantSum = constantOf(sums.total);
  return {
    logNormalised: undo !== null || constantTotal !== null || (manyTies && constantSum === null),
    constantTotal,
    undo,
    constantSum,
  };
}
