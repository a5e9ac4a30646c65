/** @file Distances of clouds against the original's numbers and against sums written out. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../numerics/random.ts';
import { loadFixture } from '../../numerics/testing/fixture.ts';
import { cloudOf, measureDistances, type Cloud } from '../distance-table.ts';
import { cloudGap, energyGap, lowerMedianSquare, mmdFourWidths } from './cell-distances.ts';

const folder = join(import.meta.dirname, '../fixtures');
const fixture = loadFixture('scdfm', 'mmd', folder);
const scalars = fixture.info.scalars as Readonly<Record<string, { readonly sigmas?: number[] }>>;

async function tables(x: Cloud, y: Cloud) {
  return {
    own: await measureDistances(x, x),
    within: await measureDistances(y, y),
    between: await measureDistances(x, y),
  };
}

function normalCloud(rows: number, dims: number, seed: number, shift = 0): Cloud {
  const random = createRandom(seed);
  return cloudOf(
    Float64Array.from({ length: rows * dims }, () => shift + random.normal()),
    dims,
  );
}

describe('mmdFourWidths', () => {
  it.each(['small', 'unequal', 'batch48', 'identical'])(
    'meets the original on %s',
    async (name) => {
      const cloud = (tensor: string): Cloud =>
        cloudOf(fixture.values(`${name}/${tensor}`), fixture.tensors[`${name}/${tensor}`].shape[1]);
      const { own, within, between } = await tables(cloud('x'), cloud('y'));
      const expected = fixture.values(`${name}/mmd2`)[0];
      expect(mmdFourWidths(own, within, between)).toBeCloseTo(expected, 6);
      const sigmas = scalars[name]?.sigmas;
      if (sigmas !== undefined) {
        expect(Math.sqrt(lowerMedianSquare(within))).toBeCloseTo(sigmas[1], 4);
      }
    },
  );

  it('is about 0 for two halves of one population, and grows with a shift', async () => {
    const gaps: number[] = [];
    for (let seed = 0; seed < 20; seed++) {
      const { own, within, between } = await tables(
        normalCloud(40, 6, 2 * seed),
        normalCloud(40, 6, 2 * seed + 1),
      );
      gaps.push(mmdFourWidths(own, within, between));
    }
    expect(Math.abs(gaps.reduce((a, b) => a + b, 0) / gaps.length)).toBeLessThan(0.005);
    expect(Math.min(...gaps)).toBeLessThan(0);
    const shifted = async (shift: number): Promise<number> => {
      const { own, within, between } = await tables(
        normalCloud(40, 6, 1, shift),
        normalCloud(40, 6, 2),
      );
      return mmdFourWidths(own, within, between);
    };
    expect(await shifted(0.5)).toBeGreaterThan(0.02);
    expect(await shifted(1)).toBeGreaterThan(2 * (await shifted(0.5)));
  });
});

describe('energyGap', () => {
  it('is the sum written out, with and without diagonals', async () => {
    // Points 0, 2 against 1, 5: E|X−Y| = (1 + 5 + 1 + 3)/4, E|X−X′| = 2 or 4/4, E|Y−Y′| = 4 or 8/4.
    const [x, y] = [[0, 2], [1, 5]].map((row) => cloudOf(Float64Array.from(row), 1)); // prettier-ignore
    const { own, within, between } = await tables(x, y);
    expect(energyGap(own, within, between, false)).toBeCloseTo(2 * 2.5 - 1 - 2, 12);
    expect(energyGap(own, within, between, true)).toBeCloseTo(2 * 2.5 - 2 - 4, 12);
  });

  it('does not depend on the number of cells when unbiased', async () => {
    const target = normalCloud(60, 5, 3);
    const within = await measureDistances(target, target);
    const mean = async (rows: number): Promise<number> => {
      let sum = 0;
      for (let seed = 10; seed < 40; seed++) {
        sum += (await cloudGap(normalCloud(rows, 5, seed, 1), target, within)).energy / 30;
      }
      return sum;
    };
    expect(Math.abs((await mean(8)) - (await mean(80)))).toBeLessThan(0.15);
  });
});
