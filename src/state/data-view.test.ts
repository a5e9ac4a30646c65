import { describe, expect, it } from 'vitest';
import type { ModelInfo } from '../protocol/model.ts';
import { keepArray } from './array-registry.ts';
import { combinationCells, keptCells } from './data-view.ts';
import { median, zeroShare } from './data-facts.ts';
import { emptyChoices, emptyData } from './store.ts';
import { estimateSeconds } from './train-estimate.ts';

const info = {
  attributes: [
    { name: 'type', categories: ['a', 'b', 'c'], cells: [5, 7, 2] },
    { name: 'phase', categories: ['x', 'y'], cells: [9, 5] },
  ],
  // rows type, columns phase: a(3,2) b(6,1) c(0,2)
  combinations: [3, 2, 6, 1, 0, 2],
  trainingCells: 14,
} as unknown as ModelInfo;

describe('training cells of a combination', () => {
  it.each([
    [{ type: 'a', phase: 'x' }, 3],
    [{ type: 'b', phase: null }, 7],
    [{ type: null, phase: 'y' }, 5],
    [{ type: null, phase: null }, 14],
    [{ type: 'c', phase: 'x' }, 0],
  ])('%o', (values, cells) => {
    expect(combinationCells(info, values)).toBe(cells);
  });
  it('is unknown without a table, unless one value or none is asked for', () => {
    const bare = { ...info, combinations: null };
    expect(combinationCells(bare, { type: 'a', phase: 'x' })).toBeNull();
    expect(combinationCells(bare, { type: 'b', phase: null })).toBe(7);
    expect(combinationCells(bare, {})).toBe(14);
  });
  it('takes in cells that are not labelled in what is not asked for', () => {
    const [type, phase] = info.attributes;
    const partly = { ...info, attributes: [{ ...type, cells: [8, 7, 2] }, { ...phase, unlabelled: 3 }], trainingCells: 17 }; // prettier-ignore
    expect(combinationCells(partly as ModelInfo, { type: 'a', phase: null })).toBe(8);
    expect(combinationCells(partly as ModelInfo, { type: 'a', phase: 'x' })).toBe(3);
    expect(combinationCells(partly as ModelInfo, { type: null, phase: null })).toBe(17);
  });
});

describe('kept cells', () => {
  const summary = {
    obs: [{ name: 'type', categories: ['a', 'b'] }],
  } as unknown as NonNullable<typeof emptyData.summary>;
  const data = {
    ...emptyData,
    summary,
    columns: { type: keepArray(new Int32Array([0, 0, 1, -1, 1])) },
    qc: {
      counts: keepArray(new Float32Array([10, 500, 900, 700, 0])),
      genes: keepArray(new Float32Array([5, 50, 90, 70, 0])),
      mito: keepArray(new Float32Array([1, 2, 30, 4, 0])),
    },
  };
  it('leaves out cells outside the limits, empty ones, and on request those without a value in a chosen attribute', () => {
    const counts = { min: 100, max: 1000 };
    const labelled = { ...emptyChoices, attributes: ['type'], leaveUnlabelled: ['type'] };
    const all = keptCells({ ...labelled, counts }, data);
    const used = keptCells({ ...labelled, leaveUnlabelled: [], counts }, data);
    expect([...used.mask]).toEqual([0, 1, 1, 1, 0]);
    expect([...all.mask]).toEqual([0, 1, 1, 0, 0]);
    expect(all).toMatchObject({ kept: 2, of: 5, outside: 2 });
    expect([...keptCells({ ...emptyChoices, counts }, data).mask]).toEqual([0, 1, 1, 1, 0]);
  });
  it('leaves out categories and high mitochondrial shares', () => {
    const choices = { ...emptyChoices, attributes: ['type'], leftOut: { type: ['a'] } };
    expect([...keptCells(choices, data).mask]).toEqual([0, 0, 1, 1, 0]);
    expect([...keptCells({ ...choices, mitoMax: 20 }, data).mask]).toEqual([0, 0, 0, 1, 0]);
  });
});

describe('facts and estimate', () => {
  it('takes medians of odd, even and no numbers', () => {
    expect(median(new Float32Array([3, 1, 2]))).toBe(2);
    expect(median(new Float32Array([4, 1, 2, 3]))).toBe(2.5);
    expect(median(new Float32Array())).toBe(0);
  });
  it('counts zeros from the genes found', () => {
    expect(zeroShare(new Float32Array([2, 4]), 10)).toBeCloseTo(0.7, 12);
  });
  it('grows with cells and genes, and a GPU is faster', () => {
    const cpu = { kind: 'wasm', threads: 1, name: '', whyNoGpu: null } as const;
    const small = estimateSeconds(cpu, 600, 765, 4000);
    expect(estimateSeconds(cpu, 6000, 765, 4000)).toBeGreaterThan(small);
    expect(estimateSeconds(cpu, 600, 7650, 4000)).toBeGreaterThan(small);
    expect(estimateSeconds({ ...cpu, kind: 'webgpu' }, 600, 765, 4000)).toBeLessThan(small);
  });
});
