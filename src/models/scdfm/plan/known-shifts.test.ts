/** @file What is known of a set in a context is added to the velocity of an untrained PAD-lite, in training and in sampling. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ComputeDevice } from '../../../engine/compute-device.ts';
import { startTestCpu } from '../../../engine/cpu/testing/devices.ts';
import { createRandom } from '../../../numerics/random.ts';
import { NetworkWeights } from '../../tape/tape.ts';
import { setWeights } from '../sets.ts';
import type { PadShape } from '../shapes.ts';
import { FieldPlan } from './field-plan.ts';
import { ScreenLearner } from './learner.ts';
import { initialPad, padSpecs } from './pad-arrays.ts';

const [dims, members, rows] = [5, 6, 6];
const shape: PadShape = { tier: 'pad-lite', dims, members, contexts: [2], width: 8, heads: 2, graphHeads: 2, layers: 1, ratio: 2, gentle: true, masked: true, shifted: true }; // prettier-ignore
const random = createRandom(5);
const numbers = (count: number): Float32Array =>
  Float32Array.from({ length: count }, () => random.normal());
const shifts = numbers((members + 1) * dims);
const initial = initialPad(shape, random, shifts);
const seen = Array.from({ length: members + 1 }, (_, token) => [token]);
const sets = [setWeights([[[1, 1]]], members, 'mean'), setWeights([], members, 'mean')];

/** Shift of a set by the arrays' values. */
const shiftOf = (set: Float32Array, d: number): number =>
  set.reduce((sum, weight, token) => sum + weight * shifts[token * dims + d], 0);

describe('shifts by context', () => {
  let device: ComputeDevice;

  beforeAll(async () => {
    device = await startTestCpu(1);
  });
  afterAll(() => device.dispose());

  it('are what an untrained network learns around, row by row as contexts are shown', async () => {
    const batch = {
      states: numbers(rows * dims),
      velocities: numbers(rows * dims),
      ends: numbers(rows * dims),
      controls: numbers(rows * dims),
      times: Float64Array.from({ length: rows }, (_, r) => (r + 0.5) / rows),
      groups: [3, 3],
      labels: [0, 1],
      shown: [new Int32Array(rows), Int32Array.from([0, 1, -1, 1, 0, -1])],
    };
    const known = [0, 1].map(() => numbers(dims));
    const learner = new ScreenLearner(device, {
      shape,
      recipe: { conditions: 2, cellsEach: 3, mmdWeight: 0, clipNorm: null, average: null, shift: 'known' }, // prettier-ignore
      initial,
      sets,
      beyond: (label, context) => (label === 0 && context >= 0 ? known[context] : null),
      context: 1,
      perturbation: 0,
      seen,
    });
    let expected = 0;
    for (let r = 0; r < rows; r++) {
      const [label, context] = [batch.labels[Math.floor(r / 3)], batch.shown[1][r]];
      for (let d = 0; d < dims; d++) {
        const added = label === 0 && context >= 0 ? known[context][d] : 0;
        const rest = shiftOf(sets[label], d) + added - batch.velocities[r * dims + d];
        expected += (rest * rest) / (rows * dims);
      }
    }
    expect((await learner.evaluate(batch)).loss).toBeCloseTo(expected, 5);
    // Nothing of it is moved by training.
    await learner.step(batch, 0.01);
    const after = (await learner.read()).find(({ name }) => name === 'shift.weight');
    expect(after?.values).toEqual(shifts);
    learner.dispose();
  });

  it('are part of the velocity of each condition in its share', async () => {
    const weights = new NetworkWeights(device, padSpecs(shape));
    weights.arena.write(initial);
    const beyond = numbers(2 * dims);
    const field = new FieldPlan(device, weights, shape, {
      cells: 3,
      branches: 2,
      sets: Float32Array.from([...sets[0], ...sets[1]]),
      contexts: [[0], [1]],
      beyond,
      count: 2,
      conditionOf: Uint32Array.of(0, 1, 1, 1, 0, 0),
      coefficients: Float32Array.of(0.25, 1, 2, 0.75, 0, -1),
      controls: numbers(3 * dims),
      seen,
    });
    const [x, v] = [device.allocate(3 * dims), device.allocate(3 * dims)];
    device.write(x, numbers(3 * dims));
    field.evaluate(0.4, x, v);
    const found = await device.read(v);
    const shares = [[0.25, 0.75], [0, 1], [-1, 2]]; // prettier-ignore
    found.forEach((value, k) => {
      const d = k % dims;
      const expected = shares[Math.floor(k / dims)].reduce(
        (sum, share, own) => sum + share * (shiftOf(sets[own], d) + beyond[own * dims + d]),
        0,
      );
      expect(value).toBeCloseTo(expected, 5);
    });
    field.dispose();
    weights.dispose();
  });
});
