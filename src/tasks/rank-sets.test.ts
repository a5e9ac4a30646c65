/** @file Which sets were not measured, and their order. */
import { describe, expect, it } from 'vitest';
import { keyOfMembers } from '../protocol/screen-labels.ts';
import { lengthOf, likeliestSets, rankedSet, unmeasuredSets } from './rank-sets.ts';

const screen = { members: ['A', 'B', 'C', 'X'], seenMembers: 3 };

describe('unmeasuredSets', () => {
  it('has every pair of seen members and every unseen one that no cell has', () => {
    const measured = new Set([['A'], ['B'], ['C'], ['B', 'A'], []].map(keyOfMembers));
    expect(unmeasuredSets(screen, measured)).toEqual([['A', 'C'], ['B', 'C'], ['X']]);
  });

  it('has none where there is one member', () => {
    expect(unmeasuredSets({ members: ['A'], seenMembers: 1 }, new Set())).toEqual([]);
  });
});

describe('likeliestSets', () => {
  it('takes those whose members do most, members never seen as the usual one', () => {
    const sizes = new Map([['A', 1], ['B', 5], ['C', 3]]); // prettier-ignore
    const sets = [['A', 'B'], ['A', 'C'], ['B', 'C'], ['X']];
    expect(likeliestSets(sets, sizes, 2)).toEqual([
      ['B', 'C'],
      ['A', 'B'],
    ]);
    expect(likeliestSets(sets, sizes, 9)).toHaveLength(4);
  });
});

describe('rankedSet', () => {
  const change = Float64Array.of(3, 4, 0);

  it('measures the change and what its members do not add up to', () => {
    const singles = [Float64Array.of(3, 0, 0), Float64Array.of(0, 1, 4)];
    const set = rankedSet(['A', 'B'], change, singles, null);
    expect(set.size).toBe(5);
    // (3, 4, 0) − (3, 1, 4) = (0, 3, −4)
    expect(set.beyondAdditive).toBe(5);
    expect(rankedSet(['A', 'B'], change, singles, [1])).toMatchObject({
      size: 4,
      beyondAdditive: 3,
    });
  });

  it('knows nothing beyond a single member, or without its members', () => {
    expect(rankedSet(['A'], change, [change], null).beyondAdditive).toBeNull();
    expect(rankedSet(['A', 'X'], change, null, null).beyondAdditive).toBeNull();
  });

  it('has length 0 over no genes', () => {
    expect(lengthOf(change, [])).toBe(0);
  });
});
