/** @file Sampling with PAD-lite against the original's solvers, and the order in which solvers err. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ComputeDevice } from '../../../engine/compute-device.ts';
import { startTestCpu } from '../../../engine/cpu/testing/devices.ts';
import { largestDifference } from '../../../engine/testing/device.ts';
import { viewSpace } from '../../../engine/plan/view-space.ts';
import type { View } from '../../../engine/kernels/list.ts';
import { fixedStep } from '../../../numerics/ode.ts';
import { loadFixture } from '../../../numerics/testing/fixture.ts';
import { NetworkWeights } from '../../tape/tape.ts';
import { setWeights } from '../sets.ts';
import { FieldPlan } from './field-plan.ts';
import { padSpecs } from './pad-arrays.ts';
import { originalPad } from './testing/original-pad.ts';
import { CONTROL, ORIGINAL_SHAPE, orderTokens } from './testing/original-step.ts';

const folder = join(import.meta.dirname, '../../fixtures');
const model = loadFixture('scdfm', 'model', folder);
const sampler = loadFixture('scdfm', 'sampler', folder);
const shape = ORIGINAL_SHAPE;
const cells = 5;
const count = cells * shape.dims;
const { order, seen } = orderTokens(model, Array.from(sampler.values('in/vocab_ids')));
const noise = Float32Array.from(sampler.values('in/noise'));

describe('sampling with PAD-lite', () => {
  let device: ComputeDevice;
  let weights: NetworkWeights;
  let field: FieldPlan;

  beforeAll(async () => {
    device = await startTestCpu(2);
    weights = new NetworkWeights(device, padSpecs(shape));
    weights.arena.write(originalPad(model, 'w', shape, order));
    const ids = Array.from(sampler.values('in/perturbation_ids'));
    const members = ids.filter((id) => id !== CONTROL).map((id) => [[order.indexOf(id), 1] as const]); // prettier-ignore
    field = new FieldPlan(device, weights, shape, {
      cells,
      branches: 1,
      sets: setWeights(members, shape.members, 'mean'),
      contexts: [[]],
      beyond: null,
      count: 1,
      conditionOf: new Uint32Array(cells),
      coefficients: new Float32Array(cells).fill(1),
      controls: Float32Array.from(sampler.values('in/source')),
      seen,
    });
  });
  afterAll(() => {
    field.dispose();
    weights.dispose();
    device.dispose();
  });

  const velocity = (t: number, x: View): Promise<View> => {
    const v = device.allocate(count);
    field.evaluate(t, x, v);
    return Promise.resolve(v);
  };

  async function euler(steps: number): Promise<Float32Array> {
    const x = device.allocate(count);
    let state = noise.slice();
    for (let step = 0; step < steps; step++) {
      device.write(x, state);
      const v = await device.read(await velocity(step / steps, x));
      state = state.map((value, k) => value + v[k] / steps);
    }
    return state;
  }

  async function solve(method: 'heun' | 'rk4', steps: number): Promise<Float32Array> {
    const space = viewSpace(device, count);
    const x0 = device.allocate(count);
    device.write(x0, noise);
    const { state } = await fixedStep(space, velocity, x0, { method, from: 0, to: 1, steps });
    const end = await device.read(state);
    space.close();
    return end;
  }

  it('follows the original with 20 steps of Euler and 10 of Heun', async () => {
    expect(largestDifference(await euler(20), sampler.values('fixed/euler_20'))).toBeLessThan(2e-5);
    const heun = await solve('heun', 10);
    expect(largestDifference(heun, sampler.values('fixed/heun2_10'))).toBeLessThan(2e-5);
  });

  it('errs less with Heun than with Euler, and least with Runge and Kutta', async () => {
    const exact = sampler.values('exact/final_unclamped');
    const ends = [await euler(20), await solve('heun', 10), await solve('rk4', 5)];
    const errors = ends.map((end) => largestDifference(end, exact));
    expect(errors[1]).toBeLessThan(errors[0]);
    expect(errors[2]).toBeLessThan(errors[1]);
  });
});
