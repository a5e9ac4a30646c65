import { describe, expect, it } from 'vitest';
import type { CategoryColouring, NumberColouring } from './colouring.ts';
import type { ThemeTokens } from './theme-tokens.ts';
import { paintReal, paintSynthetic } from './use-points.ts';

const text = '#000000';
const tokens: ThemeTokens = {
  dark: false,
  teach: false,
  ring: [21, 24, 27],
  halo: [253, 253, 252],
  ink: [26, 29, 32],
  ink3: [103, 109, 116],
  lineStrong: [180, 182, 179],
  stage: [253, 253, 252],
  css: {
    accent: text,
    ink: text,
    ink2: text,
    ink3: text,
    line: text,
    lineStrong: text,
    floorLine: text,
    stage: text,
    ring: text,
  },
};

const categories: CategoryColouring = {
  kind: 'categories',
  name: 'cell_type',
  categories: ['T', 'B'],
  colours: ['#0072b2', '#e69f00'],
  codes: Int32Array.of(0, 1, -1),
  synthetic: Int32Array.of(1, 0),
  shown: Uint8Array.of(1, 1),
};

const pixel = (bytes: Uint8Array, cell: number): number[] => [
  ...bytes.subarray(4 * cell, 4 * cell + 4),
];

describe('real cells', () => {
  it('are muted, and grey where the value is missing', () => {
    const bytes = paintReal(Uint32Array.of(2, 0, 1), categories, tokens, null);
    expect(pixel(bytes, 0)).toEqual([180, 182, 179, 107]);
    expect(pixel(bytes, 1)).toEqual([0, 114, 178, 107]);
    expect(pixel(bytes, 2)).toEqual([230, 159, 0, 107]);
  });

  it('fade to 15 % while another category is pointed at', () => {
    const bytes = paintReal(Uint32Array.of(0, 1, 2), categories, tokens, 1);
    expect([3, 7, 11].map((at) => bytes[at])).toEqual([16, 107, 16]);
  });
});

describe('synthetic cells', () => {
  it('are opaque with a ring in their category colour', () => {
    const { fill, ring, shown } = paintSynthetic(2, categories, tokens, null);
    expect(pixel(fill, 0)).toEqual([230, 159, 0, 255]);
    expect(pixel(ring, 0)).toEqual([21, 24, 27, 255]);
    expect([...shown]).toEqual([1, 1]);
  });

  it('vanish with their category', () => {
    const hidden = { ...categories, shown: Uint8Array.of(0, 1) };
    const { fill, ring, shown } = paintSynthetic(2, hidden, tokens, null);
    expect([...shown]).toEqual([1, 0]);
    expect([fill[7], ring[7]]).toEqual([0, 0]);
  });

  it('stay in plain ink when the model does not know the column', () => {
    const unknown = { ...categories, synthetic: null };
    expect(pixel(paintSynthetic(2, unknown, tokens, null).fill, 1)).toEqual([103, 109, 116, 255]);
    const stale = { ...categories, synthetic: Int32Array.of(0) };
    expect(pixel(paintSynthetic(2, stale, tokens, null).fill, 1)).toEqual([103, 109, 116, 255]);
  });

  it('take the ends of a sequence', () => {
    const gene: NumberColouring = {
      kind: 'numbers',
      title: 'ISG15',
      unit: '',
      real: null,
      synthetic: Float32Array.of(0, 9),
      range: { low: 0, high: 4 },
      loading: false,
      geneScale: 'log',
    };
    const { fill } = paintSynthetic(2, gene, tokens, null);
    expect(pixel(fill, 0)).toEqual([0xd2, 0xd4, 0xd1, 255]);
    expect(pixel(fill, 1)).toEqual([0x07, 0x2f, 0x57, 255]);
  });
});
