/** @file What a headline says of scores made up for it: who is nearer, what chance makes of it, what was seen. */
import { describe, expect, it } from 'vitest';
import type { PerturbScores, Predictor, ScoredPrediction } from '../../protocol/perturb.ts';
import { headline, modelHeadline, standing } from './summary.ts';

const rest: Omit<PerturbScores, 'energy' | 'pearsonDelta'> = {
  overlap: null,
  direction: null,
  discrimination: null,
  mae: 0,
  mse: 0,
  prAuc: null,
  mmd: 0,
};

function one(
  predictor: Predictor,
  energy: number,
  pearsonDelta: number | null = null,
  { label = 'A', seen = false } = {},
): ScoredPrediction {
  return { predictor, label, context: '', cells: 60, seen, scores: { ...rest, energy, pearsonDelta } }; // prettier-ignore
}

describe('standing', () => {
  it('does not tell one prediction from a rule within what two halves of the cells are apart', () => {
    const close = [one('model', 0.034), one('additive', 0.001), one('control', 1)];
    expect(standing(close, 'energy')?.verdict).toBe('worse');
    expect(standing([...close, one('floor', 0.18)], 'energy')?.verdict).toBe('as-good');
    expect(standing([...close, one('floor', -0.18)], 'energy')?.verdict).toBe('as-good');
    expect(standing([...close, one('floor', 0.01)], 'energy')?.verdict).toBe('worse');
  });
});

describe('cells as near as real ones are to each other', () => {
  it('are not put in order: such distances differ by chance', () => {
    const of = (model: number, rule: number, floor: number) =>
      standing([one('model', model), one('control', rule), one('floor', floor)], 'energy')?.verdict;
    expect(of(-0.06, -0.13, 0.001)).toBe('as-good');
    expect(of(-0.13, -0.06, 0.001)).toBe('as-good');
    expect(of(0.03, 0.01, 0.04)).toBe('as-good');
    expect(of(0.5, -0.06, 0.01)).toBe('worse');
    expect(of(-0.06, 0.5, 0.01)).toBe('better');
  });
});

describe('headline', () => {
  it('says which genes change where that stands otherwise than the cells', () => {
    const scores = [one('model', 0.5, 0.2), one('linear', 0.5, 0.6), one('control', 2)];
    expect(headline(scores)).toBe(
      'A simple rule is as good as the model here: “linear model” is as near to the real cells (energy distance 0.50, the model 0.50). Which genes change “linear model” predicts better (correlation 0.60, the model 0.20).',
    );
    const other = [one('model', 0.5, 0.6), one('linear', 0.5, 0.2)];
    expect(headline(other)).toContain(
      'Which genes change the model predicts better than every rule (correlation 0.60 against 0.20).',
    );
    const both = [one('model', 0.9, 0.2), one('linear', 0.5, 0.6), one('floor', -0.02)];
    expect(headline(both)).toBe(
      'A simple rule is better than the model here: “linear model” is nearer to the real cells (energy distance 0.50, the model 0.90; two halves of the real cells are 0 apart).',
    );
  });
});

describe('modelHeadline', () => {
  const seen = { seen: true };
  it('calls cells that were learnt from no test', () => {
    const own = [one('model', 0.1, null, seen), one('control', 1, null, seen)];
    expect(modelHeadline(own)).toMatch(/^The model is nearer .*This is no test: .*Hold it out/);
    const two = [...own, ...own.map((score) => ({ ...score, label: 'B' }))];
    expect(modelHeadline(two)).toContain('learnt from cells of all 2.');
  });

  it('speaks of the held-out ones where there are some', () => {
    const learnt = [one('model', 0.1, null, seen), one('control', 1, null, seen)];
    const held = ['B', 'C', 'D'].flatMap((label) => [one('model', 3, null, { label }), one('control', 1, null, { label })]); // prettier-ignore
    expect(modelHeadline([...learnt, ...held])).toBe(
      'A simple rule is better than the model here: “control as it is” is nearer to the real cells (energy distance 1.0, the model 3.0). That is of the 3 held out; the model and the rules learnt from the other 1.',
    );
    expect(modelHeadline(held)).toBe(headline(held));
    expect(modelHeadline([])).toBe(headline([]));
  });
});
