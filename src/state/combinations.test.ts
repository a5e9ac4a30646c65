/** @file Tables of combinations, against counts made cell by cell. */
import { describe, expect, it } from 'vitest';
import { emptyCombinations, pairTable } from './combinations.ts';

const type = { categories: ['B', 'T', 'gone'], codes: Int32Array.of(0, 0, 1, 1, 1, -1, 2) };
const state = { categories: ['off', 'on'], codes: Int32Array.of(0, 0, 1, 1, -1, 1, 0) };
const kept = Uint8Array.of(1, 1, 1, 1, 1, 1, 0);

describe('combinations', () => {
  it('count kept cells that are labelled in both, over values that are left, in the file’s order', () => {
    expect(pairTable(type, state, kept)).toEqual({
      rows: ['B', 'T'],
      columns: ['off', 'on'],
      cells: [
        [2, 0],
        [0, 2],
      ],
      empty: 2,
    });
    expect(
      pairTable(
        state,
        type,
        kept.map(() => 1),
      ),
    ).toMatchObject({
      rows: ['off', 'on'],
      columns: ['B', 'T', 'gone'],
      cells: [
        [2, 0, 1],
        [0, 2, 0],
      ],
      empty: 3,
    });
  });

  it('of more columns are those that no cell has', () => {
    const donor = { categories: ['x', 'y', 'z'], codes: Int32Array.of(0, 1, 0, 0, 2, 0, 1) };
    // B off x, B off y, T on x are there; T with donor z is not labelled in state.
    expect(emptyCombinations([type, state, donor], kept)).toEqual({ all: 12, empty: 9 });
    expect(emptyCombinations([type], kept)).toEqual({ all: 2, empty: 0 });
    const many = { categories: Array.from({ length: 1001 }, String), codes: Int32Array.from(kept) };
    expect(emptyCombinations([many, many], kept)).toBeNull();
  });

  it('of no cells are none', () => {
    expect(
      pairTable(
        type,
        state,
        kept.map(() => 0),
      ),
    ).toMatchObject({ rows: [], empty: 0 });
    expect(
      emptyCombinations(
        [type, state],
        kept.map(() => 0),
      ),
    ).toEqual({ all: 0, empty: 0 });
  });
});
