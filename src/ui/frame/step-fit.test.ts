/** @file Which form of the steps' lines a bar has room for; without a canvas a letter is 0.58 of its size wide. */
import { describe, expect, it } from 'vitest';
import { emptyData, emptyModel, emptySynthetic, emptyVerdict } from '../../state/store.ts';
import { stepForm } from './step-fit.ts';
import { stepStates } from './step-states.ts';

const steps = [
  { name: 'Data', line: '0123456789', short: '0123' },
  { name: 'Check', line: '0', short: '0' },
];

describe('stepForm', () => {
  // names are 1.06 · 13 · 0.58 a letter, lines 11 · 0.58
  const check = 1.06 * 5 * 13 * 0.58;
  const whole = 46 + 10 * 11 * 0.58 + 46 + check;
  const short = 30 + 1.06 * 4 * 13 * 0.58 + 30 + check;

  it('takes the fullest form that fits', () => {
    expect(stepForm(steps, Math.ceil(whole))).toBe('whole');
    expect(stepForm(steps, Math.floor(whole))).toBe('short');
    expect(stepForm(steps, Math.ceil(short))).toBe('short');
    expect(stepForm(steps, Math.floor(short))).toBe('names');
  });

  it('is whole before the bar is measured', () => {
    expect(stepForm(steps, 0)).toBe('whole');
  });

  it('finds a short form of every step of a fresh page', () => {
    const state = { data: emptyData, model: emptyModel, synthetic: emptySynthetic, verdict: emptyVerdict, alerts: [] }; // prettier-ignore
    for (const { line, short } of stepStates(state, 'data', 0)) {
      expect(short.length).toBeGreaterThan(0);
      expect(short.length).toBeLessThanOrEqual(Math.min(12, line.length));
    }
  });
});
