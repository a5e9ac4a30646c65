/** @file How a trained model is guided: together as it was trained to the original's recipe, label by label otherwise. */
import { describe, expect, it } from 'vitest';
import { additiveGuidance, jointGuidance, sharedGuidance } from '../flow/guidance.ts';
import { resolveRequest } from '../flow/request.ts';
import { ask, term } from '../testing/requests.ts';
import { sampledModel } from './model.ts';

/** Two attributes of two categories; no training cell has b and on together. */
const model = {
  attributes: [
    { name: 'type', categories: ['a', 'b'], cells: [20, 10] },
    { name: 'state', categories: ['off', 'on'], cells: [18, 12] },
  ],
  combinations: [
    { codes: [0, 0], cells: 8 },
    { codes: [0, 1], cells: 12 },
    { codes: [1, 0], cells: 10 },
  ],
};
const wanted = (type: string, on: number) =>
  ask([term('type', type, 2), term('state', 'on', on)], { cells: 3 });

describe('guidance', () => {
  it.each(['a', 'b'])('of a faithful model is joint, seen or not: %s', (type) => {
    const faithful = sampledModel({ ...model, recipe: 'faithful' as const });
    const { groups, extrapolated } = resolveRequest(faithful, wanted(type, 5));
    expect(groups).toEqual([jointGuidance([2, 5])]);
    expect(extrapolated).toBe(type === 'b');
    expect(resolveRequest(faithful, wanted(type, 0)).groups).toEqual([jointGuidance([2, 0])]);
  });

  it('of a recommended model is shared among labels, and a sum where no cell has them', () => {
    const own = sampledModel({ ...model, recipe: 'recommended' as const });
    expect(resolveRequest(own, wanted('a', 5)).groups).toEqual([sharedGuidance([2, 5])]);
    expect(resolveRequest(own, wanted('b', 5)).groups).toEqual([additiveGuidance([2, 5])]);
  });
});
