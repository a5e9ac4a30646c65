/** @file Held-out cells: the right share of every combination, the same for the same seed. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../numerics/random.ts';
import type { AttributeData } from '../../protocol/dataset.ts';
import type { TrainRequest, TrainSettings } from '../../protocol/model.ts';
import { emptyCsr } from '../../numerics/csr.ts';
import { chooseHeldOut, countCombinations, holdOut } from './split.ts';

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

describe('chosen splits', () => {
  const CELLS = 600;
  const types = attributes(CELLS, [3, 2], 5);
  const donors = attributes(CELLS, [8], 9)[0].codes;
  const request = (split: TrainSettings['split'], splitGroups?: Int32Array): TrainRequest => ({
    data: {
      fileName: 'x.h5ad',
      counts: emptyCsr(CELLS, 2),
      geneNames: ['a', 'b'],
      geneIndex: Int32Array.of(0, 1),
      cellIndex: Int32Array.from({ length: CELLS }, (_, i) => i),
      attributes: types,
    },
    settings: { model: 'cfgen', recipe: 'recommended', seed: 4, maxEpochs: null, flowSteps: null, heldOut: 0.2, split }, // prettier-ignore
    sourceShape: [CELLS, 2],
    previewCells: 0,
    ...(splitGroups ? { splitGroups } : {}),
  });
  const isHidden = (cell: number) => types[0].codes[cell] === 1 && types[1].codes[cell] === 0;
  const hide = [{ attribute0: 'c1', attribute1: 'c0' }];
  const shareOf = (heldOut: Uint8Array, cells: number[]) =>
    cells.reduce((sum, cell) => sum + heldOut[cell], 0) / cells.length;

  it('are a share of every combination when nothing is asked', () => {
    expect(chooseHeldOut(request(undefined))).toEqual(holdOut(CELLS, types, 0.2, 4));
  });

  it('hide every cell of a combination, and hold the share out of the rest', () => {
    const heldOut = chooseHeldOut(request({ by: null, hide }));
    const rest = [...heldOut.keys()].filter((cell) => !isHidden(cell));
    expect([...heldOut.keys()].filter(isHidden).every((cell) => heldOut[cell] === 1)).toBe(true);
    expect(shareOf(heldOut, rest)).toBeCloseTo(0.2, 2);
  });

  it('take whole donors, and hidden combinations besides', () => {
    const heldOut = chooseHeldOut(request({ by: 'donor', hide }, donors));
    const rest = [...heldOut.keys()].filter((cell) => !isHidden(cell));
    const byDonor = new Map<number, Set<number>>();
    for (const cell of rest) {
      const seen = byDonor.get(donors[cell]) ?? new Set();
      byDonor.set(donors[cell], seen.add(heldOut[cell]));
    }
    expect([...byDonor.values()].every((seen) => seen.size === 1)).toBe(true);
    expect(shareOf(heldOut, rest)).toBeGreaterThanOrEqual(0.2);
    expect(shareOf(heldOut, rest)).toBeLessThanOrEqual(0.4);
  });

  it('leave cells without a donor in training', () => {
    const some = donors.map((donor, cell) => (cell < 50 ? -1 : donor));
    const heldOut = chooseHeldOut(request({ by: 'donor', hide: [] }, some));
    expect(heldOut.slice(0, 50).every((mark) => mark === 0)).toBe(true);
  });

  it('never take the last training cells of a category', () => {
    // The donor decides the type: no donor can be spared.
    const telling = types[0].codes;
    expect(() => chooseHeldOut(request({ by: 'donor', hide: [] }, telling))).toThrow(
      expect.objectContaining({ title: 'Held-out cells cannot be chosen by donor.' }),
    );
    expect(() => chooseHeldOut(request({ by: null, hide: [{ attribute0: 'c1' }] }))).toThrow(
      expect.objectContaining({ title: 'Nothing would be left of c1.' }),
    );
    expect(() => chooseHeldOut(request({ by: null, hide: [{ attribute0: 'none' }] }))).toThrow(
      expect.objectContaining({ title: 'There are no cells of attribute0 none to hide.' }),
    );
    expect(() => chooseHeldOut(request({ by: 'donor', hide: [] }))).toThrow(
      expect.objectContaining({ message: 'The file has no such column of categories.' }),
    );
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
