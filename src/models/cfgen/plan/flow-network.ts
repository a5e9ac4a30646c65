/**
 * @file The velocity network of a training batch as recorded calls: forward, then the gradients of all parameters.
 *
 * What time and labels give is computed once per condition, and added to the cells that have it.
 */
import type { View } from '../../../engine/kernels/list.ts';
import {
  affine,
  affineInputGradient,
  affineSilu,
  affineWeightGradient,
  biasGradient,
  matrix,
  type Finish,
  type Matrix,
  type SiluOutputs,
} from '../../../engine/plan/layers.ts';
import type { Recorder } from '../../../engine/plan/recorder.ts';
import type { Activated, FlowBuffers } from './flow-buffers.ts';
import { tableName, type FlowWeights } from './flow-weights.ts';

interface Block {
  /** What comes in, [rows, hidden]. */
  readonly h: Activated;
  /** net1 + condition. */
  readonly inner: Activated;
  /** What the conditions add to `inner`. */
  readonly condition: Matrix;
}

/** The network with the values of one batch. */
export class FlowNetwork {
  readonly velocity: Matrix;
  readonly #weights: FlowWeights;
  readonly #buffers: FlowBuffers;
  /** Category of every cell, per attribute. */
  readonly #codes: readonly View[];
  readonly #time: Activated;
  readonly #embedding: Activated;
  readonly #blocks: readonly Block[];
  readonly #last: Activated;

  constructor(weights: FlowWeights, buffers: FlowBuffers, codes: readonly View[]) {
    const { hidden, embedding, blocks, dims } = weights.shape;
    this.#weights = weights;
    this.#buffers = buffers;
    this.#codes = codes;
    this.#time = buffers.activated(embedding);
    this.#embedding = buffers.activated(embedding);
    this.#blocks = Array.from({ length: blocks }, () => ({
      h: buffers.activated(hidden),
      inner: buffers.activated(hidden),
      condition: buffers.dense(hidden),
    }));
    this.#last = buffers.activated(hidden);
    this.velocity = buffers.dense(dims);
  }

  /** Records the velocities at `buffers.x`. @param conditions how many there are at most, up to one per cell */
  recordForward(recorder: Recorder, conditions: number): void {
    const { x, conditionOf } = this.#buffers;
    this.#affineSilu(recorder, 'input', x, this.#blockInput(0));
    this.#recordConditions(recorder, conditions);
    this.#blocks.forEach(({ h, inner, condition }, i) => {
      const added = { addend: condition.view, side: condition.stride, rows: conditionOf };
      this.#affineSilu(recorder, `block.${i}.net1`, h.y, { ...inner, x: null }, added);
      const residual = { addend: h.x.view };
      this.#affineSilu(recorder, `block.${i}.net2`, inner.y, this.#blockInput(i + 1), residual);
    });
    this.#affine(recorder, 'output', this.#last.y, this.velocity);
  }

  #recordConditions(recorder: Recorder, count: number): void {
    const { conditionTimes: times, speeds, features } = this.#buffers;
    const half = this.#weights.shape.embedding / 2;
    const [time, embedding] = [upper(this.#time, count), upper(this.#embedding, count)];
    const out = features.view;
    recorder.call('timeFeatures', { times, speeds, out, rows: count, half });
    this.#affineSilu(recorder, 'time.0', top(features, count), { ...time, x: null });
    this.#affine(recorder, 'time.1', time.y, embedding.x);
    this.#codes.forEach((codes, a) =>
      recorder.call('addLabelRows', {
        x: embedding.x.view,
        table: this.#weights.arena.value(tableName(a)),
        ...this.#label(codes, a, count),
      }),
    );
    recordSilu(recorder, embedding);
    this.#blocks.forEach(({ condition }, i) =>
      this.#affine(recorder, `block.${i}.condition`, embedding.y, top(condition, count)),
    );
  }

  /** Records the gradients of all parameters. @param gradients by a parameter's name */
  recordBackward(
    recorder: Recorder,
    conditions: number,
    dVelocity: Matrix,
    gradients: (name: string) => View,
  ): void {
    const [time, embedding] = [upper(this.#time, conditions), upper(this.#embedding, conditions)];
    const layer = (name: string, x: Matrix, dy: Matrix): void => {
      const dw = matrix(gradients(`${name}.weight`), ...this.#weights.sizes(name));
      affineWeightGradient(recorder, x, dy, dw);
      biasGradient(recorder, dy, gradients(`${name}.bias`));
    };
    let dh = this.#through(recorder, 'output', dVelocity, this.#last.slope);
    layer('output', this.#last.y, dVelocity);
    let dEmbedding: Matrix | null = null;
    for (let i = this.#blocks.length - 1; i >= 0; i--) {
      const { h, inner } = this.#blocks[i];
      const dInner = this.#through(recorder, `block.${i}.net2`, dh, inner.slope);
      layer(`block.${i}.net2`, inner.y, dh);
      const dNext = this.#through(recorder, `block.${i}.net1`, dInner, h.slope, dh);
      const name = `block.${i}.condition`;
      const dCondition = this.#recordSums(recorder, dInner, conditions);
      dEmbedding = this.#through(recorder, name, dCondition, embedding.slope, dEmbedding);
      layer(`block.${i}.net1`, h.y, dInner);
      layer(name, embedding.y, dCondition);
      dh = dNext;
    }
    layer('input', this.#buffers.x, dh);
    const d = dEmbedding as Matrix;
    this.#codes.forEach((codes, a) =>
      recorder.call('labelGradient', {
        dx: d.view,
        dTable: gradients(tableName(a)),
        ...this.#label(codes, a, conditions),
        categories: this.#weights.shape.categories[a],
      }),
    );
    const dTime = this.#through(recorder, 'time.1', d, time.slope);
    layer('time.1', time.y, d);
    layer('time.0', top(this.#buffers.features, conditions), dTime);
  }

  /** Sums of the cells' rows by their condition. */
  #recordSums(recorder: Recorder, dx: Matrix, conditions: number): Matrix {
    const { conditionOf, every, ones, rows } = this.#buffers;
    const sums = top(this.#buffers.dense(dx.columns), conditions);
    recorder.call('labelGradient', {
      dx: dx.view,
      dTable: sums.view,
      codes: conditionOf,
      cells: every,
      masks: ones,
      bit: 1,
      rows,
      width: dx.columns,
      categories: conditions,
    });
    return sums;
  }

  #blockInput(i: number): Activated {
    return i < this.#blocks.length ? this.#blocks[i].h : this.#last;
  }

  #affine(recorder: Recorder, name: string, x: Matrix, out: Matrix, finish: Finish = {}): void {
    const bias = this.#weights.bias(name);
    affine(recorder, x, this.#weights.weight(name), out, { bias, ...finish });
  }

  #affineSilu(
    recorder: Recorder,
    name: string,
    x: Matrix,
    out: SiluOutputs,
    finish: Finish = {},
  ): void {
    const bias = this.#weights.bias(name);
    affineSilu(recorder, x, this.#weights.weight(name), out, { bias, ...finish });
  }

  /** (dy · weightᵀ) · slope + addend, in a new matrix. */
  #through(
    recorder: Recorder,
    name: string,
    dy: Matrix,
    slope: Matrix,
    addend: Matrix | null = null,
  ): Matrix {
    const dx = top(this.#buffers.dense(slope.columns), slope.rows);
    affineInputGradient(recorder, dy, this.#weights.weight(name), dx, {
      factor: slope.view,
      addend: addend?.view ?? null,
    });
    return dx;
  }

  #label(codes: View, attribute: number, conditions: number) {
    const { labelled, masks } = this.#buffers;
    const width = this.#weights.shape.embedding;
    return { codes, cells: labelled, masks, bit: 1 << attribute, rows: conditions, width };
  }
}

/** The upper rows of a matrix. */
function top(whole: Matrix, rows: number): Matrix {
  return { ...whole, rows };
}

function upper({ x, y, slope }: Activated, rows: number): Activated {
  return { x: top(x, rows), y: top(y, rows), slope: top(slope, rows) };
}

function recordSilu(recorder: Recorder, { x, y, slope }: Activated): void {
  const count = x.rows * x.columns;
  recorder.call('silu', { x: x.view, y: y.view, slope: slope.view, count });
}
