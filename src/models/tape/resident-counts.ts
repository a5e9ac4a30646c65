/** @file Counts of a whole data set in the device's memory, from which every step picks its cells: uploaded once, where they fit. */
import { part, type ComputeDevice } from '../../engine/compute-device.ts';
import type { View } from '../../engine/kernels/list.ts';
import type { Recorder } from '../../engine/plan/recorder.ts';
import type { CsrSource } from '../../numerics/csr-source.ts';

/** Entries that are read from the source and uploaded at a time; a longer row goes alone. */
const BLOCK_ENTRIES = 1 << 20;

/** Where a picked batch goes. */
export interface PickedBatch {
  readonly rows: number;
  /** Row numbers, [rows], and how many of them count. */
  readonly picked: View;
  readonly cells: View;
  readonly indptr: View;
  readonly indices: View;
  readonly values: View;
  readonly totals: View;
}

/** A source on the device. */
export class ResidentCounts {
  readonly source: CsrSource;
  readonly #device: ComputeDevice;
  readonly #indptr: View;
  readonly #indices: View;
  readonly #values: View;
  readonly #totals: View;

  private constructor(device: ComputeDevice, source: CsrSource, entries: number) {
    this.source = source;
    this.#device = device;
    this.#indptr = device.allocate(source.rows + 1);
    this.#indices = device.allocate(Math.max(1, entries));
    this.#values = device.allocate(Math.max(1, entries));
    this.#totals = device.allocate(source.rows);
  }

  /** Uploads a source in blocks, or gives null where it does not fit the device's budget. Error: out-of-memory. */
  static place(device: ComputeDevice, source: CsrSource): ResidentCounts | null {
    if (source.rows === 0 || residentBytes(source) > device.dataBudget) return null;
    const counts = new ResidentCounts(device, source, numberOfEntries(source));
    counts.#upload();
    return counts;
  }

  /** Records that the batch's cells are picked. */
  record(recorder: Recorder, batch: PickedBatch): void {
    recorder.call('csrPick', {
      sourceIndptr: this.#indptr,
      sourceIndices: this.#indices,
      sourceValues: this.#values,
      sourceTotals: this.#totals,
      picked: batch.picked,
      cells: batch.cells,
      rows: batch.rows,
      indptr: batch.indptr,
      indices: batch.indices,
      values: batch.values,
      totals: batch.totals,
    });
  }

  dispose(): void {
    this.#device.free(this.#indptr, this.#indices, this.#values, this.#totals);
  }

  #upload(): void {
    const { rows, entries, sums } = this.source;
    const indptr = new Uint32Array(rows + 1);
    for (let r = 0; r < rows; r++) indptr[r + 1] = indptr[r] + entries[r];
    this.#device.writeWords(this.#indptr, indptr);
    this.#device.write(this.#totals, Float32Array.from(sums));
    for (let from = 0; from < rows;) {
      let to = from + 1;
      while (to < rows && indptr[to + 1] - indptr[from] <= BLOCK_ENTRIES) to++;
      this.#uploadRows(indptr, from, to);
      from = to;
    }
  }

  #uploadRows(indptr: Uint32Array, from: number, to: number): void {
    const block = this.source.readRows(Uint32Array.from({ length: to - from }, (_, i) => from + i));
    const count = indptr[to] - indptr[from];
    if (block.indptr[to - from] !== count) {
      throw new RangeError('the source gave other rows than it promised');
    }
    this.#device.writeWords(part(this.#indices, indptr[from], count), block.indices);
    this.#device.write(part(this.#values, indptr[from], count), block.values);
  }
}

/** Bytes that a source takes on a device: 8 per entry, 8 per row. */
export function residentBytes(source: CsrSource): number {
  return 8 * (numberOfEntries(source) + source.rows) + 4;
}

function numberOfEntries({ entries }: CsrSource): number {
  return entries.reduce((sum, n) => sum + n, 0);
}
