/** @file The verdict that travels with exported cells: plain values, floors beside measures, nothing before a verdict. */
import { describe, expect, it } from 'vitest';
import type { Verdict } from './judge.ts';
import { verdictRecord } from './verdict-record.ts';

const verdict = {
  decided: true,
  headline: 'Close to real, one gap',
  sentence: '1 of 2 checks …',
  numbers: 'Two sets of real cells differ by 0.20, these by 0.33.',
  fitFor: 'Fit for teaching.',
  passed: 1,
  checks: [
    { name: 'Zeros per cell', inside: true },
    { name: 'Library size', inside: false },
  ],
  cells: { heldOut: 140, training: 560, synthetic: 140 },
  measures: { energy: 0.33, zeros: 4, varianceOverMean: 1, copies: 0 },
  floor: { energy: { mean: 0.2, low: 0.1, high: 0.3, draws: 40 } },
  hits: { type: { synthetic: null, interval: null, real: 0.9, baselines: {} } },
} as unknown as Verdict;

describe('verdictRecord', () => {
  it('keeps words, checks and measures with their floors', () => {
    expect(verdictRecord(verdict)).toMatchObject({
      headline: 'Close to real, one gap',
      checks_passed: 1,
      checks: 2,
      outside: ['Library size'],
      measures: {
        energy: { value: 0.33, floor: 0.2, floor_low: 0.1, floor_high: 0.3 },
        zeros: { value: 4 },
        copies: { value: 0 },
      },
      recognised: { type: { synthetic: -1, real: 0.9 } },
    });
    expect(JSON.parse(JSON.stringify(verdictRecord(verdict)))).toEqual(verdictRecord(verdict));
  });

  it('is nothing before a verdict, and has no empty list', () => {
    expect(verdictRecord(null)).toBeNull();
    expect(verdictRecord({ ...verdict, decided: false })).toBeNull();
    const checks = verdict.checks.map((check) => ({ ...check, inside: true }));
    expect(verdictRecord({ ...verdict, checks })).not.toHaveProperty('outside');
  });
});
