/** @file Mean changes by context, against numbers worked out by hand. */
import { describe, expect, it } from 'vitest';
import type { Screen } from './screen.ts';
import { contextShifts, memberShifts } from './shifts.ts';

/** Two contexts with two control cells and two of A each, a third one with cells of A alone, and pairs. */
const screen = {
  members: ['A', 'B'],
  sets: [[], [0], [0, 1], [0]],
  controls: Uint32Array.of(0, 1, 2, 3),
  conditions: [
    { label: 0, context: 0, cells: Uint32Array.of(0, 1) },
    { label: 0, context: 1, cells: Uint32Array.of(2, 3) },
    { label: 1, context: 0, cells: Uint32Array.of(4) },
    { label: 1, context: 1, cells: Uint32Array.of(6, 7) },
    { label: 1, context: 2, cells: Uint32Array.of(8) },
    { label: 2, context: 0, cells: Uint32Array.of(9) },
    // Another value of the column with the same set.
    { label: 3, context: 0, cells: Uint32Array.of(5) },
  ],
} as unknown as Screen;
const A = [9, 1, 9, 1, 11, 1, 11, 1, 50, 50];
const states = Float32Array.from([0, 0, 2, 2, 10, 0, 12, 2, ...A, 70, 70]);

describe('mean changes by context', () => {
  it('are what a context changes beyond the mean, less what may be noise', () => {
    // Control cells: means (1, 1) and (11, 1), variances 2 + 2. A changes (8, 0) in the first context, (0, 0) in the second.
    const mean = Float32Array.of(4, 0, 0, 0, 0, 0);
    const beyond = contextShifts(screen, states, 2, 3, mean);
    // Of a squared length of 16, 4 · (1/2 + 1/2) are noise.
    const expected = [3, 0, 0, 0, -3, 0, 0, 0, 0, 0, 0, 0];
    expect(Array.from(beyond, (value) => value || 0)).toEqual(expected);
  });

  it('are 0 where all of it may be noise', () => {
    const mean = Float32Array.of(7, 0, 0, 0, 0, 0);
    const [first, , , , second] = contextShifts(screen, states, 2, 3, mean);
    expect(first).toBe(0);
    expect(second).toBeCloseTo(-7 * (1 - 4 / 49), 5);
  });

  it('go beyond the mean over contexts, weighed by cells', () => {
    const own = { ...screen, conditions: screen.conditions.filter(({ context }) => context < 2) };
    expect(Array.from(memberShifts(own, states, 2).subarray(0, 2))).toEqual([4, 0]);
  });
});
