/** @file Everything a training step of the flow writes, in the device's memory. */
import type { ComputeDevice } from '../../../engine/compute-device.ts';
import type { View } from '../../../engine/kernels/list.ts';
import { matrix, type Matrix } from '../../../engine/plan/layers.ts';
import { featureSpeeds, type FlowWeights } from './flow-weights.ts';

/** A value, SiLU of it, and SiLU's derivative there. */
export interface Activated {
  readonly x: Matrix;
  readonly y: Matrix;
  readonly slope: Matrix;
}

/** Gives out matrices of a fixed height and frees them together. */
export class FlowBuffers {
  readonly rows: number;
  /** Noise keys: seed low, seed high, stream, row. */
  readonly key: View;
  readonly noise: Matrix;
  /** Times of the cells, wide [rows]. */
  readonly times: View;
  /** Condition of each cell. */
  readonly conditionOf: View;
  /** The numbers 0, 1, 2 …, and 1, 1, 1 … */
  readonly every: View;
  readonly ones: View;
  /** Of the conditions, of which there are at most as many as cells: times, shown attributes, a cell with their categories. */
  readonly conditionTimes: View;
  readonly masks: View;
  readonly labelled: View;
  /** float64 [embedding / 2] */
  readonly speeds: View;
  readonly cells: View;
  readonly features: Matrix;
  readonly x: Matrix;
  readonly target: Matrix;
  readonly partial: View;
  readonly loss: View;
  readonly total: View;
  readonly #device: ComputeDevice;
  readonly #owned: View[] = [];

  constructor(device: ComputeDevice, { shape }: FlowWeights, rows: number) {
    this.#device = device;
    this.rows = rows;
    this.key = this.#own(device.allocate(4));
    // Normals are written sixteen at a time.
    const padded = Math.ceil((rows * shape.dims) / 16) * 16;
    this.noise = matrix(this.#own(device.allocate(padded)), rows, shape.dims);
    this.times = this.#own(device.allocateWide(rows));
    this.speeds = this.#own(device.allocateWide(Math.ceil(shape.embedding / 8) * 4));
    device.writeWide(this.speeds, featureSpeeds(shape.embedding));
    this.cells = this.#own(device.allocate(rows));
    this.conditionOf = this.#own(device.allocate(rows));
    this.every = this.#own(device.allocate(rows));
    device.writeWords(
      this.every,
      Uint32Array.from({ length: rows }, (_, i) => i),
    );
    this.ones = this.#own(device.allocate(rows));
    device.writeWords(this.ones, new Uint32Array(rows).fill(1));
    this.conditionTimes = this.#own(device.allocateWide(rows));
    this.masks = this.#own(device.allocate(rows));
    this.labelled = this.#own(device.allocate(rows));
    this.features = this.dense(shape.embedding);
    this.x = this.dense(shape.dims);
    this.target = this.dense(shape.dims);
    this.partial = this.#own(device.allocateWide(Math.ceil(rows / 16)));
    this.loss = this.#own(device.allocate(1));
    this.total = this.#own(device.allocateWide(1));
  }

  /** A new matrix of so many columns. */
  dense(columns: number): Matrix {
    return matrix(this.#own(this.#device.allocate(this.rows * columns)), this.rows, columns);
  }

  /** Three new matrices around a SiLU. */
  activated(columns: number): Activated {
    return { x: this.dense(columns), y: this.dense(columns), slope: this.dense(columns) };
  }

  dispose(): void {
    this.#device.free(...this.#owned);
  }

  #own(view: View): View {
    this.#owned.push(view);
    return view;
  }
}
