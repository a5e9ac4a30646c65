/** @file Which attributes cells show in training: the shares of the recipe, and every combination of attributes. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../numerics/random.ts';
import { chooseConditions, labelRows } from './conditions.ts';
import { defaultFlowSteps } from '../../protocol/recipe.ts';
import { createConfig } from '../cfgen/config.ts';
import { flowRate } from '../recipes.ts';
import { patienceFor } from '../cfgen/train-autoencoder.ts';

const CELLS = 20_000;
const recommended = { dropout: 0.2, perBatch: false, allAttributes: 0.5 };

function shares(attributes: number): Map<number, number> {
  const masks = chooseConditions(CELLS, attributes, recommended, createRandom(1));
  const counted = new Map<number, number>();
  for (const mask of masks) counted.set(mask, (counted.get(mask) ?? 0) + 1 / CELLS);
  return counted;
}

/** Four standard errors of a share of one half, the widest there is. */
const near = 4 * Math.sqrt(0.25 / CELLS);

describe('conditions', () => {
  it.each([
    [1, { 0: 0.2, 1: 0.8 }],
    [2, { 0: 0.2, 1: 0.15, 2: 0.15, 3: 0.5 }],
    [3, { 0: 0.2, 1: 0.05, 2: 0.05, 4: 0.05, 3: 0.05, 5: 0.05, 6: 0.05, 7: 0.5 }],
  ])('of %i attributes have the shares of the recipe', (attributes, expected) => {
    const counted = shares(attributes);
    expect([...counted.keys()].sort()).toEqual(Object.keys(expected).map(Number).sort());
    for (const [mask, share] of Object.entries(expected)) {
      expect(Math.abs((counted.get(Number(mask)) ?? 0) - share)).toBeLessThan(near);
    }
  });

  it('are absent without attributes', () => {
    expect([...shares(0).keys()]).toEqual([0]);
  });

  it('are one for a whole batch in the original', () => {
    const random = createRandom(2);
    const recipe = { dropout: 0.2, perBatch: true, allAttributes: 0 };
    const seen = Array.from({ length: 4000 }, () => {
      const masks = chooseConditions(5, 2, recipe, random);
      expect(new Set(masks).size).toBe(1);
      return masks[0];
    });
    const share = (mask: number): number => seen.filter((m) => m === mask).length / 4000;
    expect(Math.abs(share(0) - 0.2)).toBeLessThan(0.03);
    expect(Math.abs(share(1) - 0.4)).toBeLessThan(0.03);
    expect(share(3)).toBe(0);
  });
});

describe('label rows', () => {
  it('are one-hot where shown and zero elsewhere', () => {
    const rows = labelRows([2, 0, 1], Uint32Array.of(3, 1, 2), 1, 3);
    expect([...rows]).toEqual([0, 0, 1, 0, 0, 0, 0, 1, 0]);
  });
});

describe('sizes and rates', () => {
  it('give 12,000 steps from 1,500 cells on, and fewer below', () => {
    expect(defaultFlowSteps(1500)).toBe(12_000);
    expect(defaultFlowSteps(1_000_000)).toBe(12_000);
    expect(defaultFlowSteps(560)).toBe(3300);
    expect(defaultFlowSteps(20)).toBe(2000);
  });

  it('warm up, then fall to the last share', () => {
    const request = { genes: 2000, trainingCells: 5000, categories: [], maxEpochs: null };
    const { flow } = createConfig({ ...request, recipe: 'recommended', flowSteps: 1000 });
    expect(flowRate(flow, 0)).toBeCloseTo(1e-3 / 200, 8);
    expect(flowRate(flow, 199)).toBeGreaterThan(8e-4);
    expect(flowRate(flow, 1000)).toBeCloseTo(2e-5, 8);
    const original = createConfig({ ...request, recipe: 'faithful', flowSteps: 1000 }).flow;
    expect(flowRate(original, 0)).toBe(1e-4);
    expect(flowRate(original, 999)).toBe(1e-4);
  });

  it('wait longer for few steps an epoch and shorter for hundreds', () => {
    expect(patienceFor(10, 6)).toBe(10);
    expect(patienceFor(10, 2)).toBe(30);
    expect(patienceFor(10, 1)).toBe(60);
    expect(patienceFor(10, 100)).toBe(6);
    expect(patienceFor(10, 1000)).toBe(3);
    expect(patienceFor(null, 6)).toBe(Infinity);
  });
});
