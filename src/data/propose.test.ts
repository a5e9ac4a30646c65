import { describe, expect, it } from 'vitest';
import { decides, isNearCopy, nearCopies, proposeAttributes, type NamedColumn } from './propose.ts';

/** A column of 60 cells whose category is `code(i)`. */
function column(name: string, code: (i: number) => number, categories = 6): NamedColumn {
  return {
    name,
    categories: Array.from({ length: categories }, (_, i) => `c${i}`),
    codes: Int32Array.from({ length: 60 }, (_, i) => code(i)),
  };
}
const six = (name: string): NamedColumn => column(name, (i) => i % 6);
const two = (name: string): NamedColumn => column(name, (i) => Math.floor(i / 7) % 2, 2);

describe('proposeAttributes', () => {
  it.each<[string[], string[], string[]]>([
    [['louvain', 'bulk_labels'], ['phase'], ['bulk_labels', 'phase']],
    [
      ['leiden', 'cell_type'],
      ['donor', 'condition'],
      ['cell_type', 'condition'],
    ],
    [
      ['cell_type_ontology_term_id', 'CellType'],
      ['sex', 'disease'],
      ['CellType', 'disease'],
    ],
    [['seurat_clusters'], ['orig.ident', 'batch'], ['seurat_clusters', 'batch']],
    [[], ['stim'], ['stim']],
    [['annotation'], [], ['annotation']],
    [[], ['a', 'b'], ['a']],
    [[], [], []],
  ])('of %j and %j takes %j', (identities, contexts, expected) => {
    const columns = [
      ...identities.map((name, i) => column(name, (cell) => (cell + i * (cell % 5)) % 6)),
      ...contexts.map(two),
    ];
    expect(proposeAttributes(columns)).toEqual(expected);
  });

  it('passes over copies of the first and columns that are mostly missing', () => {
    const sparse = column('treatment', (i) => (i < 40 ? -1 : i % 2), 2);
    expect(proposeAttributes([six('cell_type'), six('condition'), sparse])).toEqual(['cell_type']);
  });
});

describe('near-copies', () => {
  it('are columns of which each decides the other', () => {
    const fine = six('fine');
    const coarse = column('coarse', (i) => Math.floor((i % 6) / 2), 3);
    expect(decides(fine, coarse)).toBe(1);
    expect(decides(coarse, fine)).toBe(0.5);
    expect(isNearCopy(fine, coarse)).toBe(false);
    const oneOff = column('leiden', (i) => (i === 0 ? 1 : i % 6));
    expect(isNearCopy(six('cell_type'), oneOff)).toBe(true);
    expect(nearCopies([six('cell_type'), oneOff, two('batch')])).toEqual([['leiden', 'cell_type']]);
    expect(
      decides(
        column('x', () => -1),
        fine,
      ),
    ).toBe(0);
  });
});
