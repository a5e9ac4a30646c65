/** @file What counts are drawn with: offsets that give genes their means, and levels below which genes are not there. */
import { describe, expect, it } from 'vitest';
import { columnCounts } from '../../numerics/csr.ts';
import { createRandom } from '../../numerics/random.ts';
import { meanOfPositive, offsetFor, thresholds } from './calibrate.ts';
import { decodeStates } from './decode.ts';
import type { StateArrays } from './model.ts';

const [cells, genes] = [200, 4];
const random = createRandom(4);
/** Log expression as a network of gene tokens gives it: no zeros, some below 0. */
const levels = Float32Array.from({ length: cells * genes }, () => 1.5 + random.normal());
const zeros = Float64Array.of(0, 0.25, 0.6, 0.995);

describe('thresholds of expression', () => {
  it('leave each gene the zeros of training cells in the counts that are drawn', async () => {
    const offset = thresholds(levels, zeros);
    expect(offset[0]).toBe(0);
    const arrays = { components: null, offset } as unknown as StateArrays;
    const logLibrary = new Float32Array(cells).fill(Math.log(10_000));
    const drawn = await decodeStates(arrays, { states: levels, logLibrary, seed: 1, first: 0 }, () =>
      Promise.resolve(),
    ); // prettier-ignore
    const seen = columnCounts(drawn);
    // A level of 0 or less is no expression, whatever the share; the others have their share to the cell.
    const below = levels.filter((level, k) => k % genes === 0 && level <= 0).length;
    const missing = [below, 50, 120, 199].map((wanted, g) => wanted - (cells - seen[g]));
    // A cell that would have no count at all gets one.
    const isEmpty = (cell: number): boolean => offset.every((level, g) => levels[cell * genes + g] <= level); // prettier-ignore
    const empty = Array.from({ length: cells }, (_, cell) => cell).filter(isEmpty).length;
    expect(empty).toBeLessThan(10);
    expect(missing.every((n) => n >= 0)).toBe(true);
    expect(missing.reduce((sum, n) => sum + n, 0)).toBe(empty);
    expect(drawn.values.every((count) => Number.isInteger(count) && count > 0)).toBe(true);
  });
});

describe('offsets', () => {
  it('give levels the mean that is wanted, as far as they reach', () => {
    const own = Float64Array.from({ length: 50 }, (_, i) => i / 25 - 1);
    for (const wanted of [0.1, 0.5, 1.2]) {
      expect(meanOfPositive(own, offsetFor(own, wanted))).toBeCloseTo(wanted, 5);
    }
    expect(offsetFor(own, 9)).toBeCloseTo(2, 5);
    expect(offsetFor(own, 0)).toBeLessThan(0);
  });
});
