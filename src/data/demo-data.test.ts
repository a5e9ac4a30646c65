/** @file The bundled data are what their licence note and their scripts say. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { nodeBackend } from './h5-node.ts';
import { asCategorical, openH5ad, type H5adFile } from './h5ad-file.ts';
import { readCsr } from './csr-reading.ts';
import { simulateTissue } from './simulate-tissue.ts';
import { nodeService, temporaryFolder } from './testing/files.ts';

const root = join(import.meta.dirname, '../..');
const blood = join(root, 'public/demo/blood-700.h5ad');
const tissue = join(root, 'public/demo/tissue-1200.h5ad');
const folder = temporaryFolder();
afterAll(() => folder.remove());

const open = async (path: string): Promise<H5adFile> => openH5ad(await nodeBackend(), { path });

async function countsOf(file: H5adFile): Promise<Awaited<ReturnType<typeof readCsr>>> {
  return readCsr(file.matrices[0]);
}

describe('blood-700.h5ad', () => {
  it('opens with two proposed attributes and its own map', async () => {
    const io = nodeService();
    const summary = await io.open({ path: blood });
    expect(summary).toMatchObject({ nObs: 700, nVars: 765, chosen: 'X', warnings: [] });
    expect(summary.proposed).toEqual(['bulk_labels', 'phase']);
    expect(summary.X).toMatchObject({ nnz: 174400, sum: 486651, integer: true });
    const column = (name: string) => summary.obs.find((c) => c.name === name);
    expect(column('bulk_labels')?.categories.length).toBe(10);
    expect(column('bulk_labels')?.colours).toBeNull();
    expect(column('phase')).toMatchObject({
      categories: ['G1', 'G2M', 'S'],
      cells: [501, 17, 182],
    });
    const loaded = await io.load('X');
    expect(loaded.umap?.length).toBe(1400);
    // n_counts counts all genes measured; the 765 genes here hold a part of them.
    loaded.qc.counts.forEach((total, i) =>
      expect(total).toBeLessThan(loaded.numeric['n_counts'][i]),
    );
    await io.close();
  });
});

describe('tissue-1200.h5ad', () => {
  it('holds what its script simulates', async () => {
    const file = await open(tissue);
    const simulated = simulateTissue();
    expect(file.var.index).toEqual(simulated.geneNames);
    expect(file.obs.index).toEqual(simulated.cellNames);
    const stored = await countsOf(file);
    for (const part of ['indptr', 'indices', 'values'] as const) {
      const [a, b] = [stored[part], simulated.counts[part]];
      expect(
        Buffer.from(a.buffer, 0, a.byteLength).equals(Buffer.from(b.buffer, 0, b.byteLength)),
      ).toBe(true);
    }
    for (const [name, categories, codes] of [
      ['cell_type', simulated.truth.cellTypes, simulated.cellType],
      ['donor', simulated.truth.donors, simulated.donor],
      ['condition', simulated.truth.conditions, simulated.condition],
    ] as const) {
      expect(file.obs.columns.get(name)).toEqual({ kind: 'categorical', categories, codes });
    }
    file.h5.close();
  });
});

const python = process.env['CELLSMITH_PYTHON'];
if (!python)
  console.log('Left out: making the demo again in Python (CELLSMITH_PYTHON names none).');

describe.runIf(python)('make-demo.py', () => {
  it('makes the bundled contents again', async () => {
    const path = join(folder.path, 'again.h5ad');
    execFileSync(python as string, [join(root, 'scripts/make-demo.py'), path], { stdio: 'pipe' });
    const [bundled, again] = [await open(blood), await open(path)];
    expect(await countsOf(again)).toEqual(await countsOf(bundled));
    expect(again.obs.index).toEqual(bundled.obs.index);
    expect(again.var.index).toEqual(bundled.var.index);
    for (const [name, column] of bundled.obs.columns) {
      const other = again.obs.columns.get(name);
      expect(other && (asCategorical(other) ?? other)).toEqual(asCategorical(column) ?? column);
    }
    expect(await again.embedding('X_umap')).toEqual(await bundled.embedding('X_umap'));
    again.h5.close();
    bundled.h5.close();
  });
});
