import { describe, expect, it } from 'vitest';
import { contourPath } from './MapContours.tsx';
import { farWarning, noteOf } from './map-words.ts';
import { legendRows } from './legend-rows.ts';
import { modeOf, outlineOf, toolOf } from './use-select-tool.ts';
import { fadeOthers } from './use-points.ts';

describe('selecting on the map', () => {
  const plain = { shiftKey: false, altKey: false, button: 0 };

  it('reads the keys that are held', () => {
    expect(modeOf(plain)).toBe('replace');
    expect(modeOf({ ...plain, shiftKey: true })).toBe('add');
    expect(modeOf({ shiftKey: true, altKey: true })).toBe('subtract');
    expect(toolOf('move', plain)).toBe('move');
    expect(toolOf('move', { ...plain, altKey: true })).toBe('lasso');
    expect(toolOf('rectangle', { ...plain, shiftKey: true })).toBe('rectangle');
    expect(toolOf('lasso', { ...plain, button: 2 })).toBe('move');
  });

  it('makes a rectangle of the first and the last point', () => {
    expect(outlineOf('rectangle', [1, 2, 9, 9, 5, 7])).toEqual([1, 2, 5, 2, 5, 7, 1, 7]);
    expect(outlineOf('lasso', [1, 2, 9, 9])).toEqual([1, 2, 9, 9]);
  });

  it('fades what is not selected and strengthens what is', () => {
    const colours = Uint8Array.of(1, 2, 3, 100, 4, 5, 6, 200);
    fadeOthers(colours, Uint32Array.of(1, 0), Uint8Array.of(1, 0));
    expect([...colours]).toEqual([1, 2, 3, 22, 4, 5, 6, 255]);
    expect([...fadeOthers(Uint8Array.of(0, 0, 0, 100), null, null)]).toEqual([0, 0, 0, 22]);
  });
});

describe('words and rows', () => {
  const facts = {
    overlay: 'umap',
    latent: true,
    flowTime: 1,
    synthetic: 300,
    previewStep: null,
    umapComputed: false,
    mapSeconds: 0,
    modelReady: true,
    generating: true,
  } as const;

  it('says how both kinds mix on the joint map', () => {
    const joint = { realNearSynthetic: 0.31, realNearReal: 0.8, expected: 0.7 };
    expect(noteOf({ ...facts, joint })?.text).toMatch(
      /31.% are real, of a real cell 80.%; .* 70.%\.$/,
    );
    expect(noteOf({ ...facts, trails: true })?.offerPca).toBe(true);
  });

  it('warns when more than 5 % of synthetic cells are far from all real ones', () => {
    const near = new Float32Array(100).fill(1);
    expect(farWarning(near)).toBeNull();
    near.fill(9, 0, 5);
    expect(farWarning(near)).toContain('5 of 100 synthetic cells lie more than 3×');
    expect(farWarning(null)).toBeNull();
    expect(farWarning(new Float32Array(10).fill(9))).toBeNull();
  });

  it('orders the legend as asked', () => {
    const colouring = {
      kind: 'categories',
      name: 'type',
      categories: ['b10', 'b9', 'a'],
      colours: ['#000', '#111', '#222'],
      codes: Int32Array.of(0, 1, 1, 2, 2, 2),
      synthetic: Int32Array.of(0, 0, 1),
      shown: Uint8Array.of(1, 1, 1),
    } as const;
    const names = (order: 'real' | 'synthetic' | 'name' | 'file') =>
      legendRows(colouring, null, order).map(({ name }) => name);
    expect(names('real')).toEqual(['a', 'b9', 'b10']);
    expect(names('synthetic')).toEqual(['b10', 'b9', 'a']);
    expect(names('name')).toEqual(['a', 'b9', 'b10']);
    expect(names('file')).toEqual(['b10', 'b9', 'a']);
  });

  it('draws each strip of a contour for itself', () => {
    const lines = { category: 0, level: 0, points: Float32Array.of(0, 1, 2, 3, 4, 5), starts: Uint32Array.of(0, 2) }; // prettier-ignore
    expect(contourPath(lines)).toBe('M0.000 1.000L2.000 3.000M4.000 5.000');
  });
});
