/** @file Dropout inside PAD-lite: means stay, the backward pass meets the same numbers, and nothing is dropped when nothing is learnt. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCpu } from '../../../engine/cpu/testing/devices.ts';
import type { CpuDevice } from '../../../engine/cpu/device.ts';
import { matrix } from '../../../engine/plan/layers.ts';
import { createRandom } from '../../../numerics/random.ts';
import { NetworkWeights, Pool, Tape } from '../../tape/tape.ts';
import type { FlowBatch } from '../batches.ts';
import { createConfig } from '../config.ts';
import { setWeights } from '../sets.ts';
import type { PadShape } from '../shapes.ts';
import { dropoutWords, recordDropout } from './dropout.ts';
import { ScreenLearner } from './learner.ts';
import { initialNetwork } from './network.ts';

const [cells, genes, members] = [4, 9, 10];
const shape: PadShape = {
  tier: 'pad-lite',
  dims: genes,
  width: 16,
  heads: 2,
  graphHeads: 2,
  layers: 1,
  ratio: 2,
  members,
  contexts: [],
  gentle: false,
  masked: false,
};

function batchOf(): FlowBatch {
  const random = createRandom(5);
  const numbers = (): Float32Array =>
    Float32Array.from({ length: cells * genes }, () => random.normal());
  const [states, velocities, ends, controls] = [numbers(), numbers(), numbers(), numbers()];
  const times = Float64Array.from({ length: cells }, () => random.uniform());
  return { states, velocities, ends, controls, times, groups: [cells], labels: [0], shown: [] };
}

const batch = batchOf();
const initial = initialNetwork(shape, createRandom(3));

let device: CpuDevice;

beforeAll(async () => {
  device = await startTestCpu(1);
});
afterAll(() => device.dispose());

function learner(networkDropout: number | null, seed = 1, arrays = initial): ScreenLearner {
  const tokens = Array.from({ length: members + 1 }, (_, i) => i);
  const recipe = { conditions: 1, cellsEach: cells, mmdWeight: 0, clipNorm: null, average: null };
  return new ScreenLearner(device, {
    shape,
    recipe: networkDropout === null ? recipe : { ...recipe, networkDropout },
    initial: arrays,
    sets: [setWeights([[[2, 1]]], members, 'mean')],
    perturbation: -1,
    seen: tokens.map(() => tokens),
    seed,
  });
}

/** Losses and gradients of the first two steps without learning. */
async function twoSteps(own: ScreenLearner): Promise<{ losses: number[]; gradients: string }> {
  const losses = [(await own.step(batch, 0)).loss, (await own.step(batch, 0)).loss];
  const gradients = (await own.gradients()).map(({ values }) => values.join()).join(';');
  own.dispose();
  return { losses, gradients };
}

describe('dropped numbers', () => {
  const count = 40_000;

  it.each([0.1, 0.5])(
    'keep the mean at a rate of %d, and the backward pass meets the same',
    async (rate) => {
      const weights = new NetworkWeights(device, []);
      const pool = new Pool(device);
      const tape = new Tape(device, weights, pool);
      const x = matrix(pool.fixed(count), 200, 200);
      const dOut = matrix(pool.fixed(count), 200, 200);
      device.write(x.view, new Float32Array(count).fill(2));
      device.write(dOut.view, new Float32Array(count).fill(2));
      const key = pool.fixed(4);
      device.writeWords(key, dropoutWords(7, 0));
      const back = recordDropout(tape, { rate, key, site: 0 }, x);
      const dx = back(dOut);
      device.perform(tape.recorder);
      const kept = await device.read(x.view);
      expect(await device.read(dx.view)).toEqual(kept);
      const share = kept.filter((v) => v === 0).length / count;
      const error = Math.sqrt((rate * (1 - rate)) / count);
      expect(Math.abs(share - rate)).toBeLessThan(5 * error);
      const others = [...new Set(kept)].filter((v) => v !== 0);
      expect(others).toEqual([Math.fround(2 / (1 - rate))]);
      const mean = kept.reduce((a, b) => a + b, 0) / count;
      expect(Math.abs(mean - 2)).toBeLessThan((10 * error) / (1 - rate));
      pool.dispose();
      weights.dispose();
    },
  );

  it('lie elsewhere at the next place', async () => {
    const weights = new NetworkWeights(device, []);
    const pool = new Pool(device);
    const tape = new Tape(device, weights, pool);
    const key = pool.fixed(4);
    device.writeWords(key, dropoutWords(7, 0));
    const dropout = { rate: 0.5, key, site: 0 };
    const [a, b] = [0, 1].map(() => matrix(pool.fixed(100), 10, 10));
    for (const x of [a, b]) {
      device.write(x.view, new Float32Array(100).fill(1));
      recordDropout(tape, dropout, x);
    }
    device.perform(tape.recorder);
    expect(await device.read(a.view)).not.toEqual(await device.read(b.view));
    pool.dispose();
    weights.dispose();
  });
});

describe('a network that drops', () => {
  it('is the same at a rate of 0', async () => {
    expect(await twoSteps(learner(0))).toEqual(await twoSteps(learner(null)));
  });

  it('is the same for the same seed, another for another, and another at every step', async () => {
    const first = await twoSteps(learner(0.3));
    expect(await twoSteps(learner(0.3))).toEqual(first);
    expect((await twoSteps(learner(0.3, 2))).losses[0]).not.toBe(first.losses[0]);
    expect(first.losses[1]).not.toBe(first.losses[0]);
  });

  it('drops nothing when it is evaluated', async () => {
    const [own, plain] = [learner(0.5), learner(null)];
    const before = await own.evaluate(batch);
    expect(before.loss).toBe((await plain.evaluate(batch)).loss);
    expect((await own.step(batch, 0)).loss).not.toBe(before.loss);
    expect((await own.evaluate(batch)).loss).toBe(before.loss);
    own.dispose();
    plain.dispose();
  });

  it('has the gradient of what it drops', async () => {
    const own = learner(0.3);
    await own.step(batch, 0);
    const gradients = await own.gradients();
    own.dispose();
    const square = gradients.reduce(
      (s, { values }) => s + values.reduce((a, g) => a + g * g, 0),
      0,
    );
    // A larger step would leave the line: dropped numbers make the loss steep.
    const step = 1e-4 / Math.sqrt(square);
    const lossAt = async (share: number): Promise<number> => {
      const moved = initial.map((a) => {
        const slope = gradients.find(({ name }) => name === a.name)?.values ?? new Float32Array(0);
        return { ...a, values: a.values.map((v, k) => v + share * step * slope[k]) };
      });
      const there = learner(0.3, 1, moved);
      const { loss } = await there.step(batch, 0);
      there.dispose();
      return loss;
    };
    const slope = ((await lossAt(1)) - (await lossAt(-1))) / (2 * step);
    expect(Math.abs(slope / square - 1)).toBeLessThan(1e-2);
  });
});

it('the original’s settings drop a tenth, ours nothing', () => {
  const request = { tier: 'pad-lite', start: 'gaussian', mmdWeight: 0.5, genes: null, flowSteps: null, sets: 2 } as const; // prettier-ignore
  const rates = (['faithful', 'recommended'] as const).map(
    (recipe) => createConfig({ ...request, recipe }).flow.networkDropout,
  );
  expect(rates).toEqual([0.1, 0]);
});
