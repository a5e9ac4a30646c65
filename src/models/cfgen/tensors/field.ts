/**
 * @file The guided velocity of many cells at one time, fast.
 *
 * At one time the time embedding is one row, and the conditions are few: everything that depends on them alone is
 * computed once per distinct condition and then picked per row. All guidance branches go through one product a layer,
 * and are mixed before the last layer, which is linear.
 */
import * as tf from '@tensorflow/tfjs-core';
import { pickRows } from '../../../engine/tensors/ops.ts';
import type { Parameter } from '../../../engine/tensors/parameters.ts';
import type { GuidanceBranch } from '../../flow/guidance.ts';
import { timeFeatures, type Affine, type VelocityNetwork } from './velocity.ts';

/** Which field a set of cells is moved by. */
export interface FieldRequest {
  /** Category of each cell per attribute; read only where a branch shows the attribute. */
  readonly codes: readonly (Int32Array | null)[];
  /** Guidance groups; each cell belongs to one. */
  readonly groups: readonly (readonly GuidanceBranch[])[];
  /** Group of each cell, [cells]. */
  readonly groupOf: Uint16Array;
  /** Last dimension: its constant velocity per cell, [cells], instead of the network's; null: the network's. */
  readonly lastVelocity: Float32Array | null;
}

/** The field of one request; holds tensors until disposed. */
export class GuidedField {
  readonly #network: VelocityNetwork;
  readonly #cells: number;
  readonly #branches: number;
  /** Summed label rows of each distinct condition, [conditions, embedding]. */
  readonly #labels: tf.Tensor2D;
  /** Condition of each row, branch after branch, [branches · cells]; null when there is only one condition. */
  readonly #conditionOf: Int32Array | null;
  /** Mixing coefficients: one row for all cells [1, branches], or per branch [cells, 1]. */
  readonly #coefficients: readonly tf.Tensor2D[];
  /** For a led last dimension: 1 for the others and 0 for it [1, dims], and its velocity [cells, dims]. */
  readonly #led: { readonly keep: tf.Tensor; readonly add: tf.Tensor } | null;

  constructor(network: VelocityNetwork, request: FieldRequest) {
    this.#network = network;
    this.#cells = request.groupOf.length;
    const masks = [...new Set(request.groups.flat().map((b) => b.mask))].sort((a, b) => a - b);
    this.#branches = masks.length;
    const { conditions, conditionOf } = distinctConditions(masks, request);
    this.#labels = this.#sumLabels(conditions);
    this.#conditionOf = conditions.length === 1 ? null : conditionOf;
    this.#coefficients = coefficients(masks, request);
    this.#led = request.lastVelocity === null ? null : this.#lead(request.lastVelocity);
  }

  /** Network rows that one evaluation takes. */
  get rows(): number {
    return this.#branches * this.#cells;
  }

  /** Velocities [cells, dims] at time t. */
  velocity(t: number, x: tf.Tensor2D): tf.Tensor2D {
    return tf.tidy(() => {
      const net = this.#network;
      const condition = this.#condition(t);
      const single = affine(net.input, x);
      let h = this.#branches === 1 ? single : repeat(single, this.#branches);
      net.blocks.forEach((block, i) => {
        // Before the first block all branches of a cell are alike.
        const first = i === 0 ? this.#repeated(tf.matMul(swish(single), weight(block.net1))) : null;
        const own = first ?? tf.matMul(swish(h), weight(block.net1));
        const bias = tf.add(affine(block.condition, condition), block.net1.bias.tensor);
        const inner = swish(tf.add(own, this.#pick(bias)) as tf.Tensor2D);
        h = tf.add(h, affine(block.net2, inner)) as tf.Tensor2D;
      });
      const v = affine(net.output, this.#mix(swish(h)));
      if (this.#led === null) return v;
      return tf.add(tf.mul(v, this.#led.keep), this.#led.add) as tf.Tensor2D;
    });
  }

  dispose(): void {
    tf.dispose([this.#labels, ...this.#coefficients]);
    if (this.#led !== null) tf.dispose([this.#led.keep, this.#led.add]);
  }

  /** SiLU of the embedding of each distinct condition, [conditions, embedding]. */
  #condition(t: number): tf.Tensor2D {
    const { embedding } = this.#network.shape;
    const features = tf.tensor2d(timeFeatures([t], embedding), [1, embedding]);
    const [first, second] = this.#network.time;
    return swish(
      tf.add(affine(second, swish(affine(first, features))), this.#labels) as tf.Tensor2D,
    );
  }

  /** Rows of a table of conditions, one per network row. */
  #pick(table: tf.Tensor): tf.Tensor {
    return this.#conditionOf === null ? table : pickRows(table, this.#conditionOf);
  }

  #repeated(x: tf.Tensor): tf.Tensor {
    return this.#branches === 1 ? x : repeat(x as tf.Tensor2D, this.#branches);
  }

  /** Σ coefficient · branch, [cells, hidden]. */
  #mix(h: tf.Tensor2D): tf.Tensor2D {
    if (this.#branches === 1) return h;
    const width = h.shape[1];
    if (this.#coefficients.length === 1) {
      const stacked = tf.reshape(h, [this.#branches, this.#cells * width]) as tf.Tensor2D;
      return tf.reshape(tf.matMul(this.#coefficients[0], stacked), [this.#cells, width]);
    }
    const parts = this.#coefficients.map((c, b) =>
      tf.mul(tf.slice(h, [b * this.#cells, 0], [this.#cells, width]), c),
    );
    return tf.addN(parts) as tf.Tensor2D;
  }

  #sumLabels(conditions: readonly (readonly number[])[]): tf.Tensor2D {
    const { embedding, categories } = this.#network.shape;
    return tf.tidy(() => {
      let sum = tf.zeros([conditions.length, embedding]) as tf.Tensor2D;
      categories.forEach((n, a) => {
        if (conditions.every((codes) => codes[a] < 0)) return;
        const rows = new Float32Array(conditions.length * n);
        conditions.forEach((codes, k) => {
          if (codes[a] >= 0) rows[k * n + codes[a]] = 1;
        });
        const table = this.#network.tables[a].tensor as tf.Tensor2D;
        sum = tf.add(sum, tf.matMul(tf.tensor2d(rows, [conditions.length, n]), table));
      });
      return sum;
    });
  }

  #lead(velocity: Float32Array): { keep: tf.Tensor; add: tf.Tensor } {
    const { dims } = this.#network.shape;
    const keep = new Float32Array(dims).fill(1, 0, dims - 1);
    const add = new Float32Array(this.#cells * dims);
    velocity.forEach((v, i) => (add[i * dims + dims - 1] = v));
    return { keep: tf.tensor2d(keep, [1, dims]), add: tf.tensor2d(add, [this.#cells, dims]) };
  }
}

/** The different conditions of all rows, and which one each row has. A code of −1 is "not shown". */
function distinctConditions(
  masks: readonly number[],
  request: FieldRequest,
): { conditions: number[][]; conditionOf: Int32Array } {
  const cells = request.groupOf.length;
  const known = new Map<string, number>();
  const conditions: number[][] = [];
  const conditionOf = new Int32Array(masks.length * cells);
  masks.forEach((mask, b) => {
    for (let i = 0; i < cells; i++) {
      const shown = request.codes.map((codes, a) =>
        (mask & (1 << a)) !== 0 && codes !== null ? codes[i] : -1,
      );
      const key = shown.join();
      let index = known.get(key);
      if (index === undefined) {
        index = conditions.length;
        known.set(key, index);
        conditions.push(shown);
      }
      conditionOf[b * cells + i] = index;
    }
  });
  return { conditions, conditionOf };
}

function coefficients(masks: readonly number[], request: FieldRequest): tf.Tensor2D[] {
  const of = (group: readonly GuidanceBranch[], mask: number): number =>
    group.find((b) => b.mask === mask)?.coefficient ?? 0;
  if (request.groups.length === 1) {
    return [tf.tensor2d([masks.map((mask) => of(request.groups[0], mask))])];
  }
  return masks.map((mask) => {
    const byGroup = request.groups.map((group) => of(group, mask));
    const values = Float32Array.from(request.groupOf, (group) => byGroup[group]);
    return tf.tensor2d(values, [values.length, 1]);
  });
}

function repeat(x: tf.Tensor2D, times: number): tf.Tensor2D {
  return tf.concat(Array.from({ length: times }, () => x)) as tf.Tensor2D;
}

function swish(x: tf.Tensor): tf.Tensor2D {
  return tf.mul(x, tf.sigmoid(x)) as tf.Tensor2D;
}

function weight(layer: Affine): tf.Tensor2D {
  return tensor(layer.weight) as tf.Tensor2D;
}

function tensor(parameter: Parameter): tf.Tensor {
  return parameter.tensor;
}

function affine(layer: Affine, x: tf.Tensor2D): tf.Tensor2D {
  return tf.add(tf.matMul(x, weight(layer)), tensor(layer.bias)) as tf.Tensor2D;
}
