import { describe, expect, it } from 'vitest';
import type { GroupExpression } from '../../state/actions/plots.ts';
import { gridInk, gridLeast, gridPlaces } from './DotPlot.tsx';

const rgb = (hex: number): string => `rgb(${hex >> 16} ${(hex >> 8) & 255} ${hex & 255})`;

const grid = (name: string, genes: readonly string[]): GroupExpression => ({
  genes,
  groups: [{ name, colour: '#0072b2', real: [], synthetic: null }],
  leftOut: 0,
});

describe('grids of genes', () => {
  it('follow the sequence that was chosen: the ends of viridis and magma as published', () => {
    expect([0, 1].map(gridInk(false, 'viridis'))).toEqual([rgb(0x440154), rgb(0xfde725)]);
    expect([0, 1].map(gridInk(true, 'magma'))).toEqual([rgb(0x000004), rgb(0xfcfdbf)]);
    expect(gridInk(false)(1)).not.toBe(gridInk(false, 'magma')(1));
  });

  it.each([
    ['CD4+/CD45RA+/CD25- Naive T cells of the blood', ['LYZ']],
    ['B', ['LYZ', 'CD3D']],
  ])('have columns of 22 px and more at their least width: %s', (name, genes) => {
    const data = grid(name, genes);
    expect(gridPlaces(data, gridLeast(data), 200).stepX).toBeGreaterThanOrEqual(22);
  });
});
