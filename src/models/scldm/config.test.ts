/** @file Learning rates of both stages, against factors that the original program printed. */
import { describe, expect, it } from 'vitest';
import { flowRate } from '../recipes.ts';
import { autoencoderRate, createConfig } from './config.ts';

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

describe("the flow's rate", () => {
  it('follows the original schedule where the recipe is faithful', () => {
    // Factors of the original for 200 steps: warm-up 20 from a hundredth, then a cosine to a tenth.
    const factors = { 0: 0.01, 1: 0.0595, 5: 0.2575, 19: 0.9505, 20: 1, 21: 0.999931462820376, 50: 0.9397114317029974, 100: 0.6281416799501187, 150: 0.26074557564105727, 179: 0.12988880807625927, 190: 0.1068365111445064, 199: 0.10006853717962394, 200: 0.1, 250: 0.1 }; // prettier-ignore
    const { flow } = createConfig({
      recipe: 'faithful',
      size: 'S',
      genes: 100,
      trainingCells: 500,
      categories: [2],
      mostExpressed: 40,
      autoencoderSteps: null,
      flowSteps: 200,
    });
    for (const [step, factor] of Object.entries(factors)) {
      expect(flowRate(flow, Number(step)) / 5e-4, step).toBeCloseTo(factor, 10);
    }
  });
});
