/** @file A question becomes a request for cells, or is refused in words. */
import { describe, expect, it } from 'vitest';
import { StudioError } from '../protocol/errors.ts';
import type { ModelInfo } from '../protocol/model.ts';
import type { PerturbRequest, ScreenInfo } from '../protocol/perturb.ts';
import { contextOf, membersAsked, requireScreen, sampleRequestOf } from './perturb-request.ts';

const screen: ScreenInfo = {
  attribute: 'gene',
  control: 'NT',
  separator: '+',
  context: 'type',
  tier: 'fast',
  start: 'control',
  mmdWeight: 0.5,
  members: ['A', 'B', 'C'],
  seenMembers: 2,
  seenLabels: ['NT', 'A', 'B', 'B+A'],
  graph: [],
};
const info = {
  attributes: [
    { name: 'gene', categories: ['NT', 'A', 'B', 'B+A'], cells: [9, 9, 9, 9] },
    { name: 'type', categories: ['x', 'y'], cells: [18, 18] },
  ],
  screen,
} as unknown as ModelInfo;
const ask: PerturbRequest = {
  members: ['A', 'B'],
  context: { type: 'y' },
  cells: 12,
  seed: 3,
  weight: 1.5,
  composed: false,
};
const failure = (run: () => unknown): StudioError => {
  try {
    run();
  } catch (thrown) {
    return StudioError.from(thrown);
  }
  throw new Error('it did not fail');
};

describe('sampleRequestOf', () => {
  it('asks for the set by its measured label, in its context', () => {
    expect(sampleRequestOf(info, ask)).toMatchObject({
      cells: 12,
      seed: 3,
      guidance: [
        { attribute: 'gene', value: 'B+A', weight: 1.5 },
        { attribute: 'type', value: 'y', weight: 1 },
      ],
      perturbation: ['A', 'B'],
      composed: false,
    });
    const followed = sampleRequestOf(info, { ...ask, weights: { type: 2 } });
    expect(followed.guidance[1]).toEqual({ attribute: 'type', value: 'y', weight: 2 });
    expect(failure(() => sampleRequestOf(info, { ...ask, weights: { dose: 2 } })).code).toBe('bad-attribute'); // prettier-ignore
    const open = sampleRequestOf(info, {
      ...ask,
      members: ['A', 'C'],
      context: {},
      composed: true,
    });
    expect(open.guidance.map(({ value }) => value)).toEqual([null, null]);
    expect(open.composed).toBe(true);
  });

  it('does not add up a single member', () => {
    expect(sampleRequestOf(info, { ...ask, members: ['A'], composed: true }).composed).toBe(false);
  });

  it('asks for control cells by an empty set', () => {
    const control = sampleRequestOf(info, { ...ask, members: [] });
    expect(control.perturbation).toEqual([]);
    expect(control.guidance[0]?.value).toBe('NT');
  });

  it('names what the model does not know', () => {
    expect(failure(() => sampleRequestOf(info, { ...ask, members: ['Q'] })).title).toContain(
      'gene Q',
    );
    expect(failure(() => sampleRequestOf(info, { ...ask, context: { type: 'z' } })).title).toContain('type z'); // prettier-ignore
    expect(failure(() => sampleRequestOf(info, { ...ask, context: { dose: '1' } })).code).toBe('bad-attribute'); // prettier-ignore
    expect(failure(() => requireScreen({})).code).toBe('bad-model');
  });

  it('knows the context that is compared', () => {
    expect(contextOf(screen, ask)).toBe('y');
    expect(contextOf(screen, { context: {} })).toBeNull();
    expect(contextOf({ context: null }, ask)).toBeNull();
  });
});

describe('membersAsked', () => {
  it('reads a set in any order, with or without the name of its column', () => {
    for (const text of ['A+B', 'B+A', 'gene=A+B', ' gene=B+A ']) {
      expect(membersAsked(text, screen), text).toEqual(['A', 'B']);
    }
    const other = { ...screen, attribute: 'perturbation', separator: '_', seenLabels: ['NT', 'A_B'] }; // prettier-ignore
    for (const text of ['perturbation=A_B', 'gene=A_B', 'B_A']) {
      expect(membersAsked(text, other), text).toEqual(['A', 'B']);
    }
    expect(membersAsked('A+B', { ...screen, separator: null })).toEqual(['A', 'B']);
  });

  it('takes control and nothing for the empty set', () => {
    for (const text of ['', 'NT', 'gene=', 'gene=NT'])
      expect(membersAsked(text, screen)).toEqual([]);
  });

  it('leaves names with an equals sign, and those of other columns, as they are', () => {
    const drugs = { ...screen, members: ['dose=10', 'gene=x'], seenLabels: ['NT', 'dose=10', 'gene=x'] }; // prettier-ignore
    expect(membersAsked('dose=10', drugs)).toEqual(['dose=10']);
    expect(membersAsked('gene=x+dose=10', drugs)).toEqual(['dose=10', 'gene=x']);
    expect(membersAsked('drug=A', screen)).toEqual(['drug=A']);
  });
});
