/** @file All learnable arrays of a model side by side in the device's memory, so that one kernel can treat them all. */
import type { NamedArray } from '../named-array.ts';
import { part, type ComputeDevice } from '../compute-device.ts';
import type { View } from '../kernels/list.ts';

/** Columns of one panel of a weight that sparse inputs multiply. */
const PANEL_COLUMNS = 32;

/** One array: its name and shape, and how it lies in memory. */
export interface ArraySpec {
  readonly name: string;
  readonly shape: readonly number[];
  /** `panels`: a matrix [rows, columns] as [⌈columns/32⌉, rows, 32], missing columns 0. */
  readonly layout?: 'plain' | 'panels';
}

interface Placed {
  readonly spec: ArraySpec;
  /** In numbers from the beginning, a multiple of the device's alignment. */
  readonly from: number;
  readonly count: number;
}

/** Places arrays one after the other; their parts of further vectors (gradients, moments) lie at the same offsets. */
export class ParameterArena {
  readonly values: View;
  /** Numbers in all, a multiple of the device's alignment. */
  readonly size: number;
  readonly #device: ComputeDevice;
  readonly #placed: ReadonlyMap<string, Placed>;

  constructor(device: ComputeDevice, specs: readonly ArraySpec[]) {
    const placed = new Map<string, Placed>();
    let from = 0;
    for (const spec of specs) {
      const count = storedCount(spec);
      placed.set(spec.name, { spec, from, count });
      from += aligned(device, count);
    }
    this.#device = device;
    this.#placed = placed;
    this.size = from;
    this.values = device.allocate(from);
  }

  /** Where an array lies. */
  value(name: string): View {
    return this.of(this.values, name);
  }

  /** An array's part of another vector of the same size. */
  of(vector: View, name: string): View {
    const { from, count } = this.#at(name);
    return part(vector, from, count);
  }

  /** First number and past-the-last one (filled up to the device's alignment) of an array. */
  range(name: string): { readonly from: number; readonly to: number } {
    const { from, count } = this.#at(name);
    return { from, to: from + aligned(this.#device, count) };
  }

  /** Copies of all arrays, from the values or from another vector of the same size. */
  async read(vector: View = this.values): Promise<NamedArray[]> {
    const all = await this.#device.read(vector);
    return [...this.#placed.values()].map(({ spec, from, count }) => ({
      name: spec.name,
      shape: spec.shape,
      values: fromStored(spec, all.subarray(from, from + count)),
    }));
  }

  /** Overwrites all arrays. Error: RangeError if one is missing or has another size. */
  write(arrays: readonly NamedArray[]): void {
    const byName = new Map(arrays.map((a) => [a.name, a.values]));
    const all = new Float32Array(this.size);
    for (const { spec, from } of this.#placed.values()) {
      const values = byName.get(spec.name);
      if (values === undefined || values.length !== countOf(spec)) {
        throw new RangeError(`no array of the right size for ${spec.name}`);
      }
      all.set(toStored(spec, values), from);
    }
    this.#device.write(this.values, all);
  }

  #at(name: string): Placed {
    const placed = this.#placed.get(name);
    if (placed === undefined) throw new RangeError(`no array ${name}`);
    return placed;
  }
}

/** A number of numbers, filled up so that what follows is aligned. */
function aligned({ alignment }: ComputeDevice, count: number): number {
  return Math.ceil(count / alignment) * alignment;
}

function countOf({ shape }: ArraySpec): number {
  return shape.reduce((a, b) => a * b, 1);
}

function storedCount(spec: ArraySpec): number {
  if (spec.layout !== 'panels') return countOf(spec);
  return spec.shape[0] * Math.ceil(spec.shape[1] / PANEL_COLUMNS) * PANEL_COLUMNS;
}

/** Visits the runs of equal order: offset in the plain matrix, offset in the panels, length. */
function visitPanels(
  { shape: [rows, columns] }: ArraySpec,
  visit: (plain: number, stored: number, count: number) => void,
): void {
  for (let column = 0; column < columns; column += PANEL_COLUMNS) {
    const count = Math.min(PANEL_COLUMNS, columns - column);
    for (let r = 0; r < rows; r++) {
      visit(r * columns + column, column * rows + r * PANEL_COLUMNS, count);
    }
  }
}

function toStored(spec: ArraySpec, values: Float32Array): Float32Array {
  if (spec.layout !== 'panels') return values;
  const stored = new Float32Array(storedCount(spec));
  visitPanels(spec, (plain, at, count) => stored.set(values.subarray(plain, plain + count), at));
  return stored;
}

function fromStored(spec: ArraySpec, stored: Float32Array): Float32Array {
  if (spec.layout !== 'panels') return stored.slice();
  const values = new Float32Array(countOf(spec));
  visitPanels(spec, (plain, at, count) => values.set(stored.subarray(at, at + count), plain));
  return values;
}
