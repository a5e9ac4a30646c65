import { describe, expect, it } from 'vitest';
import { findGenes, nearestGenes, setGeneNames } from './gene-index.ts';

describe('gene search', () => {
  setGeneNames(['CD3D', 'CD3E', 'MS4A1', 'ABCB1', 'CD3', 'LCD3X', 'NKG7']);
  it('puts names that start with the text first, the shortest first of all', () => {
    expect(findGenes('cd3', 10)).toEqual(['CD3', 'CD3D', 'CD3E', 'LCD3X']);
    expect(findGenes('cd3', 2)).toEqual(['CD3', 'CD3D']);
  });
  it('finds nothing for a stranger and offers the nearest names', () => {
    expect(findGenes('abcx1', 5)).toEqual([]);
    expect(nearestGenes('ABCX1', 1)).toEqual(['ABCB1']);
    expect(nearestGenes('QQQQQQQQQQ', 3)).toEqual([]);
  });
});
