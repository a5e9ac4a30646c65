/** @file Steps for granted minutes. */
import { describe, expect, it } from 'vitest';
import { stepsFor } from './budget.ts';

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
