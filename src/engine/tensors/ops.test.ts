/** @file Every hand-written gradient against central differences in float64 arithmetic of the same formula. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../numerics/random.ts';
import { batchNormTrain } from './batch-norm.ts';
import * as ops from './ops.ts';
import { largest, largestDifference, startTestDevice } from '../testing/device.ts';

beforeAll(() => startTestDevice('wasm'));

const random = createRandom(3);
const draw = (n: number): Float64Array =>
  Float64Array.from({ length: n }, () => Math.fround(random.normal()));

interface Case {
  readonly name: string;
  readonly shapes: readonly (readonly number[])[];
  /** On tensors. */
  readonly tensors: (...x: tf.Tensor2D[]) => tf.Tensor;
  /** The same in float64; arrays row-major, result row-major. */
  readonly plain: (...x: Float64Array[]) => Float64Array;
}

const N = 7;
const I = 5;
const O = 3;

function product(x: Float64Array, w: Float64Array, b: Float64Array | null): Float64Array {
  const out = new Float64Array(N * O);
  for (let n = 0; n < N; n++)
    for (let o = 0; o < O; o++) {
      let sum = b === null ? 0 : b[o];
      for (let i = 0; i < I; i++) sum += x[n * I + i] * w[i * O + o];
      out[n * O + o] = sum;
    }
  return out;
}

function normalise(x: Float64Array, gamma: Float64Array, beta: Float64Array): Float64Array {
  const out = new Float64Array(N * I);
  for (let i = 0; i < I; i++) {
    let mean = 0;
    for (let n = 0; n < N; n++) mean += x[n * I + i] / N;
    let variance = 0;
    for (let n = 0; n < N; n++) variance += (x[n * I + i] - mean) ** 2 / N;
    for (let n = 0; n < N; n++) {
      out[n * I + i] = ((x[n * I + i] - mean) / Math.sqrt(variance + 1e-5)) * gamma[i] + beta[i];
    }
  }
  return out;
}

const fixed = draw(N * I);
const cases: Case[] = [
  {
    name: 'linear',
    shapes: [[N, I], [I, O], [O]],
    tensors: (x, w, b) => ops.linear(x, w, b as unknown as tf.Tensor1D),
    plain: (x, w, b) => product(x, w, b),
  },
  {
    name: 'linearOfData with bias',
    shapes: [[I, O], [O]],
    tensors: (w, b) =>
      ops.linearOfData(
        tf.tensor2d(Float32Array.from(fixed), [N, I]),
        w,
        b as unknown as tf.Tensor1D,
      ),
    plain: (w, b) => product(fixed, w, b),
  },
  {
    name: 'linearOfData without bias',
    shapes: [[I, O]],
    tensors: (w) => ops.linearOfData(tf.tensor2d(Float32Array.from(fixed), [N, I]), w, null),
    plain: (w) => product(fixed, w, null),
  },
  {
    name: 'add',
    shapes: [
      [N, I],
      [N, I],
    ],
    tensors: (a, b) => ops.add(a, b),
    plain: (a, b) => a.map((v, i) => v + b[i]),
  },
  {
    name: 'silu',
    shapes: [[N, I]],
    tensors: (x) => ops.silu(x),
    plain: (x) => x.map((v) => v / (1 + Math.exp(-v))),
  },
  {
    name: 'elu',
    shapes: [[N, I]],
    tensors: (x) => ops.elu(x),
    plain: (x) => x.map((v) => (v > 0 ? v : Math.expm1(v))),
  },
  {
    name: 'batch normalisation',
    shapes: [[N, I], [I], [I]],
    tensors: (x, g, b) =>
      batchNormTrain(x, g as unknown as tf.Tensor1D, b as unknown as tf.Tensor1D, null),
    plain: (x, g, b) => normalise(x, g, b),
  },
  {
    name: 'mean squared error',
    shapes: [[N, I]],
    tensors: (v) => ops.meanSquaredError(v, tf.tensor2d(Float32Array.from(fixed), [N, I])),
    plain: (v) =>
      Float64Array.of(v.reduce((sum, value, i) => sum + (value - fixed[i]) ** 2, 0) / v.length),
  },
  {
    name: 'mean squared length',
    shapes: [[N, I]],
    tensors: (z) => ops.meanSquaredLength(z, 0.7),
    plain: (z) => Float64Array.of((0.7 * z.reduce((sum, v) => sum + v * v, 0)) / N),
  },
];

/** Registered only here: the oracle needs Σ weights · output, which the models never take. */
tf.registerGradient({
  kernelName: 'Sum',
  inputsToSave: ['x'],
  gradFunc: (dy, saved) => ({ x: () => tf.mul(tf.onesLike(saved[0]), dy as tf.Tensor) }),
});
tf.registerGradient({
  kernelName: 'Multiply',
  inputsToSave: ['a', 'b'],
  gradFunc: (dy, saved) => ({
    a: () => tf.mul(dy as tf.Tensor, saved[1]),
    b: () => tf.mul(dy as tf.Tensor, saved[0]),
  }),
});

describe.each(cases)('$name', ({ shapes, tensors, plain }) => {
  const inputs = shapes.map((shape) => draw(shape.reduce((a, b) => a * b, 1)));
  const toTensor = (values: Float64Array, i: number): tf.Tensor2D =>
    tf.tensor<tf.Rank>(Float32Array.from(values), [...shapes[i]]) as tf.Tensor2D;

  it('has the right values', async () => {
    const result = tensors(...inputs.map(toTensor));
    expect(largestDifference(await result.data(), plain(...inputs))).toBeLessThan(1e-5);
  });

  it('has the right gradients', async () => {
    const size = plain(...inputs).length;
    const weights = draw(size);
    const weigh = (values: Float64Array): number =>
      values.reduce((sum, v, i) => sum + v * weights[i], 0);
    const { grads } = tf.engine().gradients(
      () => {
        const out = tensors(...(xs as tf.Tensor2D[]));
        const w = tf.tensor(Float32Array.from(weights), out.shape);
        return tf.sum(tf.mul(out, w));
      },
      (xs = inputs.map(toTensor)),
    );
    for (const [which, values] of inputs.entries()) {
      const expected = values.map((value, i) => {
        const shifted = (by: number): number =>
          weigh(plain(...inputs.map((x, j) => (j === which ? x.with(i, value + by) : x))));
        return (shifted(1e-5) - shifted(-1e-5)) / 2e-5;
      });
      const difference = largestDifference(await grads[which].data(), expected);
      expect(difference).toBeLessThan(1e-4 * Math.max(1, largest(expected)));
    }
  });
});

let xs: tf.Tensor[] = [];

describe('transpose', () => {
  it.each<[number, number]>([
    [1, 1],
    [1, 65],
    [63, 33],
    [70, 129],
  ])('turns %i × %i', async (rows, cols) => {
    const values = Float32Array.from({ length: rows * cols }, (_, i) => i);
    const turned = await ops.transpose(tf.tensor2d(values, [rows, cols])).data();
    const expected = values.map((_, i) => (i % rows) * cols + Math.floor(i / rows));
    expect(largestDifference(turned, expected)).toBe(0);
  });
});
