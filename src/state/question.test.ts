/** @file The question as asked: what is left open is proposed, what the model does not know is left out. */
import { describe, expect, it } from 'vitest';
import type { ModelInfo } from '../protocol/model.ts';
import type { ScreenInfo } from '../protocol/perturb.ts';
import { knownOf, requestOf, requestWords } from './question.ts';
import { emptyQuestion } from './store.ts';

const screen: ScreenInfo = {
  attribute: 'gene',
  control: 'NT',
  separator: '+',
  context: 'type',
  tier: 'fast',
  start: 'control',
  mmdWeight: 0.5,
  members: ['A', 'B', 'X'],
  seenMembers: 2,
  seenLabels: ['NT', 'A', 'B', 'A+B'],
  graph: [],
};
const info = {
  attributes: [
    { name: 'gene', categories: ['NT', 'A', 'B', 'A+B'], cells: [40, 10, 20, 6] },
    { name: 'type', categories: ['x', 'y'], cells: [30, 46] },
    { name: 'donor', categories: ['d', 'e'], cells: [38, 38] },
  ],
  combinations: null,
  trainingCells: 76,
  screen,
} as unknown as ModelInfo;

describe('requestOf', () => {
  it('proposes the member and the context with most cells, and nothing else', () => {
    expect(requestOf(info, screen, emptyQuestion)).toMatchObject({ members: ['B'], context: { type: 'y' } }); // prettier-ignore
  });

  it('keeps what was chosen, an empty set too, and drops what is not known', () => {
    const asked = { ...emptyQuestion, members: ['A', 'gone'], context: { type: '', donor: 'e' }, composed: true }; // prettier-ignore
    expect(requestOf(info, screen, asked)).toMatchObject({ members: ['A'], context: { donor: 'e' }, composed: false }); // prettier-ignore
    expect(requestOf(info, screen, { ...emptyQuestion, members: [] }).members).toEqual([]);
    expect(requestOf(info, screen, { ...emptyQuestion, members: ['gone'] }).members).toEqual(['B']);
  });
});

describe('words', () => {
  it('say the set as the column does', () => {
    const ask = requestOf(info, screen, { ...emptyQuestion, members: ['B', 'A'], composed: true });
    expect(requestWords(ask, screen)).toBe('A+B in y, members added');
    expect(requestWords({ ...ask, members: [], context: {}, composed: false }, screen)).toBe('NT');
  });

  it('say which fixed values are followed more or less, and forget those that are not fixed', () => {
    const asked = { ...emptyQuestion, members: ['A'], context: { donor: 'd' }, weights: { donor: 2, type: 1, gone: 3 } }; // prettier-ignore
    const ask = requestOf(info, screen, asked);
    expect(ask.weights).toEqual({ donor: 2 });
    expect(requestWords(ask, screen)).toBe('A in y, d (weight 2)');
    expect(requestOf(info, screen, { ...asked, context: { donor: '' } })).not.toHaveProperty('weights'); // prettier-ignore
  });

  it('know how many cells have it', () => {
    const of = (members: readonly string[], context = {}) =>
      knownOf(info, screen, { ...requestOf(info, screen, emptyQuestion), members, context });
    expect(of(['B', 'A'])).toEqual({ anywhere: 6, here: 6 });
    expect(of(['X'])).toEqual({ anywhere: 0, here: 0 });
    // Without a table of combinations the cells of a context are not known.
    expect(of(['A'], { type: 'x' })).toEqual({ anywhere: 10, here: null });
  });
});
