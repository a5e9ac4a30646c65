import { beforeEach, describe, expect, it } from 'vitest';
import { byteArray, keepArray } from '../array-registry.ts';
import { explored, patchExplore, emptySelection } from '../explore.ts';
import { initialState, studio } from '../store.ts';
import type { StudioState } from '../types.ts';
import { clearSelection, compositionOf, majorityValues, selectCategories, selectInside } from './selection.ts'; // prettier-ignore
import { cellsToRead, thinned } from './study.ts';

const codes = Int32Array.of(0, 0, 1, 1, 1, -1);
const asked = Int32Array.of(1, -1, 0);
const recognised = Int32Array.of(0, 1, 0);
const square = Float32Array.of(0, 0, 1, 0, 1, 1, 0, 1);
const drawn = {
  real: Float32Array.of(0.5, 0.5, 5, 5, 0.2, 0.2, 0.3, 0.3, 5, 5, 0.4, 0.4),
  synthetic: Float32Array.of(0.5, 0.5, 0.6, 0.6, 5, 5),
  realCodes: codes,
  syntheticCodes: asked,
  shown: Uint8Array.of(1, 1),
};

beforeEach(() => {
  const obs = [{ name: 'type', kind: 'categorical', categories: ['T', 'B'], cells: [2, 3], missing: 1, steerable: true, why: null, colours: null }]; // prettier-ignore
  const state = {
    ...initialState,
    data: { ...initialState.data, summary: { obs }, columns: { type: keepArray(codes) } },
    model: { ...initialState.model, status: 'ready', info: { attributes: [{ name: 'type', categories: ['B', 'T'], cells: [3, 2] }] } }, // prettier-ignore
    synthetic: { ...initialState.synthetic, asked: { type: keepArray(asked) }, recognised: { type: keepArray(recognised) } }, // prettier-ignore
  };
  studio.setState(state as unknown as StudioState);
  patchExplore({ selection: emptySelection });
});

describe('a selection', () => {
  it('takes the drawn cells inside the line, of both kinds', () => {
    selectInside(square, drawn, 'replace');
    const { real, realCells, syntheticCells } = explored().selection;
    expect([realCells, syntheticCells]).toEqual([4, 2]);
    expect([...(byteArray(real) ?? [])]).toEqual([1, 0, 1, 1, 0, 1]);
    expect(studio.getState().view.drawer).toBe('selection');
    expect(studio.getState().statusText).toBe('Selected 4 real and 2 synthetic cells.');
  });

  it('leaves out cells whose category is switched off, and kinds that are hidden', () => {
    selectInside(square, { ...drawn, shown: Uint8Array.of(1, 0) }, 'replace');
    expect(explored().selection.realCells).toBe(2);
    selectInside(square, { ...drawn, real: null }, 'replace');
    expect(explored().selection).toMatchObject({ real: null, realCells: 0, syntheticCells: 2 });
  });

  it('adds, subtracts and clears', () => {
    selectCategories([0], drawn, 'replace');
    expect(explored().selection).toMatchObject({ realCells: 2, syntheticCells: 1 });
    selectInside(square, drawn, 'add');
    expect(explored().selection).toMatchObject({ realCells: 5, syntheticCells: 3 });
    selectCategories([1], drawn, 'subtract');
    expect(explored().selection).toMatchObject({ realCells: 3, syntheticCells: 2 });
    clearSelection();
    expect(explored().selection).toEqual(emptySelection);
    expect(studio.getState().view.drawer).toBeNull();
  });

  it('has a composition: asked values first, else recognised ones', () => {
    selectInside(square, drawn, 'replace');
    expect(compositionOf('type')).toEqual([
      { category: 'B', real: 2, realOfAll: 3, synthetic: 2, syntheticOfAll: 2 },
      { category: 'T', real: 1, realOfAll: 2, synthetic: 0, syntheticOfAll: 1 },
    ]);
    expect(majorityValues()).toEqual({ type: 'B' });
    expect(compositionOf('nothing')).toEqual([]);
  });
});

describe('cells that are read for a comparison', () => {
  it('are all, or selected ones and an even choice of the others', () => {
    expect([...cellsToRead(5, null, 9)]).toEqual([0, 1, 2, 3, 4]);
    expect([...thinned(Int32Array.of(1, 2, 3, 4, 5, 6), 3)]).toEqual([2, 4, 6]);
    const selected = new Uint8Array(100).fill(1, 40, 45);
    const read = [...cellsToRead(100, selected, 20)];
    expect(read).toHaveLength(20);
    expect(read.filter((cell) => cell >= 40 && cell < 45)).toEqual([40, 41, 42, 43, 44]);
    expect(read).toEqual([...read].sort((a, b) => a - b));
  });
});
