/** @file One pass over a stored matrix that gathers what its values look like. */
import type { MatrixInfo } from '../protocol/dataset.ts';
import { storeWidth, type MatrixStore } from './matrix-parts.ts';
import { forEachBlock, forEachEntry, type BlockOptions } from './matrix-store.ts';

/** Facts about the values of a matrix; of a sample of them when `complete` is false. */
export interface MatrixScan {
  readonly store: MatrixStore;
  readonly complete: boolean;
  /** Non-zero entries seen (NaN counts as non-zero). */
  readonly nonzero: number;
  /** Of the finite values, like min and max. */
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  readonly integer: boolean;
  readonly negative: boolean;
  /** Values that are NaN or infinite. */
  readonly notFinite: number;
  /** A value that is not whole, as an example; null when there is none. */
  readonly example: number | null;
  /** Entries within 0.1 of a whole number above zero. */
  readonly nearWhole: number;
}

/** Entries looked at in a matrix when a file is opened; bigger matrices are sampled. */
export const openSampleEntries = 8_000_000;

/** Scans all entries, or about `sampleEntries` of them. */
export async function scanMatrix(
  store: MatrixStore,
  sampleEntries: number | null,
): Promise<MatrixScan> {
  const tally = new Tally();
  const whole = store.columns === null;
  const options: BlockOptions = sampleEntries === null ? {} : { sampleEntries };
  await forEachBlock(
    store,
    (block) => {
      if (whole) for (let k = 0; k < block.values.length; k++) tally.add(block.values[k]);
      else forEachEntry(store, block, (value) => tally.add(value));
    },
    whole ? { ...options, valuesOnly: true } : options,
  );
  const complete = sampleEntries === null || store.stored <= sampleEntries;
  return { store, complete, ...tally.facts() };
}

/** Running facts about values. */
class Tally {
  private nonzero = 0;
  private sum = 0;
  private min = 0;
  private max = 0;
  private whole = true;
  private notFinite = 0;
  private nearWhole = 0;
  private example: number | null = null;

  add(value: number): void {
    if (value === 0) return;
    this.nonzero++;
    if (Number.isInteger(value)) this.nearWhole++;
    else {
      this.whole = false;
      if (!Number.isFinite(value)) {
        this.notFinite++;
        return;
      }
      this.example ??= value;
      const nearest = Math.round(value);
      if (nearest > 0 && Math.abs(value - nearest) <= 0.1) this.nearWhole++;
    }
    this.sum += value;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
  }

  facts(): Omit<MatrixScan, 'store' | 'complete'> {
    const { nonzero, sum, min, max, notFinite, nearWhole, example } = this;
    return {
      nonzero,
      sum,
      min,
      max,
      integer: this.whole,
      negative: min < 0,
      notFinite,
      nearWhole,
      example,
    };
  }
}

/** The public facts. What a sample cannot tell (sum, non-zeros of a dense matrix) is NaN. */
export function matrixInfo(scan: MatrixScan): MatrixInfo {
  const { store, complete } = scan;
  const listed = store.kind !== 'dense' && store.columns === null;
  const nnz = listed ? store.stored : complete ? scan.nonzero : NaN;
  return {
    where: store.where,
    kind: store.kind,
    dtype: store.dtype,
    shape: [store.shape[0], storeWidth(store)],
    nnz,
    sum: complete ? scan.sum : NaN,
    integer: scan.integer,
    negative: scan.negative,
  };
}
