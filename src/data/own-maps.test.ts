import { describe, expect, it } from 'vitest';
import type { CellFile } from './cell-file.ts';
import { mapKeys, readFirstMap, readMapOf } from './own-maps.ts';

/** A file of three cells whose obsm holds these matrices, [width, values]; null values cannot be read. */
function fileOf(obsm: Readonly<Record<string, readonly [number, readonly number[] | null]>>) {
  const file = {
    obs: { index: ['a', 'b', 'c'] },
    obsm: new Map(
      Object.entries(obsm).map(([key, [width, values]]) => [
        key,
        { shape: [3, width], readable: values !== null },
      ]),
    ),
    embedding: (key: string) => Promise.resolve(Float32Array.from(obsm[key][1] ?? [])),
  };
  return file as unknown as CellFile;
}

const two = [1, 2, 3, 4, 5, 6];

describe('maps that a file brings', () => {
  it('are those of two or three columns and a PCA, UMAP first, places in a tissue last', () => {
    const file = fileOf({
      spatial: [2, two],
      X_pca: [50, []],
      X_scVI: [10, []],
      X_tsne: [2, two],
      my_map: [2, two],
      X_umap_3d: [3, []],
      X_umap: [2, two],
      X_table: [2, null],
      X_one: [1, []],
    });
    expect(mapKeys(file)).toEqual(['X_umap', 'X_umap_3d', 'X_tsne', 'my_map', 'X_pca', 'spatial']);
  });

  it('give the first two columns of all cells or some, and no place where either is missing', async () => {
    const file = fileOf({ X_tsne: [3, [1, 2, 0, Number.NaN, 4, 0, 5, Infinity, 0]] });
    const none = Number.NaN;
    expect(await readMapOf(file, 'X_tsne', null)).toEqual(Float32Array.of(1, 2, none, none, none, none)); // prettier-ignore
    expect(await readMapOf(file, 'X_tsne', Int32Array.of(2, 0))).toEqual(Float32Array.of(none, none, 1, 2)); // prettier-ignore
    expect(await readMapOf(file, 'X_umap', null)).toBeNull();
  });

  it('are shown by themselves when at least half of the cells have a place', async () => {
    const holes = [1, 2, Number.NaN, 0, Number.NaN, 0];
    const found = await readFirstMap(fileOf({ X_umap: [2, holes], X_tsne: [2, two] }), null);
    expect(found).toEqual({ key: 'X_tsne', positions: Float32Array.from(two) });
    const most = [1, 2, 3, 4, Number.NaN, 0];
    expect((await readFirstMap(fileOf({ X_umap: [2, most] }), null))?.key).toBe('X_umap');
  });

  it('are not shown by themselves when there are only a PCA and places in a tissue', async () => {
    const file = fileOf({ spatial: [2, two], X_pca: [2, two] });
    expect(await readFirstMap(file, null)).toBeNull();
    expect(await readMapOf(file, 'spatial', null)).toEqual(Float32Array.from(two));
  });
});
