/** @file Colours and places of cells on paper. */
import { describe, expect, it } from 'vitest';
import type { CategoryColouring, NumberColouring } from './colouring.ts';
import { figurePoints, painter } from './figure-points.ts';

const categories: CategoryColouring = {
  kind: 'categories',
  name: 'type',
  categories: ['a', 'b'],
  colours: ['#102030', '#aabbcc'],
  codes: Int32Array.of(0, 1, -1),
  synthetic: null,
  shown: Uint8Array.of(1, 0),
};

const numbers: NumberColouring = {
  kind: 'numbers',
  title: 'g',
  unit: '',
  real: Float32Array.of(-1, 0, 5, 10, 99, Number.NaN),
  synthetic: null,
  range: { low: 0, high: 10 },
  loading: false,
  geneScale: null,
};

describe('ink of a cell', () => {
  it('is its category’s; hidden ones are not drawn, others are plain', () => {
    const ink = [0, 1, 2].map(painter(categories, 'real', 'house'));
    expect(ink).toEqual([0x102030, -1, 0xb4b6b3]);
    expect(painter(categories, 'synthetic', 'house')(0)).toBe(0x676d74);
    expect(painter({ kind: 'plain' }, 'real', 'house')(0)).toBe(0xb4b6b3);
  });

  it('is the sequence’s at a value, with its ends beyond the range', () => {
    const ink = [0, 1, 2, 3, 4, 5].map(painter(numbers, 'real', 'viridis'));
    // the published ends of viridis
    expect(ink[0]).toBe(0x440154);
    expect(ink[1]).toBe(0x440154);
    expect(ink[3]).toBe(0xfde725);
    expect(ink[4]).toBe(0xfde725);
    expect(ink[5]).toBe(0xb4b6b3);
    expect([0x440154, 0xfde725]).not.toContain(ink[2]);
  });
});

describe('points of a figure', () => {
  it('stand where the view puts them, without what is not drawn, over several blocks', async () => {
    const n = 120_001;
    const xy = Float32Array.from({ length: 2 * n }, (_, i) => i % 1000);
    const order = Uint32Array.from({ length: n }, (_, i) => n - 1 - i);
    // two pixels a unit, (0, 0) in the middle of 100 × 60
    const view = { x: 0, y: 0, zoom: 1, width: 100, height: 60 };
    const size = { radius: 1, ring: 0, opacity: 0.5 };
    const points = await figurePoints(xy, order, view, (cell) => (cell % 2 ? -1 : cell), size);
    expect(points.colours).toHaveLength(60_001);
    expect(points).toMatchObject(size);
    for (const at of [0, 777, 60_000]) {
      const cell = n - 1 - 2 * at;
      expect(points.colours[at]).toBe(cell);
      expect(points.xy[2 * at]).toBe(50 + 2 * xy[2 * cell]);
      expect(points.xy[2 * at + 1]).toBe(30 - 2 * xy[2 * cell + 1]);
    }
  });
});
