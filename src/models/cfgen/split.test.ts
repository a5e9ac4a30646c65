/** @file Held-out cells: the right share of every combination, the same for the same seed. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../numerics/random.ts';
import type { AttributeData } from '../../protocol/dataset.ts';
import { countCombinations, holdOut } from './split.ts';

function attributes(cells: number, sizes: readonly number[], seed: number): AttributeData[] {
  const random = createRandom(seed);
  return sizes.map((n, a) => ({
    name: `attribute${a}`,
    categories: Array.from({ length: n }, (_, c) => `c${c}`),
    codes: Int32Array.from({ length: cells }, () => random.integer(n)),
  }));
}

describe('held-out cells', () => {
  it('take their share overall and of every combination, and leave each one a training cell', () => {
    const settings = fc.record({
      cells: fc.integer({ min: 2, max: 400 }),
      sizes: fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 3 }),
      share: fc.double({ min: 0.05, max: 0.5, noNaN: true }),
      seed: fc.nat(1000),
    });
    fc.assert(
      fc.property(settings, ({ cells, sizes, share, seed }) => {
        const own = attributes(cells, sizes, seed);
        const heldOut = holdOut(cells, own, share, seed);
        expect(holdOut(cells, own, share, seed)).toEqual(heldOut);
        const taken = heldOut.reduce((a, b) => a + b, 0);
        expect(taken).toBeGreaterThanOrEqual(1);
        expect(taken).toBeLessThan(cells);
        const all = countCombinations(own, new Uint8Array(cells));
        const training = countCombinations(own, heldOut);
        const lost = all[0].cells === 1 ? 1 : 0;
        expect(training.length).toBe(all.length - lost);
        for (const { codes, cells: left } of training) {
          const before = all.find((c) => c.codes.join() === codes.join())?.cells ?? 0;
          expect(before - left).toBeLessThanOrEqual(before * share + 1.5);
        }
      }),
    );
  });

  it('hit the share exactly where combinations are large', () => {
    const own = attributes(5000, [4, 3], 1);
    const taken = holdOut(5000, own, 0.2, 3).reduce((a, b) => a + b, 0);
    expect(Math.abs(taken - 1000)).toBeLessThanOrEqual(1);
  });

  it('differ between seeds', () => {
    const own = attributes(300, [2], 1);
    expect(holdOut(300, own, 0.2, 1)).not.toEqual(holdOut(300, own, 0.2, 2));
  });
});

describe('combinations', () => {
  it('are counted over training cells, most frequent first', () => {
    const codes = (values: number[]): Int32Array => Int32Array.from(values);
    const own: AttributeData[] = [
      { name: 'a', categories: ['x', 'y'], codes: codes([0, 0, 1, 1, 1, 0]) },
      { name: 'b', categories: ['p', 'q'], codes: codes([0, 0, 1, 1, 1, 1]) },
    ];
    expect(countCombinations(own, Uint8Array.from([0, 0, 0, 0, 0, 1]))).toEqual([
      { codes: [1, 1], cells: 3 },
      { codes: [0, 0], cells: 2 },
    ]);
  });

  it('without attributes are one', () => {
    expect(countCombinations([], new Uint8Array(7))).toEqual([{ codes: [], cells: 7 }]);
  });
});
