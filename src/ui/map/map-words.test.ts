import { describe, expect, it } from 'vitest';
import type { CategoryColouring } from './colouring.ts';
import { legendRows, missingCells } from './legend-rows.ts';
import { mapColumnStem, mapExportKey, mapLabel } from '../../state/map-names.ts';
import { canvasName, noteOf, type NoteFacts, countUnplaced } from './map-words.ts';

const colouring: CategoryColouring = {
  kind: 'categories',
  name: 'cell_type',
  categories: ['T', 'B', 'NK'],
  colours: ['#000000', '#111111', '#222222'],
  codes: Int32Array.of(0, 1, 1, 1, -1, 0),
  synthetic: Int32Array.of(1, 1, 2),
  shown: Uint8Array.of(1, 1, 0),
};

describe('name of the map', () => {
  it('says overlay, cells, colour, and where most synthetic cells are', () => {
    expect(canvasName({ overlay: 'umap', real: 1975, synthetic: 3, colouring })).toBe(
      'UMAP of 1,975 real and 3 synthetic cells, coloured by cell_type; 2 synthetic cells in B',
    );
  });

  it('has the name of the map that the file brings', () => {
    const shown = { overlay: 'umap', real: 7, synthetic: null, colouring } as const;
    expect(canvasName({ ...shown, mapName: 't-SNE' })).toMatch(/^t-SNE of 7 real cells/);
    expect(canvasName({ ...shown, overlay: 'pca', mapName: 't-SNE' })).toMatch(/^PCA of/);
  });

  it('leaves out what is not shown', () => {
    expect(canvasName({ overlay: 'pca', real: 700, synthetic: null, colouring })).toBe(
      'PCA of 700 real cells, coloured by cell_type',
    );
    expect(
      canvasName({ overlay: 'umap', real: null, synthetic: null, colouring: { kind: 'plain' } }),
    ).toBe('UMAP without cells');
  });
});

describe('note', () => {
  const facts: NoteFacts = {
    overlay: 'umap',
    latent: true,
    flowTime: 1,
    synthetic: 300,
    previewStep: null,
    umapComputed: true,
    mapSeconds: 3.1,
    modelReady: true,
    generating: true,
  };

  it('tells how a synthetic cell got its place and offers the PCA', () => {
    expect(noteOf(facts)).toEqual({
      text: 'A synthetic cell sits at the mean of its 3 nearest real cells, so it cannot fall outside this map.',
      offerPca: true,
    });
  });

  it('names the step of test cells', () => {
    expect(noteOf({ ...facts, synthetic: 260, previewStep: 11_400 })?.text).toBe(
      '260 test cells from the model at step 11,400; they move as it learns.',
    );
  });

  it('says why the flow is on the PCA', () => {
    expect(noteOf({ ...facts, overlay: 'pca', flowTime: 0.4 })?.text).toBe(
      'PCA is a straight projection: the paths are true here. On UMAP a cell has no sure place before t = 1.',
    );
  });

  it('says where a UMAP comes from, and what is missing', () => {
    const none = { ...facts, synthetic: 0, generating: false };
    expect(noteOf(none)?.text).toBe('UMAP computed here in 3.1\u2009s: the file holds none.');
    expect(noteOf({ ...none, fileMaps: true })?.text).toBe('UMAP computed here in 3.1\u2009s.');
    expect(noteOf({ ...none, umapComputed: false })).toBeNull();
    expect(noteOf({ ...none, generating: true, modelReady: false })?.text).toBe(
      'No synthetic cells yet. Train a model, then move a slider.',
    );
    const coming = { ...none, generating: true, modelReady: false, modelComing: true };
    expect(noteOf(coming)?.text).not.toContain('Train');
  });
});

describe('cells without a place', () => {
  it('are counted and told of', () => {
    expect(countUnplaced(null)).toBe(0);
    expect(countUnplaced(Float32Array.of(1, 2, Number.NaN, Number.NaN, 3, 4))).toBe(1);
    const facts = { overlay: 'umap', latent: false, flowTime: 1, synthetic: 0, previewStep: null, umapComputed: false, mapSeconds: 0, modelReady: false, generating: false } as const; // prettier-ignore
    expect(noteOf({ ...facts, unplaced: 1200 })?.text).toBe(
      'The file gives 1,200 cells no place on this map: they are not drawn here. PCA shows all.',
    );
  });
});

describe('names of maps', () => {
  it('are those that people use, else the key without X_', () => {
    expect([null, 'X_umap', 'X_tsne', 'spatial', 'X_pca', 'X_my_map'].map(mapLabel)).toEqual(['UMAP', 'UMAP', 't-SNE', 'Spatial', "File's PCA", 'my_map']); // prettier-ignore
    expect([null, 'X_tsne', 'X_pca'].map(mapExportKey)).toEqual(['X_umap', 'X_tsne', 'X_pca_map']);
    expect([null, 'X_tSNE', 'spatial'].map(mapColumnStem)).toEqual(['umap', 'tsne', 'spatial']);
  });
});

describe('legend rows', () => {
  it('count real and synthetic cells, largest category first', () => {
    const rows = legendRows(colouring, 'NK');
    expect(rows.map(({ name, real, synthetic }) => [name, real, synthetic])).toEqual([
      ['B', 3, 2],
      ['T', 2, 0],
      ['NK', 0, 1],
    ]);
    expect(rows.map(({ shown }) => shown)).toEqual([true, true, false]);
    expect(rows.map(({ current }) => current)).toEqual([false, false, true]);
    expect(missingCells(colouring)).toEqual({ real: 1, synthetic: 0 });
  });

  it('put the current value first when there are more than 14, and squares after 24', () => {
    const categories = Array.from({ length: 30 }, (_, index) => `c${index}`);
    const many: CategoryColouring = {
      ...colouring,
      categories,
      colours: categories.map(() => '#000000'),
      codes: Int32Array.from({ length: 300 }, (_, cell) => cell % 30),
      synthetic: null,
      shown: new Uint8Array(30).fill(1),
    };
    const rows = legendRows(many, 'c29');
    expect(rows[0]).toMatchObject({ name: 'c29', synthetic: null, square: true });
    expect(rows[1]).toMatchObject({ name: 'c0', square: false });
  });

  it('give the square to the smaller of two with one colour, wherever they stand in the file', () => {
    const shared: CategoryColouring = {
      ...colouring,
      categories: ['few', 'other', 'many'],
      colours: ['#AA0000', '#00aa00', '#aa0000'],
      codes: Int32Array.of(0, 1, 2, 2, 2),
      synthetic: null,
      shown: Uint8Array.of(1, 1, 1),
    };
    const squares = legendRows(shared, null).map(({ name, square }) => [name, square]);
    expect(squares).toEqual([
      ['many', false],
      ['few', true],
      ['other', false],
    ]);
  });
});
