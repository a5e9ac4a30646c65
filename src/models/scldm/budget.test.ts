/** @file Steps for granted minutes. */
import { describe, expect, it } from 'vitest';
import { stepsFor } from './budget.ts';
import { autoencoderRate } from './config.ts';

const full = { autoencoderSteps: 1000, flowSteps: 4000 };

describe('a time budget', () => {
  it('shortens both stages alike', () => {
    // 0.88 · 5 min = 264 s of the 1000 · 0.2 s + 4000 · 0.1 s = 600 s that a full training takes.
    const steps = stepsFor(5, { autoencoder: 200, flow: 100 }, full);
    expect(steps).toEqual({ autoencoderSteps: 440, flowSteps: 1760 });
  });

  it('stays between what teaches anything and a full training', () => {
    expect(stepsFor(1, { autoencoder: 60_000, flow: 60_000 }, full)).toEqual({
      autoencoderSteps: 40,
      flowSteps: 40,
    });
    expect(stepsFor(1000, { autoencoder: 10, flow: 10 }, full)).toEqual({
      autoencoderSteps: 1000,
      flowSteps: 4000,
    });
  });
});

describe("the autoencoder's rate", () => {
  it('follows the original schedule', () => {
    // Factors of the original for 200 steps, warm-up 20, decline over the last tenth from step 180 on.
    const factors = { 0: 0.01, 1: 0.0595, 5: 0.2575, 19: 0.9505, 20: 1, 150: 1, 180: 1, 181: 0.798753882025019, 190: 0.36360389693210715, 199: 0.1227885089671933, 200: 0.1 }; // prettier-ignore
    for (const [step, factor] of Object.entries(factors)) {
      const rate = autoencoderRate(
        { learningRate: 2, steps: 200, decline: 0.1, cooling: 0 },
        Number(step),
        180,
      );
      expect(rate / 2, step).toBeCloseTo(factor, 10);
    }
  });

  it('falls to a hundredth in the last steps where the recipe cools, also after an early decline', () => {
    // 100 steps of decline, the last 12 of them from a tenth to a hundredth.
    const recipe = { learningRate: 1, steps: 200, decline: 0.5, cooling: 1 / 16 };
    const rates = (from: number): number[] =>
      [0, 22, 88, 94, 100].map((after) => autoencoderRate(recipe, from + after, from));
    for (const from of [100, 60]) {
      const expected = [1, 0.55, 0.1, 0.055, 0.01];
      rates(from).forEach((rate, k) => expect(rate).toBeCloseTo(expected[k], 10));
    }
  });
});
