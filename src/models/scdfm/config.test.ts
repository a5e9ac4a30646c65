/** @file The settings of the two recipes, and the original's learning rates. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadFixture } from '../../numerics/testing/fixture.ts';
import { createConfig, flowRate, networkShape, type ConfigRequest } from './config.ts';

const asked: ConfigRequest = {
  recipe: 'faithful',
  tier: 'pad-lite',
  start: 'control',
  mmdWeight: 0.5,
  genes: null,
  flowSteps: 20,
  sets: 2,
};

describe('faithful settings', () => {
  const config = createConfig(asked);

  it('are those of the original, wherever cells are asked to begin', () => {
    expect(config).toMatchObject({ drawsCounts: false, contextOffsets: false, memberOffsets: false, knowsMeans: false }); // prettier-ignore
    expect(config.flow).toMatchObject({
      conditions: 1,
      cellsEach: 48,
      start: 'gaussian',
      mmdWeight: 0.5,
      pairs: false,
      even: false,
      dropout: 0,
      networkDropout: 0.1,
      shift: 'none',
      controls: 0,
      learningRate: 5e-5,
      warmUp: 0,
      clipNorm: null,
      average: null,
    });
  });

  it('draw gates like all other weights, with eight heads in the gene encoder and no mask in attention', () => {
    expect(networkShape(config, 'pad-lite', 256, [2], 300)).toMatchObject({
      graphHeads: 8,
      gentle: false,
      masked: false,
      shifted: false,
      contexts: [2],
    });
  });

  it('have the original learning rates', () => {
    const { info } = loadFixture('scdfm', 'model', join(import.meta.dirname, '../fixtures'));
    const steps = info.scalars['steps'] as readonly { readonly lr: number }[];
    expect(steps).toHaveLength(5);
    steps.forEach(({ lr }, step) => expect(flowRate(config.flow, step) / lr).toBeCloseTo(1, 9));
    expect(flowRate(config.flow, 20)).toBeCloseTo(1e-6, 12);
  });
});

describe('recommended settings', () => {
  it('take more steps the more sets gene tokens have to learn, within bounds', () => {
    const stepsOf = (tier: 'fast' | 'pad-lite', sets: number): number =>
      createConfig({ ...asked, tier, flowSteps: null, sets }).flow.steps;
    expect([2, 24, 57, 300].map((sets) => stepsOf('pad-lite', sets))).toEqual([300, 400, 1000, 1500]); // prettier-ignore
    expect([2, 300].map((sets) => stepsOf('fast', sets))).toEqual([2000, 2000]);
    expect(createConfig({ ...asked, sets: 300 }).flow.steps).toBe(20);
  });

  it('begin where they are told, with four conditions of sixteen cells', () => {
    const { flow } = createConfig({ ...asked, recipe: 'recommended' });
    expect(flow).toMatchObject({ conditions: 4, cellsEach: 16, start: 'control', even: true, pairs: true }); // prettier-ignore
    expect([flow.mmdWeight, flow.average, flow.clipNorm]).toEqual([0.5, 0.999, 1]);
    expect(flowRate({ ...flow, warmUp: 4, steps: 20 }, 0)).toBeCloseTo(flow.learningRate / 4, 12);
  });
});
