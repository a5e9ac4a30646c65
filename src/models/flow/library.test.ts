/** @file Library sizes against the original's statistics, and where they come from in each setting. */
import { describe, expect, it } from 'vitest';
import { loadFixture } from '../../numerics/testing/fixture.ts';
import type { AttributeData } from '../../protocol/dataset.ts';
import { withLibrary } from './latent-states.ts';
import {
  describeCombinations,
  describeLibrary,
  libraryAt,
  libraryState,
  planLibrary,
} from './library.ts';

const fixture = loadFixture('size-factors', 'by_category');
const attributes: AttributeData[] = ['cell_type', 'donor'].map((name) => ({
  name,
  categories: fixture.info.settings[`${name}.categories`] as string[],
  codes: Int32Array.from(fixture.values(`${name}.code`)),
}));
const library = describeLibrary(fixture.values('log_library'), attributes);

describe('library statistics', () => {
  it.each(['cell_type', 'donor'])('%s: mean and sd of the original', (name) => {
    const own = library.byCategory[name === 'cell_type' ? 0 : 1];
    const sd = fixture.values(`${name}.sd`);
    fixture.values(`${name}.mean`).forEach((mean, c) => {
      expect(own.mean[c]).toBeCloseTo(mean, 11);
      // One cell: the original gives NaN and would sample NaN; ours must be a usable number.
      if (Number.isNaN(sd[c])) expect(own.sd[c]).toBeGreaterThan(0);
      else expect(own.sd[c]).toBeCloseTo(sd[c], 11);
    });
  });

  it('has the overall range', () => {
    expect(library.min).toBeCloseTo(fixture.info.scalars['l_min'] as number, 11);
    expect(library.max).toBeCloseTo(fixture.info.scalars['l_max'] as number, 11);
  });
});

describe('a plan', () => {
  const cells = 4000;

  it('leaves the library to a flow that generates it', () => {
    expect(planLibrary({ mode: 'chosen' }, library, [], cells, 1, true).kind).toBe('generated');
  });

  it('draws from the log-normal of the category for other flows', () => {
    const codes = new Int32Array(cells).fill(3);
    const plan = planLibrary({ mode: 'chosen' }, library, [codes], cells, 1, false);
    if (plan.kind !== 'given') throw new Error('the library must be given');
    const { mean, sd } = moments(plan.logLibrary);
    const own = library.byCategory[0];
    expect(Math.abs(mean - own.mean[3])).toBeLessThan((4 * own.sd[3]) / Math.sqrt(cells));
    expect(Math.abs(sd / own.sd[3] - 1)).toBeLessThan(4 / Math.sqrt(2 * cells));
  });

  it('draws from the log-normal of the combination where that is known, else of the first attribute', () => {
    const logLibrary = Float64Array.from({ length: 36 }, (_, i) => (i < 12 ? 5 : 9) + (i % 2));
    const two = [
      { name: 'a', categories: ['x', 'y'], codes: new Int32Array(36) },
      { name: 'b', categories: ['p', 'q', 'r'], codes: new Int32Array(36).map((_, i) => (i < 12 ? 0 : i < 32 ? 1 : 2)) }, // prettier-ignore
    ];
    const byCombination = describeCombinations(logLibrary, two);
    expect(byCombination.map(({ codes, mean }) => [codes, mean])).toEqual([
      [[0, 0], 5.5],
      [[0, 1], 9.5],
    ]);
    const own = { ...describeLibrary(logLibrary, two), byCombination };
    const means = [0, 1, 2].map((code) => {
      const codes = [new Int32Array(cells), new Int32Array(cells).fill(code)];
      const plan = planLibrary({ mode: 'chosen' }, own, codes, cells, 2, false);
      return plan.kind === 'given' ? moments(plan.logLibrary).mean : NaN;
    });
    const first = own.byCategory[0].mean[0];
    [5.5, 9.5, first].forEach((mean, i) => expect(Math.abs(means[i] - mean)).toBeLessThan(0.15));
  });

  it('draws from all cells on demand, the same for the same seed', () => {
    const plan = planLibrary({ mode: 'all' }, library, [], cells, 7, true);
    if (plan.kind !== 'given') throw new Error('the library must be given');
    const { mean } = moments(plan.logLibrary);
    expect(Math.abs(mean - library.mean)).toBeLessThan((4 * library.sd) / Math.sqrt(cells));
    expect(planLibrary({ mode: 'all' }, library, [], cells, 7, true)).toEqual(plan);
    expect(planLibrary({ mode: 'all' }, library, [], cells, 8, true)).not.toEqual(plan);
  });

  it('keeps a fixed number, and leads the flow no further than it has seen', () => {
    const plan = planLibrary({ mode: 'fixed', value: 1e8 }, library, [], 2, 0, true);
    if (plan.kind !== 'given') throw new Error('the library must be given');
    expect(Math.exp(plan.logLibrary[0]) / 1e8).toBeCloseTo(1, 5);
    expect([...plan.steer]).toEqual([3, 3]);
    const learnt = library;
    const wide = planLibrary({ mode: 'fixed', value: 1e8 }, { ...learnt, scale: 3 }, [], 1, 0, true); // prettier-ignore
    expect(wide.kind === 'given' && wide.steer[0]).toBe(9);
  });
});

describe('the library dimension of the flow', () => {
  const own = { mean: 7, sd: 0.5, min: 5, max: 9, byCategory: [] };

  it('lies at the scale times the standard score, and back', () => {
    expect(libraryState(own, 8)).toBe(2);
    expect(libraryState({ ...own, scale: 3 }, 8)).toBe(6);
    expect(libraryAt(own, 2)).toBe(8);
    expect(libraryAt({ ...own, scale: 3 }, 6)).toBe(8);
    // Half the smallest, twice the largest.
    expect(libraryAt({ ...own, scale: 3 }, -100)).toBeCloseTo(5 - Math.log(2), 12);
    expect(libraryAt({ ...own, scale: 3 }, 100)).toBeCloseTo(9 + Math.log(2), 12);
  });

  it('stands last in the states', () => {
    const states = withLibrary(Float32Array.of(1, 2, 3, 4), Float64Array.of(6, 7.5), { ...own, scale: 3 }); // prettier-ignore
    expect([...states]).toEqual([1, 2, -6, 3, 4, 3]);
  });
});

function moments(values: Float32Array): { mean: number; sd: number } {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const squares = values.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  return { mean, sd: Math.sqrt(squares / (values.length - 1)) };
}
