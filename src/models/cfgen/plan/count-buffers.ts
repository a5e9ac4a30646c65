/** @file A batch of sparse counts in the device's memory: CSR as it comes, its logarithms, and the same by genes. */
import type { ComputeDevice } from '../../../engine/compute-device.ts';
import type { View } from '../../../engine/kernels/list.ts';
import type { Recorder } from '../../../engine/plan/recorder.ts';
import type { CsrMatrix } from '../../../numerics/csr.ts';

/** Buffers of one batch; they grow never: `entries` bounds what any batch may hold. */
export class CountBuffers {
  readonly rows: number;
  readonly genes: number;
  readonly indptr: View;
  readonly indices: View;
  readonly values: View;
  readonly logs: View;
  /** Total counts per row, float32. */
  readonly totals: View;
  /** The number of rows that count. */
  readonly cells: View;
  readonly #device: ComputeDevice;
  readonly #entries: number;
  /** The batch on its way to the device. */
  readonly #staged: {
    readonly indptr: Uint32Array;
    readonly indices: Uint32Array;
    readonly values: Float32Array;
    readonly totals: Float32Array;
  };

  constructor(device: ComputeDevice, rows: number, genes: number, entries: number) {
    this.#device = device;
    this.rows = rows;
    this.genes = genes;
    this.#entries = entries;
    this.indptr = device.allocate(rows + 1);
    this.indices = device.allocate(entries);
    this.values = device.allocate(entries);
    this.logs = device.allocate(entries);
    this.totals = device.allocate(rows);
    this.cells = device.allocate(1);
    this.#staged = {
      indptr: new Uint32Array(rows + 1),
      indices: new Uint32Array(entries),
      values: new Float32Array(entries),
      totals: new Float32Array(rows),
    };
  }

  /** Copies the given cells (at most `rows`); rows past them are empty and do not count. */
  load(counts: CsrMatrix, cells: ArrayLike<number>): void {
    const { indptr, indices, values, totals } = this.#staged;
    totals.fill(1);
    let at = 0;
    for (let r = 0; r < this.rows; r++) {
      if (r < cells.length) {
        const from = counts.indptr[cells[r]];
        const to = counts.indptr[cells[r] + 1];
        if (at + to - from > this.#entries) throw new RangeError('the batch has too many entries');
        indices.set(counts.indices.subarray(from, to), at);
        values.set(counts.values.subarray(from, to), at);
        let sum = 0;
        for (let k = from; k < to; k++) sum += counts.values[k];
        totals[r] = sum;
        at += to - from;
      }
      indptr[r + 1] = at;
    }
    const device = this.#device;
    device.writeWords(this.indptr, indptr);
    device.writeWords(this.indices, indices.subarray(0, at));
    device.write(this.values, values.subarray(0, at));
    device.write(this.totals, totals);
    device.writeWords(this.cells, [cells.length]);
  }

  /** Records the logarithms. */
  recordLogs(recorder: Recorder): void {
    const { values, logs, indptr, rows } = this;
    recorder.call('csrLog', { values, logs, indptr, rows });
  }

  dispose(): void {
    const { indptr, indices, values, logs, totals, cells } = this;
    this.#device.free(indptr, indices, values, logs, totals, cells);
  }
}

/** The most entries that `rows` different rows of a matrix can have together. */
export function largestBatch(counts: CsrMatrix, rows: number): number {
  const lengths = Uint32Array.from(
    { length: counts.rows },
    (_, r) => counts.indptr[r + 1] - counts.indptr[r],
  );
  lengths.sort();
  return Math.max(
    1,
    lengths.subarray(Math.max(0, counts.rows - rows)).reduce((a, b) => a + b, 0),
  );
}
