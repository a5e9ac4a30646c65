/** @file The fast velocity: gradients by finite differences, where it begins; and when differential attention is nothing at all. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ComputeDevice } from '../../../engine/compute-device.ts';
import { startTestCpu } from '../../../engine/cpu/testing/devices.ts';
import type { NamedArray } from '../../../engine/named-array.ts';
import { matrix } from '../../../engine/plan/layers.ts';
import { createRandom } from '../../../numerics/random.ts';
import { NetworkWeights, Pool, Tape } from '../../tape/tape.ts';
import type { FlowBatch } from '../batches.ts';
import { setWeights } from '../sets.ts';
import type { FastShape } from '../shapes.ts';
import { recordDifferentialAttention } from './differential-block.ts';
import { fastSpecs, initialFast } from './fast-arrays.ts';
import { ScreenLearner } from './learner.ts';
import { blockSpecs, firstLambda } from './pad-arrays.ts';

const shape: FastShape = {
  tier: 'fast',
  dims: 5,
  members: 3,
  contexts: [2],
  width: 12,
  embedding: 8,
  blocks: 2,
};
const rows = 6;
const random = createRandom(3);
const numbers = (count: number): Float32Array =>
  Float32Array.from({ length: count }, () => random.normal());

const batch: FlowBatch = {
  states: numbers(rows * 5),
  velocities: numbers(rows * 5),
  ends: numbers(rows * 5),
  controls: numbers(rows * 5),
  times: Float64Array.from({ length: rows }, (_, r) => (r + 0.5) / rows),
  groups: [3, 3],
  labels: [0, 1],
  shown: [new Int32Array(rows), Int32Array.from([0, 1, -1, 1, 0, -1])],
};

function learner(device: ComputeDevice, initial: readonly NamedArray[]): ScreenLearner {
  return new ScreenLearner(device, {
    shape,
    recipe: { conditions: 2, cellsEach: 3, mmdWeight: 0.5, clipNorm: null, average: null },
    initial,
    sets: [setWeights([[[0, 1]], [[2, 1]]], 3, 'sum'), setWeights([[[1, 1]]], 3, 'sum')],
    perturbation: 0,
    seen: [],
  });
}

describe('the fast velocity', () => {
  let device: ComputeDevice;

  beforeAll(async () => {
    device = await startTestCpu(1);
  });
  afterAll(() => device.dispose());

  it('has the gradients of finite differences in every array', async () => {
    const initial = fastSpecs(shape).map(({ name, shape: size }) => ({
      name,
      shape: size,
      values: numbers(size.reduce((a, b) => a * b, 1)).map((v) => 0.4 * v),
    }));
    const own = learner(device, initial);
    await own.step(batch, 0);
    const gradients = await own.gradients();
    for (const { name, values } of gradients) {
      const scale = Math.max(...values.map(Math.abs));
      const k = values.findIndex((value) => Math.abs(value) === scale);
      const at = async (step: number): Promise<number> => {
        const moved = initial.map((a) => {
          if (a.name !== name) return a;
          const changed = a.values.slice();
          changed[k] += step;
          return { ...a, values: changed };
        });
        own.restart(moved);
        return (await own.evaluate(batch)).loss;
      };
      const width = 2 ** -6;
      const slope = ((await at(width)) - (await at(-width))) / (2 * width);
      expect(Math.abs(slope - values[k]) / scale, name).toBeLessThan(2e-2);
    }
    own.dispose();
  });

  it('begins at the sum of what its members do alone', async () => {
    const shifts = numbers(4 * 5);
    shifts.fill(0, 15);
    const own = learner(device, initialFast(shape, createRandom(4), shifts));
    const found = await own.evaluate({ ...batch, groups: [1, 5] });
    // Without the discrepancy's part the gradient is 2 (v − u) / count.
    const first = batch.velocities.map((u, k) => {
      const member = (m: number): number => shifts[m * 5 + (k % 5)];
      const v = k < 5 ? member(0) + member(2) : member(1);
      return (v - u) ** 2;
    });
    expect(found.error).toBeCloseTo(first.reduce((a, b) => a + b, 0) / 30, 5);
    own.dispose();
  });

  it('of a differential attention with equal maps and a weight of 1 is 0', async () => {
    const sizes = { width: 8, heads: 2, ratio: 2 };
    const specs = blockSpecs('b', sizes);
    const weights = new NetworkWeights(device, specs);
    const [q, k] = [numbers(64), numbers(64)];
    const layer = 1;
    // λ = e^a − e^0 + λ₀ is 1 for a = log(2 − λ₀).
    const lambda = new Float32Array(16);
    lambda[0] = 1;
    lambda[4] = Math.log(2 - firstLambda(layer));
    const known: Record<string, Float32Array> = {
      'b.q1.weight': q,
      'b.q2.weight': q,
      'b.k1.weight': k,
      'b.k2.weight': k,
      'b.lambda': lambda,
    };
    weights.arena.write(
      specs.map(({ name, shape: size }) => ({
        name,
        shape: size,
        values: known[name] ?? numbers(size.reduce((a, b) => a * b, 1)),
      })),
    );
    const pool = new Pool(device);
    const tape = new Tape(device, weights, pool);
    const y = matrix(pool.fixed(48), 6, 8);
    device.write(y.view, numbers(48));
    const { out } = recordDifferentialAttention(tape, 'b', y, y, {
      cells: 2,
      tokens: 3,
      heads: 2,
      layer,
      wiring: 'self',
      graph: null,
    });
    device.perform(tape.recorder);
    const values = await device.read(out.view);
    expect(Math.max(...values.map(Math.abs))).toBeLessThan(2e-3);
    pool.dispose();
    weights.dispose();
  });
});
