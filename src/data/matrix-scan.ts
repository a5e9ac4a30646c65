/** @file One pass over a stored matrix that gathers what its values look like. */
import type { MatrixInfo } from '../protocol/dataset.ts';
import type { H5Reader } from './h5-reader.ts';
import { forEachBlock, type MatrixStore } from './matrix-store.ts';

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
}

/** Entries looked at in a matrix when a file is opened; bigger matrices are sampled. */
export const openSampleEntries = 20_000_000;

/** Scans all entries, or about `sampleEntries` of them. */
export async function scanMatrix(
  h5: H5Reader,
  store: MatrixStore,
  sampleEntries: number | null,
): Promise<MatrixScan> {
  let nonzero = 0;
  let sum = 0;
  let min = 0;
  let max = 0;
  let whole = true;
  let notFinite = 0;
  let example: number | null = null;
  await forEachBlock(
    h5,
    store,
    ({ values }) => {
      for (let k = 0; k < values.length; k++) {
        const value = values[k];
        if (value === 0) continue;
        nonzero++;
        const isWhole = Number.isInteger(value);
        if (whole && !isWhole) whole = false;
        if (!isWhole && !Number.isFinite(value)) {
          notFinite++;
          continue;
        }
        sum += value;
        if (value < min) min = value;
        if (value > max) max = value;
        if (example === null && !isWhole) example = value;
      }
    },
    sampleEntries === null ? {} : { sampleEntries },
  );
  const complete = sampleEntries === null || store.stored <= sampleEntries;
  return {
    store,
    complete,
    nonzero,
    sum,
    min,
    max,
    integer: whole,
    negative: min < 0,
    notFinite,
    example,
  };
}

/** The public facts. What a sample cannot tell (sum, non-zeros of a dense matrix) is NaN. */
export function matrixInfo(scan: MatrixScan): MatrixInfo {
  const { store, complete } = scan;
  const nnz = store.kind !== 'dense' ? store.stored : complete ? scan.nonzero : NaN;
  return {
    where: store.where,
    kind: store.kind,
    dtype: store.dtype,
    shape: store.shape,
    nnz,
    sum: complete ? scan.sum : NaN,
    integer: scan.integer,
    negative: scan.negative,
  };
}
