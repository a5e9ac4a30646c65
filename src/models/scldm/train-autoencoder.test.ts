/** @file The course of the set autoencoder's training, by a learner that only pretends: checks, patience, the decline, and what is kept. */
import { describe, expect, it } from 'vitest';
import type { NamedArray } from '../../engine/named-array.ts';
import { RunControl } from '../../engine/run-control.ts';
import { createRandom } from '../../numerics/random.ts';
import { StudioError } from '../../protocol/errors.ts';
import type { AutoencoderLearner } from '../backend.ts';
import { codeOf } from '../testing/requests.ts';
import { Setbacks } from '../training/setbacks.ts';
import { createConfig, type AutoencoderRecipe } from './config.ts';
import { trainAutoencoder } from './train-autoencoder.ts';

const { autoencoder: recommended } = createConfig({
  recipe: 'recommended',
  size: 'S',
  genes: 10,
  trainingCells: 100,
  categories: [],
  mostExpressed: 5,
  autoencoderSteps: 400,
  flowSteps: null,
});

/** Plain: a check every ten of 400 steps, patience of 40, a decline over the second half. */
const plain: AutoencoderRecipe = {
  ...recommended,
  learningRate: 1,
  patience: 40,
  decline: 0.5,
  cooling: 0,
  genesPerStep: null,
};

/** Held-out losses are given; the weights are the number of steps done. @param lostAt a step at which the device goes, once */
async function run(
  losses: readonly number[],
  {
    stopAt = Infinity,
    lostAt = Infinity,
    change = {} as Partial<AutoencoderRecipe>,
    stepsBefore = undefined as number | undefined,
  } = {},
) {
  const rates: number[] = [];
  const cells: number[] = [];
  const restarts: number[] = [];
  const setbacks: (readonly [number, number])[] = [];
  const checks: number[] = [];
  const expected: number[] = [];
  const control = new RunControl();
  let [steps, evaluations, lost] = [0, 0, false];
  const weights = (): NamedArray[] => [{ name: 'w', shape: [1], values: Float32Array.of(steps) }];
  const learner: AutoencoderLearner = {
    step: (batch, rate) => {
      rates.push(rate);
      cells.push(...batch);
      steps++;
      if (rates.length === stopAt) control.stop();
    },
    evaluate: () => Promise.resolve(losses[evaluations++]),
    settle: () => {
      if (rates.length !== lostAt || lost) return Promise.resolve();
      lost = true;
      return Promise.reject(new StudioError('device-lost', 'The device went.', 'It did.'));
    },
    takeLoss: () => Promise.resolve(1),
    read: () => Promise.resolve(weights()),
    restart: ([{ values }]) => {
      steps = values[0];
      restarts.push(steps);
    },
    dispose: () => undefined,
  };
  const result = await trainAutoencoder({
    learner,
    relearn: () => Promise.resolve(learner),
    recipe: { ...plain, ...change },
    stepsBefore,
    rows: 10,
    genes: 10,
    trainingCells: Uint32Array.from({ length: 100 }, (_, i) => i),
    heldOutCells: Uint32Array.of(100),
    random: createRandom(1),
    control,
    setbacks: new Setbacks(
      (at, to) => setbacks.push([at, to]),
      () => 'none',
    ),
    onStep: (_, of) => expected.push(of),
    onCheck: (step) => checks.push(step),
  });
  return { result, rates, cells, restarts, setbacks, checks, expected };
}

/** Losses that fall by one from check to check. */
const falling = Array.from({ length: 40 }, (_, k) => 100 - k);

describe('the set autoencoder’s training', () => {
  it('takes all steps while held-out cells gain, visits all cells in turn, and keeps the last', async () => {
    const { result, rates, cells, checks } = await run(falling);
    expect(rates).toHaveLength(400);
    expect(rates[0]).toBeCloseTo(0.01, 10);
    expect(rates.slice(40, 201)).toEqual(new Array<number>(161).fill(1));
    expect(rates[399]).toBeCloseTo(0.1 + 0.9 * (1 - Math.sqrt(199 / 200)), 10);
    expect(checks).toEqual(falling.map((_, k) => 10 * (k + 1)));
    for (let epoch = 0; epoch < 40; epoch++) {
      expect(new Set(cells.slice(100 * epoch, 100 * (epoch + 1))).size).toBe(100);
    }
    expect(result).toMatchObject({ loss: 61, step: 400 });
    expect(result.arrays[0].values[0]).toBe(400);
  });

  it('declines early once the patience has ended, tells how many steps are left, and keeps the best of all', async () => {
    // Best at step 30; at step 70 the patience of 40 steps has ended, and 200 steps of decline follow.
    const losses = [9, 8, 5, ...new Array<number>(12).fill(6), 4, ...new Array<number>(11).fill(7)];
    const { result, rates, checks, expected } = await run(losses);
    expect(rates).toHaveLength(270);
    expect([rates[69], rates[70]]).toEqual([1, 1]);
    expect(rates[120]).toBeCloseTo(0.1 + 0.9 * (1 - Math.sqrt(50 / 200)), 10);
    expect(checks.at(-1)).toBe(270);
    expect([expected[69], expected[70], expected.at(-1)]).toEqual([400, 270, 270]);
    expect(result).toMatchObject({ loss: 4, step: 160 });
    expect(result.arrays[0].values[0]).toBe(160);
  });

  it('never ends early without a patience', async () => {
    const { rates } = await run([5, ...new Array<number>(39).fill(6)], {
      change: { patience: null },
    });
    expect(rates).toHaveLength(400);
  });

  it('goes back to the last good check at half the rate when a loss is no number, and gives up the third time', async () => {
    const { result, rates, restarts, setbacks } = await run([102, 101, NaN, ...falling]);
    expect(setbacks).toEqual([[30, 20]]);
    expect(restarts).toEqual([20]);
    expect(rates.slice(70, 80)).toEqual(new Array<number>(10).fill(0.5));
    expect(result.step).toBe(400);
    await expect(run([9, NaN, NaN, NaN]).catch(codeOf)).resolves.toBe('diverged');
  });

  it('goes on from the last good check on another device', async () => {
    const { result, rates, restarts } = await run(falling, { lostAt: 37 });
    expect(restarts).toEqual([30]);
    expect(rates).toHaveLength(407);
    expect(result).toMatchObject({ loss: 61, step: 400 });
  });

  it('keeps what it has when the person stops', async () => {
    const { result, rates } = await run(falling, { stopAt: 25 });
    expect(rates).toHaveLength(25);
    expect(result).toMatchObject({ loss: 99, step: 20 });
    expect((await run(falling, { stopAt: 5 })).result).toMatchObject({ loss: NaN, step: 0 });
  });

  it('of an earlier training goes on at its share of the rate, and keeps what it began with where nothing better comes', async () => {
    // The first evaluation is of the weights that were there.
    const better = await run([90, ...falling], { stepsBefore: 1600 });
    expect(better.rates.slice(40, 201)).toEqual(new Array<number>(161).fill(0.25));
    expect(better.result).toMatchObject({ loss: 61, step: 400 });
    const worse = await run([60, ...falling], { stepsBefore: 100 });
    expect(worse.rates[100]).toBe(1);
    expect(worse.checks).toHaveLength(40);
    expect(worse.result).toMatchObject({ loss: 60, step: 0 });
    expect(worse.result.arrays[0].values[0]).toBe(0);
    expect((await run([60], { stepsBefore: 100, stopAt: 5 })).result).toMatchObject({ loss: 60 });
  });
});
