/** @file Shared conditions: nobody is lost, only equals share, and every cell's time is uniform. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../numerics/random.ts';
import { separateConditions, shareConditions } from './flow-choice.ts';

const CELLS = 40;
const random = createRandom(3);
const codes = [3, 2].map((n) => Int32Array.from({ length: 200 }, () => random.integer(n)));
const cells = Uint32Array.from({ length: CELLS }, (_, i) => 5 * i);
const masks = Uint32Array.from({ length: CELLS }, (_, i) => i % 4);

/** What a cell shows, as text. */
function shown(cell: number, mask: number): string {
  return codes.map((all, a) => ((mask & (1 << a)) === 0 ? '-' : all[cell])).join();
}

describe('shared conditions', () => {
  it.each([1, 2, 4, 100])('of at most %i cells keep all cells with what they show', (most) => {
    const choice = shareConditions(cells, masks, codes, most, createRandom(most));
    const wanted = Array.from(cells, (cell, i) => `${cell}:${shown(cell, masks[i])}`).sort();
    const found = Array.from(choice.cells, (cell, i) => {
      const condition = choice.conditionOf[i];
      return `${cell}:${shown(choice.labelled[condition], choice.masks[condition])}`;
    }).sort();
    expect(found).toEqual(wanted);
    const sizes = Array.from(choice.times, (_, c) =>
      choice.conditionOf.reduce((sum, own) => sum + (own === c ? 1 : 0), 0),
    );
    expect(Math.min(...sizes)).toBeGreaterThan(0);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(most);
    expect(Math.max(...choice.times)).toBeLessThan(1);
    expect(Math.min(...choice.times)).toBeGreaterThanOrEqual(0);
  });

  it('spread each batch over all times, and give every cell a uniform one', () => {
    const draws = createRandom(9);
    const bins = new Float64Array(10);
    const [watched, rounds] = [cells[7], 6000];
    for (let round = 0; round < rounds; round++) {
      const choice = shareConditions(cells, masks, codes, 4, draws);
      const times = [...choice.times].sort((a, b) => a - b);
      const gaps = times.map((t, i) =>
        i === 0 ? t + 1 - times[times.length - 1] : t - times[i - 1],
      );
      expect(Math.max(...gaps)).toBeLessThanOrEqual(4 / CELLS + 1e-12);
      const at = choice.cells.indexOf(watched);
      bins[Math.floor(choice.times[choice.conditionOf[at]] * 10)]++;
    }
    const expected = rounds / 10;
    const chiSquare = bins.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
    // The 99.9 % point of χ² with 9 degrees of freedom.
    expect(chiSquare).toBeLessThan(27.88);
  });
});

describe('separate conditions', () => {
  it('are the cells themselves', () => {
    const times = Float64Array.from(cells, (_, i) => i / CELLS);
    const choice = separateConditions(cells, masks, times);
    expect([...choice.conditionOf]).toEqual([...cells.keys()]);
    expect(choice).toMatchObject({ cells, masks, times, labelled: cells });
  });
});
