/** @file Notes before training: rare values, outliers, many genes, a slow device. */
import { describe, expect, it } from 'vitest';
import { emptyChoices, emptyData } from '../../state/store.ts';
import type { DataChoices, DataState } from '../../state/types.ts';
import { keptText } from './kept-text.ts';
import { dataNotes } from './data-notes.ts';

const data: DataState = {
  ...emptyData,
  status: 'ready',
  origin: 'file',
  medianCounts: 100,
  geneCount: 31_053,
  summary: {
    fileName: 'x.h5ad',
    format: 'h5ad',
    parts: [],
    part: null,
    estimate: null,
    bytes: 1,
    nObs: 100,
    nVars: 31_053,
    obsNames: [],
    varNames: [],
    X: null,
    layers: [],
    raw: null,
    obs: [
      {
        name: 'cell_type',
        kind: 'categorical',
        categories: ['A', 'B', 'C', 'D', 'E'],
        cells: [50, 4, 8, 30, 0],
        missing: 0,
        steerable: true,
        why: null,
        colours: null,
      },
    ],
    geneNames: [],
    obsm: {},
    maps: [],
    counts: [],
    chosen: 'X',
    proposed: [],
    warnings: [],
  },
};
const choices: DataChoices = { ...emptyChoices, source: 'X', attributes: ['cell_type'] };

const leads = (change: Partial<DataChoices> = {}, counts: Float32Array | null = null): string[] =>
  dataNotes(data, { ...choices, ...change }, null, counts).map(({ lead }) => lead);

describe('dataNotes', () => {
  it('asks about values below 8 cells and points out those up to 30', () => {
    expect(leads()).toEqual(['B has 4 cells.', '2 values have 8 to 30 cells:']);
    const [rare] = dataNotes(data, choices, null, null);
    expect(rare?.question).toBe(true);
    expect(rare?.actions.map(({ label }) => label)).toEqual(['Leave B out', 'Keep it']);
  });

  it('is silent once the question is answered', () => {
    expect(leads({ kept: ['cell_type/B'] })).toEqual(['2 values have 8 to 30 cells:']);
    expect(leads({ leftOut: { cell_type: ['B', 'C'] } })).toEqual(['D has 30 cells:']);
    expect(leads({ attributes: [] })).toEqual([]);
  });

  it('counts cells above ten times the median, as long as they are inside the limits', () => {
    const counts = Float32Array.of(100, 1000, 1001, 5000);
    expect(leads({ attributes: [] }, counts)).toEqual(['2 cells have over 10× the usual counts.']);
    expect(leads({ attributes: [], counts: { min: null, max: 1000 } }, counts)).toEqual([]);
  });

  it('says when only the most variable genes are used', () => {
    expect(leads({ attributes: [], geneChoice: 5000 })).toEqual([
      '31,053 genes: the 5,000 most variable are used.',
    ]);
  });

  it('names the missing GPU for own files only', () => {
    const device = { kind: 'wasm', threads: 1, name: 'CPU', whyNoGpu: 'No WebGPU.' } as const;
    const none = { ...choices, attributes: [] };
    expect(dataNotes(data, none, device, null).map(({ lead }) => lead)).toEqual([
      'No GPU: running on 1 CPU thread.',
    ]);
    expect(dataNotes({ ...data, origin: 'demo' }, none, device, null)).toEqual([]);
  });
});

describe('keptText', () => {
  it('says which cells do not stay', () => {
    expect(keptText(2566, 2618, 52)).toBe('52 cells lie outside the limits.');
    expect(keptText(2613, 2618, 1)).toBe(
      '1 cell lies outside the limits; 4 cells left out or without a value.',
    );
    expect(keptText(5, 5, 0)).toBe('All cells are kept.');
  });
});
