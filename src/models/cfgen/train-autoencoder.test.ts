/** @file The course of the autoencoder's training, by a learner that only pretends: patience, then cooling from the best weights. */
import { describe, expect, it } from 'vitest';
import { RunControl } from '../../engine/run-control.ts';
import { createRandom } from '../../numerics/random.ts';
import type { NamedArray } from '../../engine/named-array.ts';
import { createConfig } from './config.ts';
import { type AutoencoderRecipe } from '../recipes.ts';
import { Setbacks } from '../training/setbacks.ts';
import { coolingEpochs, trainAutoencoder } from './train-autoencoder.ts';

const { autoencoder: recommended } = createConfig({
  recipe: 'recommended',
  genes: 10,
  trainingCells: 100,
  categories: [],
  maxEpochs: null,
  flowSteps: null,
});

/** Trains on 100 cells of 10 a batch, so that an epoch is 10 steps. Held-out losses are given; the weights are the number of steps done. */
async function run(
  change: Partial<AutoencoderRecipe>,
  losses: readonly number[],
  stopAt = Infinity,
) {
  const rates: number[] = [];
  const restarts: number[] = [];
  const epochs: [number, number][] = [];
  const control = new RunControl();
  let steps = 0;
  let evaluations = 0;
  const weights = (): NamedArray[] => [{ name: 'w', shape: [1], values: Float32Array.of(steps) }];
  const expected: number[] = [];
  const result = await trainAutoencoder({
    learner: {
      step: (_cells, rate) => {
        rates.push(rate);
        steps++;
        if (rates.length === stopAt) control.stop();
      },
      evaluate: () => Promise.resolve(losses[evaluations++]),
      settle: () => Promise.resolve(),
      takeLoss: () => Promise.resolve(1),
      read: () => Promise.resolve(weights()),
      restart: ([{ values }]) => {
        steps = values[0];
        restarts.push(steps);
      },
      dispose: () => undefined,
    },
    relearn: () => Promise.reject(new Error('lost')),
    recipe: { ...recommended, learningRate: 1, patience: 6, maxEpochs: 100, ...change },
    rows: 10,
    trainingCells: Uint32Array.from({ length: 100 }, (_, i) => i),
    heldOutCells: Uint32Array.of(100),
    random: createRandom(1),
    control,
    setbacks: new Setbacks(
      () => undefined,
      () => '',
    ),
    onStep: (_, of) => expected.push(of),
    onEpoch: (epoch, _, heldOut) => epochs.push([epoch, heldOut]),
  });
  return { result, rates, restarts, epochs, expected };
}

const cooling = { steps: 25, rate: 0.1 };

describe('cooling', () => {
  it('takes as many epochs as hold its steps, a quarter of all at most', () => {
    expect(coolingEpochs({ cooling, maxEpochs: 300 }, 10)).toBe(3);
    expect(coolingEpochs({ cooling, maxEpochs: 300 }, 400)).toBe(1);
    expect(coolingEpochs({ cooling, maxEpochs: 8 }, 1)).toBe(2);
    expect(coolingEpochs({ cooling, maxEpochs: 3 }, 10)).toBe(0);
    expect(coolingEpochs({ maxEpochs: 300 }, 10)).toBe(0);
  });

  it('follows the patience from the best weights, at its share of the rate; the best of all is kept', async () => {
    // Patience is 6 epochs: of ten, the fourth is best; then three at a tenth of the rate, of which the second is best.
    const main = [9, 8, 7, 5, 6, 6, 6, 6, 6, 6];
    const { result, rates, restarts, epochs, expected } = await run({ cooling }, [...main, 4.5, 4, 4.2]); // prettier-ignore
    expect(rates).toEqual([...new Array<number>(100).fill(1), ...new Array<number>(30).fill(0.1)]);
    expect(restarts).toEqual([40]);
    expect(epochs.map(([epoch]) => epoch)).toEqual(Array.from({ length: 13 }, (_, i) => i + 1));
    expect(result).toMatchObject({ loss: 4, epoch: 12 });
    expect(result.arrays[0].values[0]).toBe(60);
    expect(expected.at(-1)).toBe(13);
  });

  it('keeps the earlier weights where it makes nothing better', async () => {
    const { result } = await run({ cooling }, [5, 6, 6, 6, 6, 6, 6, 5.1, 5.2, 5.3]);
    expect(result).toMatchObject({ loss: 5, epoch: 1 });
    expect(result.arrays[0].values[0]).toBe(10);
  });

  it('is left out without the setting, and when the person stops', async () => {
    const losses = [5, 6, 6, 6, 6, 6, 6];
    const plain = await run({ cooling: undefined }, losses);
    expect(plain.rates).toHaveLength(70);
    const stopped = await run({ cooling }, losses, 25);
    expect(stopped.rates).toHaveLength(25);
    expect(stopped.restarts).toEqual([]);
  });
});
