/** @file The kernels that bring data to a step from where they stay on the device. */
import type { KernelTable } from './argument.ts';

/** Number 62. */
export const FEED_KERNELS = {
  /**
   * The rows picked[0 … cells − 1] of a CSR matrix as one of its own, and their totals (float32); rows past the number at
   * `cells`, up to `rows`, are empty with a total of 1. indptr [rows + 1]; what lies past the last entry is left alone.
   */
  csrPick: {
    sourceIndptr: 'in',
    sourceIndices: 'in',
    sourceValues: 'in',
    sourceTotals: 'in',
    picked: 'in',
    cells: 'in',
    rows: 'int',
    indptr: 'out',
    indices: 'out',
    values: 'out',
    totals: 'out',
  },
} as const satisfies KernelTable;
