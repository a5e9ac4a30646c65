/** @file The velocity network against the original program: time features, forward passes, gradients, optimiser steps. */
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { createAdamW } from '../../../engine/tensors/adamw.ts';
import { ADAMW_DEFAULTS } from '../../../engine/plan/adamw-options.ts';
import { lossAndGradients } from '../../../engine/tensors/gradients.ts';
import { meanSquaredError } from '../../../engine/tensors/ops.ts';
import { writeParameters } from '../../../engine/tensors/parameters.ts';
import { largest, largestDifference, startTestDevice } from '../../../engine/testing/device.ts';
import { createRandom } from '../../../numerics/random.ts';
import { loadFixture, type Fixture } from '../../../numerics/testing/fixture.ts';
import { initialArrays, originalValues, velocityNames } from '../../testing/original-weights.ts';
import { pathPoint } from './loss.ts';
import { timeFeatures, VelocityNetwork } from './velocity.ts';

const ATTRIBUTES = ['cell_type', 'batch'];
const names = velocityNames(ATTRIBUTES);

beforeAll(() => startTestDevice());

function create(fixture: Fixture): VelocityNetwork {
  const [hidden, dims] = fixture.tensors['init.net_in.weight'].shape;
  const network = new VelocityNetwork(
    {
      dims,
      hidden,
      embedding: fixture.tensors['init.time_embedder.0.weight'].shape[0],
      blocks: 3,
      categories: ATTRIBUTES.map((a) => fixture.tensors[`init.label.${a}`].shape[0]),
    },
    createRandom(0),
  );
  writeParameters(network.parameters, initialArrays(fixture, names));
  return network;
}

function oneHot(codes: ArrayLike<number>, categories: number): tf.Tensor2D {
  const rows = new Float32Array(codes.length * categories);
  for (let i = 0; i < codes.length; i++) rows[i * categories + codes[i]] = 1;
  return tf.tensor2d(rows, [codes.length, categories]);
}

describe('time features', () => {
  it.each([20, 100])('are exact at width %i', (width) => {
    const fixture = loadFixture('velocity', 'time_embedding');
    const features = timeFeatures(fixture.values('u'), width);
    expect(largestDifference(features, fixture.values(`E${width}`))).toBeLessThan(1e-6);
  });
});

describe.each(['forward_as_initialised', 'forward_random', 'forward_big'])('%s', (name) => {
  const fixture = loadFixture('velocity', name);
  const [cells, dims] = fixture.tensors['x'].shape;

  it.each([
    ['unconditional', []],
    ['cell_type', [0]],
    ['batch', [1]],
    ['all_labels', [0, 1]],
  ])('velocity with %s', async (condition, used) => {
    const network = create(fixture);
    const v = network.forward({
      x: tf.tensor2d(Float32Array.from(fixture.values('x')), [cells, dims]),
      time: tf.tensor2d(timeFeatures(fixture.values('t'), network.shape.embedding), [
        cells,
        network.shape.embedding,
      ]),
      labels: ATTRIBUTES.map((attribute, a) =>
        used.includes(a)
          ? oneHot(fixture.tensors[`label.${attribute}`].data, network.shape.categories[a])
          : null,
      ),
    });
    const expected = fixture.values(`v.${condition}`);
    expect(largestDifference(await v.data(), expected)).toBeLessThan(1e-5 * largest(expected));
  });
});

describe.each(['train_as_initialised', 'train_random'])('%s', (name) => {
  const fixture = loadFixture('velocity', name, join(import.meta.dirname, '../../fixtures'));
  const [steps, cells, dims] = fixture.tensors['z1'].shape;
  const conditions = fixture.info.settings['condition_of_each_step'] as (string | null)[];
  const losses = fixture.info.scalars['losses'] as number[];

  function part(key: string, step: number): Float64Array {
    const values = fixture.values(key);
    const size = values.length / steps;
    return values.slice(step * size, (step + 1) * size);
  }

  function run(network: VelocityNetwork, step: number) {
    const times = part('t', step);
    const { x, target } = pathPoint(part('z1', step), part('eps', step), times, 1e-4);
    const v = (): tf.Tensor2D =>
      network.forward({
        x: tf.tensor2d(x, [cells, dims]),
        time: tf.tensor2d(timeFeatures(times, network.shape.embedding), [
          cells,
          network.shape.embedding,
        ]),
        labels: ATTRIBUTES.map((attribute, a) =>
          conditions[step] === attribute
            ? oneHot(part(`label.${attribute}`, step), network.shape.categories[a])
            : null,
        ),
      });
    return lossAndGradients(network.parameters, () =>
      meanSquaredError(v(), tf.tensor2d(target, [cells, dims])),
    );
  }

  it('walks the straight path', () => {
    const { x, target } = pathPoint(part('z1', 0), part('eps', 0), part('t', 0), 1e-4);
    expect(largestDifference(x, fixture.values('step1.x_t'))).toBeLessThan(1e-6);
    expect(largestDifference(target, fixture.values('step1.target'))).toBeLessThan(1e-6);
  });

  it('gives the gradients of the first step, and none for tables out of use', async () => {
    const network = create(fixture);
    const { gradients } = run(network, 0);
    for (const [i, p] of network.parameters.entries()) {
      const key = names.find((n) => n.ours === p.name)!;
      const gradient = gradients[i];
      if (gradient === null) {
        expect(`grad.${key.original}` in fixture.tensors).toBe(false);
        continue;
      }
      const expected = originalValues(fixture, 'grad', key);
      const difference = largestDifference(await gradient.data(), expected);
      expect(difference, p.name).toBeLessThan(1e-4 * Math.max(1e-3, largest(expected)));
    }
  });

  it('follows five AdamW steps in which tables are skipped', async () => {
    const network = create(fixture);
    const options = { ...ADAMW_DEFAULTS, weightDecay: 1e-6, skips: true };
    const adamw = createAdamW(network.parameters, options);
    for (let step = 0; step < steps; step++) {
      const { loss, gradients } = run(network, step);
      expect(Math.abs((await loss.data())[0] / losses[step] - 1)).toBeLessThan(1e-4);
      adamw.step(gradients, 1e-4);
      if (step !== 0 && step !== steps - 1) continue;
      for (const p of network.parameters) {
        const key = names.find((n) => n.ours === p.name)!;
        const expected = originalValues(fixture, `after${step + 1}`, key);
        const difference = largestDifference(await p.tensor.data(), expected);
        expect(difference, `${step} ${p.name}`).toBeLessThan(2e-6);
      }
    }
  });
});
