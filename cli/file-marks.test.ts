/** @file Marks of a file: our own note is found, and a file of another program has none. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { nodeService, temporaryFolder, writeOrder } from '../src/data/testing/files.ts';
import { readMarks } from './file-marks.ts';

const demo = join(import.meta.dirname, '../public/demo/blood-700.h5ad');
const anndata = join(import.meta.dirname, '../src/data/fixtures/anndata/csr_counts.h5ad');
const folder = temporaryFolder();

afterAll(() => folder.remove());

describe('readMarks', () => {
  it('finds none in files that other programs wrote', async () => {
    for (const path of [demo, anndata]) {
      expect(await readMarks(path, 765)).toEqual({ madeHere: false, modelled: null });
    }
  });

  it('finds the note on how cells were made, and the genes that their model knew', async () => {
    const io = nodeService();
    await io.open({ path: demo });
    const { varNames, obsNames } = await io.load('X');
    const counts = await io.counts();
    const genes = Int32Array.from(varNames.keys());
    const path = join(folder.path, 'made.h5ad');
    const order = writeOrder(counts, genes, varNames, {
      obsNames,
      uns: { cellsmith: { synthetic: true } },
    });
    writeFileSync(path, await io.write(order));
    await io.close();
    expect((await readMarks(path, 765)).madeHere).toBe(true);
    expect((await readMarks(path, 12)).modelled).toBeNull();
  });
});
