/**
 * @file CFGen's velocity network v(x, t, condition): a residual MLP to which time and categories are added as embeddings.
 *
 *   emb = W2·SiLU(W1·SE(t)) + Σ label rows
 *   h = W_in·x;  3 × { h += N2·SiLU(N1·SiLU(h) + C·SiLU(emb)) };  v = W_out·SiLU(h)
 *
 * The condition "nothing known" is the absence of label rows. Source: CFGen, MLPTimeStep.
 */
import type { VelocityShape } from '../shapes.ts';
import type * as tf from '@tensorflow/tfjs-core';
import { cutNormalValues, normalValues } from '../../../engine/init.ts';
import { add, linear, linearOfData, silu } from '../../../engine/tensors/ops.ts';
import { createParameter, type Parameter } from '../../../engine/tensors/parameters.ts';
import type { Random } from '../../../numerics/random.ts';

/** Weight [in, out] and bias [out] of one affine map. */
export interface Affine {
  readonly weight: Parameter;
  readonly bias: Parameter;
}

/** One residual block. */
export interface VelocityBlock {
  readonly net1: Affine;
  readonly condition: Affine;
  readonly net2: Affine;
}

/** A batch as the network sees it; everything here is data. */
export interface VelocityBatch {
  /** [cells, dims] */
  readonly x: tf.Tensor2D;
  /** SE(t) of each cell, [cells, embedding] */
  readonly time: tf.Tensor2D;
  /** Per attribute the rows to add, one-hot or zero, [cells, categories]; null: the attribute takes no part. */
  readonly labels: readonly (tf.Tensor2D | null)[];
}

/** The network with its parameters on the device. */
export class VelocityNetwork {
  readonly shape: VelocityShape;
  readonly parameters: readonly Parameter[];
  readonly time: readonly [Affine, Affine];
  readonly input: Affine;
  readonly blocks: readonly VelocityBlock[];
  readonly output: Affine;
  /** Label rows per attribute, [categories, embedding]. */
  readonly tables: readonly Parameter[];

  constructor(shape: VelocityShape, random: Random) {
    this.shape = shape;
    const { dims, hidden, embedding } = shape;
    const affine = (name: string, inputs: number, outputs: number): Affine =>
      createAffine(name, inputs, outputs, cutNormalValues(inputs * outputs, inputs, random));
    this.time = [affine('time.0', embedding, embedding), affine('time.1', embedding, embedding)];
    this.input = affine('input', dims, hidden);
    this.blocks = Array.from({ length: shape.blocks }, (_, i) => ({
      net1: affine(`block.${i}.net1`, hidden, hidden),
      condition: affine(`block.${i}.condition`, embedding, hidden),
      net2: createAffine(`block.${i}.net2`, hidden, hidden, new Float32Array(hidden * hidden)),
    }));
    this.output = affine('output', hidden, dims);
    this.tables = shape.categories.map((n, a) =>
      createParameter(`label.${a}`, [n, embedding], normalValues(n * embedding, random)),
    );
    const layers = [
      ...this.time,
      this.input,
      ...this.blocks.flatMap((b) => [b.net1, b.condition, b.net2]),
      this.output,
    ];
    this.parameters = [...layers.flatMap((l) => [l.weight, l.bias]), ...this.tables];
  }

  /** Velocities [cells, dims], recorded on the tape. */
  forward(batch: VelocityBatch): tf.Tensor2D {
    const [first, second] = this.time;
    const hidden = silu(linearOfData(batch.time, matrix(first.weight), vector(first.bias)));
    let embedding = apply(second, hidden);
    batch.labels.forEach((rows, a) => {
      if (rows !== null)
        embedding = add(embedding, linearOfData(rows, matrix(this.tables[a]), null));
    });
    const condition = silu(embedding);
    let h = linearOfData(batch.x, matrix(this.input.weight), vector(this.input.bias));
    for (const block of this.blocks) {
      const inner = add(apply(block.net1, silu(h)), apply(block.condition, condition));
      h = add(h, apply(block.net2, silu(inner)));
    }
    return apply(this.output, silu(h));
  }

  dispose(): void {
    for (const p of this.parameters) p.tensor.dispose();
  }
}

/**
 * Sinusoidal features of times in [0, 1]: sin of 1000 t ω_k in the first half of a row, cos in the second,
 * ω_k from 1 down to 1e-4 in equal ratios.
 *
 * @returns [times, width], width even
 */
export function timeFeatures(times: ArrayLike<number>, width: number): Float32Array {
  const half = width / 2;
  const phase = Float64Array.from(
    { length: half },
    (_, k) => 1000 * 10 ** ((-4 * k) / Math.max(1, half - 1)),
  );
  const out = new Float32Array(times.length * width);
  for (let i = 0; i < times.length; i++) {
    const at = i * width;
    for (let k = 0; k < half; k++) {
      const angle = times[i] * phase[k];
      out[at + k] = Math.sin(angle);
      out[at + half + k] = Math.cos(angle);
    }
  }
  return out;
}

function createAffine(name: string, inputs: number, outputs: number, weight: Float32Array): Affine {
  return {
    weight: createParameter(`${name}.weight`, [inputs, outputs], weight),
    bias: createParameter(`${name}.bias`, [outputs], new Float32Array(outputs)),
  };
}

function apply(layer: Affine, x: tf.Tensor2D): tf.Tensor2D {
  return linear(x, matrix(layer.weight), vector(layer.bias));
}

function matrix(parameter: Parameter): tf.Tensor2D {
  return parameter.tensor as tf.Tensor2D;
}

function vector(parameter: Parameter): tf.Tensor1D {
  return parameter.tensor as tf.Tensor1D;
}
