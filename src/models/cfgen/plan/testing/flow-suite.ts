/** @file Tests of the recorded flow on any device against the original program; and of its noise against numerics. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ComputeDevice } from '../../../../engine/compute-device.ts';
import { largest, largestDifference } from '../../../../engine/testing/device.ts';
import { normalsAt } from '../../../../numerics/random.ts';
import { loadFixture, type Fixture } from '../../../../numerics/testing/fixture.ts';
import { initialArrays, originalValues, velocityNames } from '../../../testing/original-weights.ts';
import { separateConditions } from '../../../flow/flow-choice.ts';
import { FlowPlan, type FlowBatchChoice } from '../flow-plan.ts';
import { FlowWeights } from '../flow-weights.ts';

const ATTRIBUTES = ['cell_type', 'batch'];
const names = velocityNames(ATTRIBUTES);

function createWeights(device: ComputeDevice, fixture: Fixture): FlowWeights {
  const [hidden, dims] = fixture.tensors['init.net_in.weight'].shape;
  const weights = new FlowWeights(device, {
    dims,
    hidden,
    embedding: fixture.tensors['init.time_embedder.0.weight'].shape[0],
    blocks: 3,
    categories: ATTRIBUTES.map((a) => fixture.tensors[`init.label.${a}`].shape[0]),
  });
  weights.arena.write(initialArrays(fixture, names));
  return weights;
}

/** Declares the tests. @param start gives a device of their own */
export function describeFlowPlan(device: string, start: () => Promise<ComputeDevice>): void {
  for (const name of ['train_as_initialised', 'train_random']) {
    describe(`flow plan, ${name}, on ${device}`, () => describeCase(name, start));
  }
}

function describeCase(name: string, start: () => Promise<ComputeDevice>): void {
  const fixture = loadFixture('velocity', name, join(import.meta.dirname, '../../../fixtures'));
  const [steps, cells, dims] = fixture.tensors['z1'].shape;
  const conditions = fixture.info.settings['condition_of_each_step'] as (string | null)[];
  const losses = fixture.info.scalars['losses'] as number[];
  let device: ComputeDevice;

  beforeAll(async () => {
    device = await start();
  });

  afterAll(() => device.dispose());

  function part(key: string, step: number): Float64Array {
    const values = fixture.values(key);
    const size = values.length / steps;
    return values.slice(step * size, (step + 1) * size);
  }

  function batch(step: number): FlowBatchChoice {
    const shown = ATTRIBUTES.indexOf(conditions[step] ?? '');
    return {
      ...separateConditions(
        Uint32Array.from({ length: cells }, (_, i) => step * cells + i),
        new Uint32Array(cells).fill(shown < 0 ? 0 : 1 << shown),
        part('t', step),
      ),
      noise: Float32Array.from(part('eps', step)),
    };
  }

  function createPlan(weights: FlowWeights): FlowPlan {
    return new FlowPlan(device, weights, {
      recipe: { batch: cells, sigma: 1e-4, weightDecay: 1e-6, average: null, perBatch: true },
      latents: Float32Array.from(fixture.values('z1')),
      codes: ATTRIBUTES.map((a) => Int32Array.from(fixture.values(`label.${a}`))),
    });
  }

  it('gives the gradients of the first step', async () => {
    const weights = createWeights(device, fixture);
    const plan = createPlan(weights);
    plan.step(batch(0), 1e-4);
    for (const { name: ours, values } of await plan.gradients()) {
      const key = names.find((n) => n.ours === ours)!;
      if (!(`grad.${key.original}` in fixture.tensors)) {
        expect(largest(values), ours).toBe(0);
        continue;
      }
      const expected = originalValues(fixture, 'grad', key);
      const difference = largestDifference(values, expected);
      expect(difference, ours).toBeLessThan(1e-4 * Math.max(1e-3, largest(expected)));
    }
    plan.dispose();
    weights.dispose();
  });

  it('follows five AdamW steps in which tables are skipped', async () => {
    const weights = createWeights(device, fixture);
    const plan = createPlan(weights);
    expect(dims).toBe(weights.shape.dims);
    for (let step = 0; step < steps; step++) {
      plan.step(batch(step), 1e-4);
      expect(Math.abs((await plan.takeLoss()) / losses[step] - 1)).toBeLessThan(1e-4);
      if (step !== 0 && step !== steps - 1) continue;
      for (const { name: ours, values } of await weights.arena.read()) {
        const key = names.find((n) => n.ours === ours)!;
        const expected = originalValues(fixture, `after${step + 1}`, key);
        expect(largestDifference(values, expected), `${step} ${ours}`).toBeLessThan(2e-6);
      }
    }
    plan.dispose();
    weights.dispose();
  });

  it('draws the noise of numerics when it is told only the key', async () => {
    const weights = createWeights(device, fixture);
    const plan = createPlan(weights);
    const noise = new Float32Array(cells * dims);
    normalsAt(2 ** 40 + 17, 5, 3, noise);
    const key = { seed: 2 ** 40 + 17, stream: 5, row: 3 };
    const own = await plan.evaluate({ ...batch(0), noise: key });
    const given = await plan.evaluate({ ...batch(0), noise });
    expect(Math.abs(own / given - 1)).toBeLessThan(1e-6);
    plan.dispose();
    weights.dispose();
  });
}
