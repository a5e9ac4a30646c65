/** @file The velocity network of a training batch as recorded calls: forward, then the gradients of all parameters. */
import type { View } from '../../../engine/kernels/list.ts';
import {
  affine,
  affineInputGradient,
  affineWeightGradient,
  biasGradient,
  matrix,
  type Matrix,
} from '../../../engine/plan/layers.ts';
import type { Recorder } from '../../../engine/plan/recorder.ts';
import type { Activated, FlowBuffers } from './flow-buffers.ts';
import { tableName, type FlowWeights } from './flow-weights.ts';

interface Block {
  /** What comes in, [rows, hidden]. */
  readonly h: Activated;
  /** net1 + condition. */
  readonly inner: Activated;
  /** The condition's part of `inner`. */
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

  /** Records the velocities at `buffers.x`, times and labels. */
  recordForward(recorder: Recorder): void {
    const { times, speeds, features, x, rows } = this.#buffers;
    const half = this.#weights.shape.embedding / 2;
    recorder.call('timeFeatures', { times, speeds, out: features.view, rows, half });
    this.#affine(recorder, 'time.0', features, this.#time.x);
    this.#affine(recorder, 'input', x, this.#blockInput(0).x);
    recordSilu(recorder, this.#time);
    recordSilu(recorder, this.#blockInput(0));
    this.#affine(recorder, 'time.1', this.#time.y, this.#embedding.x);
    this.#codes.forEach((codes, a) =>
      recorder.call('addLabelRows', {
        x: this.#embedding.x.view,
        table: this.#weights.arena.value(tableName(a)),
        ...this.#label(codes, a),
      }),
    );
    recordSilu(recorder, this.#embedding);
    this.#blocks.forEach(({ condition }, i) =>
      this.#affine(recorder, `block.${i}.condition`, this.#embedding.y, condition),
    );
    this.#blocks.forEach(({ h, inner, condition }, i) => {
      this.#affine(recorder, `block.${i}.net1`, h.y, inner.x, condition);
      recordSilu(recorder, inner);
      const next = this.#blockInput(i + 1);
      this.#affine(recorder, `block.${i}.net2`, inner.y, next.x, h.x);
      recordSilu(recorder, next);
    });
    this.#affine(recorder, 'output', this.#last.y, this.velocity);
  }

  /** Records the gradients of all parameters. @param gradients by a parameter's name */
  recordBackward(recorder: Recorder, dVelocity: Matrix, gradients: (name: string) => View): void {
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
      dEmbedding = this.#through(recorder, name, dInner, this.#embedding.slope, dEmbedding);
      layer(`block.${i}.net1`, h.y, dInner);
      layer(name, this.#embedding.y, dInner);
      dh = dNext;
    }
    layer('input', this.#buffers.x, dh);
    const d = dEmbedding as Matrix;
    this.#codes.forEach((codes, a) =>
      recorder.call('labelGradient', {
        dx: d.view,
        dTable: gradients(tableName(a)),
        ...this.#label(codes, a),
        categories: this.#weights.shape.categories[a],
      }),
    );
    const dTime = this.#through(recorder, 'time.1', d, this.#time.slope);
    layer('time.1', this.#time.y, d);
    layer('time.0', this.#buffers.features, dTime);
  }

  #blockInput(i: number): Activated {
    return i < this.#blocks.length ? this.#blocks[i].h : this.#last;
  }

  #affine(
    recorder: Recorder,
    name: string,
    x: Matrix,
    out: Matrix,
    addend: Matrix | null = null,
  ): void {
    const finish = { bias: this.#weights.bias(name), addend: addend?.view ?? null };
    affine(recorder, x, this.#weights.weight(name), out, finish);
  }

  /** (dy · weightᵀ) · slope + addend, in a new matrix. */
  #through(
    recorder: Recorder,
    name: string,
    dy: Matrix,
    slope: Matrix,
    addend: Matrix | null = null,
  ): Matrix {
    const dx = this.#buffers.dense(slope.columns);
    affineInputGradient(recorder, dy, this.#weights.weight(name), dx, {
      factor: slope.view,
      addend: addend?.view ?? null,
    });
    return dx;
  }

  #label(codes: View, attribute: number) {
    const { cells, masks, rows } = this.#buffers;
    const width = this.#weights.shape.embedding;
    return { codes, cells, masks, bit: 1 << attribute, rows, width };
  }
}

function recordSilu(recorder: Recorder, { x, y, slope }: Activated): void {
  const count = x.rows * x.columns;
  recorder.call('silu', { x: x.view, y: y.view, slope: slope.view, count });
}
