/** @file A batch of sparse counts in the device's memory: CSR as it comes, its logarithms, and the same by genes. */
import type { ComputeDevice } from '../../engine/compute-device.ts';
import type { View } from '../../engine/kernels/list.ts';
import type { Recorder } from '../../engine/plan/recorder.ts';
import type { CsrSource } from '../../numerics/csr-source.ts';
import type { ResidentCounts } from './resident-counts.ts';

/** Buffers of one batch; they grow never: `entries` bounds what any batch may hold. */
export class CountBuffers {
  readonly rows: number;
  readonly genes: number;
  readonly indptr: View;
  readonly indices: View;
  readonly values: View;
  /** What the encoder takes: log1p of the counts, or, where they are 0 and 1, the counts themselves. */
  readonly logs: View;
  /** Total counts per row, float32. */
  readonly totals: View;
  /** The number of rows that count. */
  readonly cells: View;
  readonly #device: ComputeDevice;
  readonly #entries: number;
  readonly #resident: ResidentCounts | null;
  /** Numbers of the batch's cells where they are picked on the device. */
  readonly #picked: View | null;
  /** The batch on its way to the device. */
  readonly #staged: {
    readonly indptr: Uint32Array;
    readonly totals: Float32Array;
  };

  /**
   * @param resident counts that lie on the device already; else batches come from the host
   * @param plain whether the encoder takes the counts as they are
   */
  constructor(
    device: ComputeDevice,
    rows: number,
    genes: number,
    entries: number,
    resident: ResidentCounts | null = null,
    plain = false,
  ) {
    this.#device = device;
    this.#resident = resident;
    this.#picked = resident === null ? null : device.allocate(rows);
    this.rows = rows;
    this.genes = genes;
    this.#entries = entries;
    this.indptr = device.allocate(rows + 1);
    this.indices = device.allocate(entries);
    this.values = device.allocate(entries);
    this.logs = plain ? this.values : device.allocate(entries);
    this.totals = device.allocate(rows);
    this.cells = device.allocate(1);
    this.#staged = {
      indptr: new Uint32Array(rows + 1),
      totals: new Float32Array(rows),
    };
  }

  /** Takes the given cells (at most `rows`); rows past them are empty and do not count. */
  load(counts: CsrSource, cells: ArrayLike<number>): void {
    if (this.#picked !== null) {
      if (counts !== this.#resident?.source) throw new RangeError('other counts lie on the device');
      this.#device.writeWords(this.#picked, cells);
    } else {
      this.#stream(counts, cells);
    }
    this.#device.writeWords(this.cells, [cells.length]);
  }

  #stream(counts: CsrSource, cells: ArrayLike<number>): void {
    const picked = counts.readRows(cells);
    const entries = picked.indptr[cells.length];
    if (entries > this.#entries) throw new RangeError('the batch has too many entries');
    const { indptr, totals } = this.#staged;
    indptr.fill(entries);
    indptr.set(picked.indptr);
    totals.fill(1);
    for (let r = 0; r < cells.length; r++) totals[r] = counts.sums[cells[r]];
    const device = this.#device;
    device.writeWords(this.indptr, indptr);
    device.writeWords(this.indices, picked.indices);
    device.write(this.values, picked.values);
    device.write(this.totals, totals);
  }

  /** Records what comes before the first layer: picking the cells where their counts lie here, and the logarithms. */
  recordInput(recorder: Recorder): void {
    const { values, logs, indptr, rows, indices, totals, cells } = this;
    if (this.#picked !== null) {
      const batch = { rows, picked: this.#picked, cells, indptr, indices, values, totals };
      this.#resident?.record(recorder, batch);
    }
    if (logs !== values) recorder.call('csrLog', { values, logs, indptr, rows });
  }

  dispose(): void {
    const { indptr, indices, values, logs, totals, cells } = this;
    this.#device.free(indptr, indices, values, totals, cells);
    if (logs !== values) this.#device.free(logs);
    if (this.#picked !== null) this.#device.free(this.#picked);
  }
}

/** The most entries that `rows` different rows of a matrix can have together. */
export function largestBatch({ entries }: CsrSource, rows: number): number {
  const lengths = entries.slice().sort();
  return Math.max(
    1,
    lengths.subarray(Math.max(0, lengths.length - rows)).reduce((a, b) => a + b, 0),
  );
}
