/** @file The recorded networks against the plain version on random weights: field, encoder, decoder, whole training steps. */
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAdamW } from '../../../engine/tensors/adamw.ts';
import { ADAMW_DEFAULTS } from '../../../engine/plan/adamw-options.ts';
import type { CpuDevice } from '../../../engine/cpu/device.ts';
import { startTestCpu } from '../../../engine/cpu/testing/devices.ts';
import { lossAndGradients } from '../../../engine/tensors/gradients.ts';
import { negativeBinomialLoss } from '../../../engine/tensors/negative-binomial.ts';
import { meanSquaredLength } from '../../../engine/tensors/ops.ts';
import { readParameters } from '../../../engine/tensors/parameters.ts';
import type { NamedArray } from '../../../engine/named-array.ts';
import { largest, largestDifference, startTestDevice } from '../../../engine/testing/device.ts';
import { memorySource, type CsrSource } from '../../../numerics/csr-source.ts';
import { csrFromDense } from '../../../numerics/csr.ts';
import { createRandom, normalsAt } from '../../../numerics/random.ts';
import { Autoencoder } from '../tensors/autoencoder.ts';
import { GuidedField } from '../tensors/field.ts';
import { additiveGuidance, sharedGuidance } from '../../flow/guidance.ts';
import { VelocityNetwork } from '../tensors/velocity.ts';
import { AutoencoderPlan } from './autoencoder-plan.ts';
import { AutoencoderWeights } from './autoencoder-weights.ts';
import { largestBatch } from '../../tape/count-buffers.ts';
import { FieldPlan } from './field-plan.ts';
import { FlowWeights } from './flow-weights.ts';
import { guidedConditions } from '../../flow/guided-conditions.ts';
import { DecodePlan, EncodePlan } from './half-plans.ts';

let device: CpuDevice;

beforeAll(async () => {
  await startTestDevice('wasm');
  device = await startTestCpu(2);
});

afterAll(() => device.dispose());

/** Every array moved a little, so that zeros and ones are not special. */
function shaken(arrays: readonly NamedArray[]): NamedArray[] {
  const random = createRandom(3);
  return arrays.map((a) => ({
    ...a,
    values: a.values.map((v) => v + 0.1 * Math.abs(random.normal())),
  }));
}

describe('guided field', () => {
  const shape = { dims: 7, hidden: 33, embedding: 10, blocks: 3, categories: [3, 2] };
  const cells = 401;

  it.each([
    ['no condition', [[{ mask: 0, coefficient: 1 }]], false],
    ['two groups of branches', [additiveGuidance([1.5, 0.5]), sharedGuidance([2, 1])], false],
    ['a led last dimension', [sharedGuidance([1, 1])], true],
  ])('agrees with the plain one: %s', async (_, groups, led) => {
    const network = new VelocityNetwork(shape, createRandom(1));
    const arrays = shaken(await readParameters(network.parameters));
    arrays.forEach((a, i) => {
      network.parameters[i].tensor = tf.keep(tf.tensor(a.values, [...a.shape]));
    });
    const weights = new FlowWeights(device, shape);
    weights.arena.write(arrays);
    const random = createRandom(2);
    const question = {
      codes: shape.categories.map((n) =>
        Int32Array.from({ length: cells }, () => random.integer(n)),
      ),
      groups,
      groupOf: Uint16Array.from({ length: cells }, () => random.integer(groups.length)),
      lastVelocity: led ? Float32Array.from({ length: cells }, () => random.normal()) : null,
    };
    const x = Float32Array.from({ length: cells * shape.dims }, () => random.normal());
    const plain = new GuidedField(network, question);
    const field = new FieldPlan(device, weights, guidedConditions(question));
    const [from, to] = [device.allocate(x.length), device.allocate(x.length)];
    device.floats(from).set(x);
    for (const t of [0, 0.31, 1]) {
      const expected = await plain.velocity(t, tf.tensor2d(x, [cells, shape.dims])).data();
      field.evaluate(t, from, to);
      const difference = largestDifference(device.floats(to), expected);
      expect(difference).toBeLessThan(2e-5 * largest(expected));
    }
    field.dispose();
    plain.dispose();
    device.free(from, to);
    weights.dispose();
  });
});

describe('autoencoder', () => {
  const shape = { genes: 131, hidden: [36, 13], latentDim: 5 };
  const rows = 33;

  function counts(): CsrSource & { readonly dense: Float32Array } {
    const random = createRandom(9);
    const dense = Float32Array.from({ length: 2 * rows * shape.genes }, () =>
      random.uniform() < 0.8 ? 0 : random.negativeBinomial(6, 0.7),
    );
    return { ...memorySource(csrFromDense(2 * rows, shape.genes, dense)), dense };
  }

  async function models(): Promise<{ model: Autoencoder; weights: AutoencoderWeights }> {
    const recipe = {
      logTheta: 1,
      thetaRate: 20,
      thetaDecays: false,
      thetaBounds: [-7, 9] as const,
    };
    const model = new Autoencoder(shape, createRandom(4), recipe);
    const all = [...model.parameters, ...model.running];
    const arrays = shaken(await readParameters(all));
    arrays.forEach((a, i) => {
      all[i].tensor = tf.keep(tf.tensor(a.values, [...a.shape]));
    });
    const weights = new AutoencoderWeights(device, shape);
    weights.write(arrays);
    return { model, weights };
  }

  it('reads back what was written, also through panels', async () => {
    const { model, weights } = await models();
    const expected = await readParameters([...model.parameters, ...model.running]);
    expect(await weights.read()).toEqual(expected);
    weights.dispose();
  });

  it('encodes and decodes', async () => {
    const { model, weights } = await models();
    const data = counts();
    const encoder = new EncodePlan(device, weights, rows, [largestBatch(data, rows)]);
    const some = Uint32Array.from({ length: rows - 2 }, (_, i) => 2 * i);
    const z = await encoder.encode([data], some);
    const x = tf.tensor2d(data.dense.map(Math.log1p), [data.rows, data.cols]);
    const all = await model.encode(x, 'eval').data();
    const expected = Array.from(some, (cell) => [
      ...all.slice(cell * shape.latentDim, (cell + 1) * shape.latentDim),
    ]).flat();
    expect(largestDifference(z, expected)).toBeLessThan(1e-5 * largest(expected));
    const decoder = new DecodePlan(device, weights, rows);
    const shares = await decoder.shares(z);
    const plain = await tf
      .softmax(model.decode(tf.tensor2d(z, [some.length, shape.latentDim]), 'eval'))
      .data();
    expect(largestDifference(shares, plain)).toBeLessThan(1e-5 * largest(plain));
    encoder.dispose();
    decoder.dispose();
    weights.dispose();
  });

  it('takes the recommended recipe’s steps: noise, penalty, dispersion', async () => {
    const { model, weights } = await models();
    const data = counts();
    const [noiseScale, penalty] = [0.5, 0.5];
    const plan = new AutoencoderPlan(device, weights, {
      rows,
      data: [{ entries: largestBatch(data, rows) }],
      recipe: {
        weightDecay: 1e-5,
        thetaRate: 20,
        thetaDecays: false,
        thetaBounds: [-7, 9],
        latentNoise: noiseScale,
        latentPenalty: penalty,
      },
    });
    const adamw = createAdamW(model.parameters, { ...ADAMW_DEFAULTS, weightDecay: 1e-5 });
    const dense = data.dense;
    const library = data.sums;
    for (let step = 0; step < 3; step++) {
      const cells = Uint32Array.from({ length: rows }, (_, i) => i + step * 5);
      plan.load([data], cells);
      plan.step(1e-3, { seed: 8, stream: 2, row: step });
      const part = dense.slice(cells[0] * shape.genes, (cells[0] + rows) * shape.genes);
      const noise = new Float32Array(rows * shape.latentDim);
      normalsAt(8, 2, step, noise);
      let likelihood = tf.scalar(0);
      const run = lossAndGradients(model.parameters, () => {
        const z = model.encode(tf.tensor2d(part.map(Math.log1p), [rows, shape.genes]), 'train');
        const scaled = tf.mul(tf.tensor2d(noise, [rows, shape.latentDim]), tf.scalar(noiseScale));
        const logits = model.decode(tf.add(z, scaled), 'train');
        const batch = {
          counts: tf.tensor2d(part, [rows, shape.genes]),
          library: tf.tensor2d(
            Array.from(cells, (c) => library[c]),
            [rows, 1],
          ),
          mask: tf.ones([rows, 1]) as tf.Tensor2D,
          cells: rows,
        };
        likelihood = tf.keep(
          negativeBinomialLoss(logits, model.logTheta.tensor as tf.Tensor1D, batch),
        );
        return tf.add(likelihood, meanSquaredLength(z, penalty));
      });
      const expected = (await likelihood.data())[0];
      expect(Math.abs((await plan.takeLoss()) / expected - 1)).toBeLessThan(1e-5);
      adamw.step(run.gradients, 1e-3);
      model.updateRunning();
    }
    const expected = await readParameters([...model.parameters, ...model.running]);
    for (const [i, array] of (await weights.read()).entries()) {
      // The biases before a normalisation have no gradient; the plain version moves them by rounding noise.
      const loose = /(encoder|decoder)\.[01]\.(bias|norm\.running_mean)/.test(array.name);
      const difference = largestDifference(array.values, expected[i].values);
      expect(difference, array.name).toBeLessThan(loose ? 5e-3 : 5e-5);
    }
    plan.dispose();
    weights.dispose();
  });

  it('leaves out rows that only fill the batch', async () => {
    const { weights } = await models();
    const data = counts();
    const recipe = {
      weightDecay: 0,
      thetaRate: 1,
      thetaDecays: true,
      thetaBounds: null,
      latentNoise: 0,
      latentPenalty: 0,
    };
    const options = { rows, data: [{ entries: largestBatch(data, rows) }], recipe };
    const plan = new AutoencoderPlan(device, weights, options);
    const mean = (cells: number[]): Promise<number> => {
      plan.load([data], cells);
      return plan.evaluate();
    };
    const [a, b, both] = [await mean([3]), await mean([7]), await mean([3, 7])];
    expect(Math.abs((a + b) / 2 / both - 1)).toBeLessThan(1e-6);
    plan.dispose();
    weights.dispose();
  });
});
