import { describe, expect, it } from 'vitest';
import type { CategoryColouring } from './colouring.ts';
import { mapSummary } from './map-summary.ts';

const colouring: CategoryColouring = {
  kind: 'categories',
  name: 'cell_type',
  categories: ['T', 'B', 'NK', 'Mono', 'DC', 'Mega'],
  colours: ['#000', '#111', '#222', '#333', '#444', '#555'],
  codes: Int32Array.of(0, 1, 1, 1, -1, 0, 2, 3, 4),
  synthetic: Int32Array.of(1, 1, 2),
  shown: Uint8Array.of(1, 1, 0, 1, 1, 1),
};

describe('description of the map', () => {
  it('names the largest categories of both kinds, and how far the synthetic cells lie', () => {
    expect(mapSummary(colouring, Float32Array.of(0.5, 1, 4))).toBe(
      '6 values of cell_type, 1 of them hidden. Real cells: B 3, T 2, NK 1, Mono 1 and 1 more. Synthetic cells: B 2, NK 1. Synthetic cells lie 1.0 times the usual distance from the nearest real cell; 1 lies beyond 3 times.',
    );
  });

  it('says the medians of a number', () => {
    expect(
      mapSummary(
        {
          kind: 'numbers',
          title: 'CST3',
          unit: 'counts',
          real: Float32Array.of(0, 2, 10, Number.NaN),
          synthetic: Float32Array.of(1, 2),
          range: { low: 0, high: 10 },
          loading: false,
          geneScale: 'counts',
        },
        null,
      ),
    ).toBe('CST3, counts: real median 2.00, synthetic median 1.50.');
    expect(mapSummary({ kind: 'plain' }, null)).toBe('');
  });
});
