/** @file Offsets of log expression by category, added to the decoder's logits of the cells that show one. */
import type { ComputeDevice } from '../../engine/compute-device.ts';
import type { View } from '../../engine/kernels/list.ts';
import type { Matrix } from '../../engine/plan/layers.ts';
import type { Recorder } from '../../engine/plan/recorder.ts';

interface Attribute {
  /** Its place among the model's attributes. */
  readonly place: number;
  readonly table: View;
  /** Category of each row. */
  readonly codes: View;
  /** 1 in rows that show one. */
  readonly masks: View;
}

/** The tables of a model in the device's memory, and the categories of a block of cells. */
export class LabelOffsetsPlan {
  readonly #device: ComputeDevice;
  readonly #rows: number;
  readonly #attributes: readonly Attribute[];
  readonly #every: View | null;

  /** @param tables per attribute [categories, genes], or null */
  constructor(device: ComputeDevice, tables: readonly (Float32Array | null)[], rows: number) {
    this.#device = device;
    this.#rows = rows;
    this.#attributes = tables.flatMap((values, place) => {
      if (values === null) return [];
      const table = device.allocate(values.length);
      device.write(table, values);
      return [{ place, table, codes: device.allocate(rows), masks: device.allocate(rows) }];
    });
    this.#every = this.#attributes.length > 0 ? device.allocate(rows) : null;
    if (this.#every !== null) {
      device.writeWords(
        this.#every,
        Uint32Array.from({ length: rows }, (_, i) => i),
      );
    }
  }

  /** Records the addition to logits [rows, genes]. */
  record(recorder: Recorder, logits: Matrix): void {
    const cells = this.#every;
    if (cells === null) return;
    for (const { table, codes, masks } of this.#attributes) {
      const width = logits.columns;
      recorder.call('addLabelRows', {
        x: logits.view,
        table,
        codes,
        cells,
        masks,
        bit: 1,
        rows: this.#rows,
        width,
      });
    }
  }

  /** Tells the categories of the next cells, per attribute of the model; −1, or no array: none is shown. */
  load(given: readonly Int32Array[]): void {
    for (const { place, codes, masks } of this.#attributes) {
      const own = given[place] ?? new Int32Array(0);
      const rows = this.#rows;
      this.#device.writeWords(
        codes,
        Uint32Array.from({ length: rows }, (_, r) => Math.max(0, own[r] ?? 0)),
      );
      this.#device.writeWords(
        masks,
        Uint32Array.from({ length: rows }, (_, r) => Number((own[r] ?? -1) >= 0)),
      );
    }
  }

  dispose(): void {
    for (const { table, codes, masks } of this.#attributes) this.#device.free(table, codes, masks);
    if (this.#every !== null) this.#device.free(this.#every);
  }
}
