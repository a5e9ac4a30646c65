/** @file The fast guided field: against the original's sampled cells, and against the plain network. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeParameters } from '../../../engine/tensors/parameters.ts';
import { tensorSpace } from '../../../engine/tensors/tensor-space.ts';
import { largestDifference, startTestDevice } from '../../../engine/testing/device.ts';
import { dopri5, fixedStep } from '../../../numerics/ode.ts';
import { createRandom } from '../../../numerics/random.ts';
import { loadFixture } from '../../../numerics/testing/fixture.ts';
import { initialArrays, velocityNames } from '../../testing/original-weights.ts';
import { labelRows } from '../../flow/conditions.ts';
import { GuidedField } from './field.ts';
import { additiveGuidance, sharedGuidance, type GuidanceBranch } from '../../flow/guidance.ts';
import { timeFeatures, VelocityNetwork } from './velocity.ts';

const ATTRIBUTES = ['cell_type', 'batch'];
const fixture = loadFixture('ode', 'guided');
const [cells, dims] = fixture.tensors['z0'].shape;
const codes = ATTRIBUTES.map((a) => Int32Array.from(fixture.tensors[`label.${a}`].data));

beforeAll(() => startTestDevice());

function create(): VelocityNetwork {
  const network = new VelocityNetwork(
    { dims, hidden: 15, embedding: 20, blocks: 3, categories: [5, 3] },
    createRandom(0),
  );
  writeParameters(network.parameters, initialArrays(fixture, velocityNames(ATTRIBUTES)));
  return network;
}

function start(): tf.Tensor2D {
  return tf.tensor2d(Float32Array.from(fixture.values('z0')), [cells, dims]);
}

function guided(network: VelocityNetwork, branches: readonly GuidanceBranch[]): GuidedField {
  return new GuidedField(network, {
    codes,
    groups: [branches],
    groupOf: new Uint16Array(cells),
    lastVelocity: null,
  });
}

/** The network itself, for the attributes of a mask. */
async function plain(network: VelocityNetwork, mask: number, t: number): Promise<Float32Array> {
  const masks = new Uint32Array(cells).fill(mask);
  const times = new Float64Array(cells).fill(t);
  const v = network.forward({
    x: start(),
    time: tf.tensor2d(timeFeatures(times, 20), [cells, 20]),
    labels: [5, 3].map((n, a) => tf.tensor2d(labelRows(codes[a], masks, a, n), [cells, n])),
  });
  return v.data<'float32'>();
}

describe('cells of the original sampler', () => {
  it.each([
    ['w0', [0, 0]],
    ['w1', [1, 0]],
    ['w2_5', [2.5, 0]],
    ['w1_1', [1, 1]],
    ['w2_0_5', [2, 0.5]],
  ])('%s', async (name, weights) => {
    const field = guided(create(), additiveGuidance(weights));
    const run = await dopri5(tensorSpace, (t, x) => field.velocity(t, x), start(), [0, 1], {
      atol: 1e-5,
      rtol: 1e-5,
    });
    const scalars = fixture.info.scalars[name] as Record<string, number>;
    const z = await run.states[1].data();
    const allowed = Math.max(1e-5, 3 * scalars['max |f32 - f64|']);
    expect(largestDifference(z, fixture.values(`${name}.z`))).toBeLessThan(allowed);
    expect(Math.abs(run.accepted - scalars['accepted'])).toBeLessThanOrEqual(1);
    const fixed = await fixedStep(tensorSpace, (t, x) => field.velocity(t, x), start(), {
      method: 'rk4',
      from: 0,
      to: 1,
      steps: 100,
    });
    const reference = fixture.values(`${name}.z.reference`);
    expect(largestDifference(await fixed.state.data(), reference)).toBeLessThan(1e-3);
  });
});

describe('the field', () => {
  it('is the mixture of the plain network over its branches', async () => {
    const network = create();
    const branches = sharedGuidance([2, 0.7]);
    const v = await guided(network, branches).velocity(0.3, start()).data();
    const expected = new Float64Array(cells * dims);
    for (const { mask, coefficient } of branches) {
      const part = await plain(network, mask, 0.3);
      part.forEach((value, i) => (expected[i] += coefficient * value));
    }
    expect(largestDifference(v, expected)).toBeLessThan(1e-4);
  });

  it('lets cells of one call have different guidance', async () => {
    const network = create();
    const groups = [sharedGuidance([1, 1]), additiveGuidance([3, 0])];
    const groupOf = Uint16Array.from({ length: cells }, (_, i) => i % 2);
    const mixed = new GuidedField(network, { codes, groups, groupOf, lastVelocity: null });
    const v = await mixed.velocity(0.6, start()).data();
    const alone = await Promise.all(
      groups.map((branches) => guided(network, branches).velocity(0.6, start()).data()),
    );
    const expected = v.map((_, i) => alone[groupOf[Math.floor(i / dims)]][i]);
    expect(largestDifference(v, expected)).toBeLessThan(1e-4);
  });

  it('leads the last dimension where it is told to', async () => {
    const network = create();
    const lastVelocity = Float32Array.from({ length: cells }, (_, i) => i - 3);
    const branches = [sharedGuidance([1, 1])];
    const groupOf = new Uint16Array(cells);
    const led = new GuidedField(network, { codes, groups: branches, groupOf, lastVelocity });
    const v = await led.velocity(0.5, start()).data();
    const free = await guided(network, branches[0]).velocity(0.5, start()).data();
    v.forEach((value, i) => {
      const last = i % dims === dims - 1;
      expect(value).toBeCloseTo(last ? lastVelocity[Math.floor(i / dims)] : free[i], 5);
    });
  });
});
