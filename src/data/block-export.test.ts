/** @file An export in blocks is the export at once, alone and with the real cells; what goes wrong is told and leaves nothing. */
import { readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, describe, expect, it } from 'vitest';
import { csrFromDense, selectRows } from '../numerics/csr.ts';
import type { WriteRequest } from '../protocol/dataset.ts';
import { nodeBackend } from './h5-node.ts';
import { IoService } from './io-service.ts';
import { openCells } from './open-file.ts';
import type { ScratchFile } from './scratch-file.ts';
import { anndataFixtures, nodeService, temporaryFolder, writeOrder } from './testing/files.ts';
import { startPython } from './testing/python-process.ts';

const folder = temporaryFolder();
const python = startPython('round_trip.py');
if (python === null)
  console.log('Left out: exports in blocks in Python (CELLSMITH_PYTHON names none).');
afterAll(() => {
  python?.stop();
  folder.remove();
});
const source = join(anndataFixtures, 'csr_counts.h5ad');
const modelGenes = Int32Array.of(1, 4, 7, 16);
const cells = 11;
const counts = csrFromDense(
  cells,
  4,
  Array.from({ length: cells * 4 }, (_, i) => ((i * 7) % 5) - ((i * 7) % 5 > 2 ? 1 : 0)),
);

async function opened(): Promise<{ io: IoService; geneNames: readonly string[] }> {
  const io = nodeService();
  await io.open({ path: source });
  return { io, geneNames: (await io.load('X')).varNames };
}

function orderOf(geneNames: readonly string[], change: Partial<WriteRequest>): WriteRequest {
  return writeOrder(counts, modelGenes, geneNames, {
    obs: {
      cell_type: {
        kind: 'categorical',
        categories: ['T cell', 'B cell'],
        codes: Int32Array.from({ length: cells }, (_, i) => (i % 3) - 1),
        colours: ['#112233', '#445566'],
      },
      weight: { kind: 'number', values: Float32Array.from({ length: cells }, (_, i) => i / 4) },
    },
    obsm: { X_umap: { dims: 2, values: Float32Array.from({ length: 2 * cells }, (_, i) => i) } },
    uns: { cellsmith: { seed: 3 } },
    ...change,
  });
}

describe('an export in blocks', () => {
  it.each<readonly [string, Partial<WriteRequest>]>([
    ['all genes', {}],
    ["the model's genes, log-normalised", { allGenes: false, values: 'log-normalised' }],
    ['with the real cells', { withReal: true }],
    [
      'with the real cells, without what the genes and colours carry',
      { withReal: true, geneColumns: false, colours: false },
    ],
  ])('is the file written at once: %s', async (_, change) => {
    const { io, geneNames } = await opened();
    const request = orderOf(geneNames, change);
    const once = join(folder.path, 'once.h5ad');
    writeFileSync(once, await io.write(structuredClone(request)));
    const { obsNames, obs, uns, obsm, ...start } = request;
    await io.beginWrite({ ...start, maps: { X_umap: 2 } });
    for (const [from, to] of [
      [0, 4],
      [4, 5],
      [5, cells],
    ]) {
      const rows = Array.from({ length: to - from }, (_, i) => from + i);
      const values = obsm['X_umap'].values.slice(2 * from, 2 * to);
      await io.addCells({
        counts: selectRows(counts, rows),
        obsm: { X_umap: { dims: 2, values } },
      });
    }
    const blob = await io.endWrite({ obsNames, obs, uns });
    const path = join(folder.path, 'blocks.h5ad');
    writeFileSync(path, new Uint8Array(await blob.arrayBuffer()));
    if (python) expect(await python.ask({ do: 'compare', a: once, b: path })).toEqual([]);
    const [a, b] = await Promise.all(
      [once, path].map(async (file) => openCells(await nodeBackend(), { path: file })),
    );
    expect(b.obs).toEqual(a.obs);
    expect(b.var).toEqual(a.var);
    expect(await b.embedding('X_umap')).toEqual(await a.embedding('X_umap'));
    expect(b.colours('cell_type', 2)).toEqual(a.colours('cell_type', 2));
    expect(b.matrices.map(({ where }) => where)).toEqual(a.matrices.map(({ where }) => where));
    a.close();
    b.close();
    await io.close();
  });

  it.each<readonly [string, Partial<WriteRequest>]>([
    ['mtx', { format: 'mtx' }],
    ['mtx with the real cells', { format: 'mtx', withReal: true }],
    ['zarr', { format: 'zarr' }],
    ['zarr, log-normalised', { format: 'zarr', values: 'log-normalised', allGenes: false }],
    ['zarr with the real cells', { format: 'zarr', withReal: true }],
  ])('holds the same bytes in each of its files as the export at once: %s', async (_, change) => {
    const { io, geneNames } = await opened();
    const request = orderOf(geneNames, change);
    const once = unzipSync(await io.write(structuredClone(request)));
    const { obsNames, obs, uns, obsm, ...start } = request;
    for (const cuts of [[cells], [1, 6, cells]]) {
      await io.beginWrite({ ...start, maps: { X_umap: 2 } });
      let from = 0;
      for (const to of cuts) {
        const rows = Array.from({ length: to - from }, (__, i) => from + i);
        const values = obsm['X_umap'].values.slice(2 * from, 2 * to);
        const block = { counts: selectRows(counts, rows), obsm: { X_umap: { dims: 2, values } } };
        await io.addCells(block);
        from = to;
      }
      const blob = await io.endWrite(structuredClone({ obsNames, obs, uns }));
      const blocks = unzipSync(new Uint8Array(await blob.arrayBuffer()));
      expect(Object.keys(blocks).sort()).toEqual(Object.keys(once).sort());
      for (const [name, bytes] of Object.entries(once)) expect(blocks[name], name).toEqual(bytes);
    }
    const before = scratchFiles();
    await io.cancelWrite();
    expect(scratchFiles()).toBe(before - 1);
    await io.close();
  });

  it('refuses tables of other cells, and keeps no file', async () => {
    const { io, geneNames } = await opened();
    const { obsNames, obs, uns, ...start } = orderOf(geneNames, {});
    const before = scratchFiles();
    await io.beginWrite({ ...start, maps: {} });
    await io.addCells({ counts: selectRows(counts, [0, 1]), obsm: {} });
    await expect(io.endWrite({ obsNames, obs, uns })).rejects.toMatchObject({
      code: 'export-failed',
    });
    expect(scratchFiles()).toBe(before);
    await expect(io.addCells({ counts, obsm: {} })).rejects.toMatchObject({
      code: 'export-failed',
    });
    await io.close();
  });

  it.each(['mtx', 'zarr'] as const)(
    'says that the disk fills up while it writes: %s',
    async (format) => {
      const backend = await nodeBackend();
      let gone = 0;
      const openScratch = async (): Promise<ScratchFile> => {
        const scratch = await backend.openScratch();
        const write = (at: number, bytes: Uint8Array): void => {
          if (at + bytes.length > 900) throw new DOMException('full', 'QuotaExceededError');
          scratch.write(at, bytes);
        };
        const discard = (): Promise<void> => {
          gone++;
          return scratch.discard();
        };
        return { ...scratch, write, discard };
      };
      const io = new IoService(Promise.resolve({ ...backend, openScratch }));
      await io.open({ path: source });
      const { varNames } = await io.load('X');
      const { obsNames, obs, uns, ...start } = orderOf(varNames, { format });
      const run = async (): Promise<void> => {
        await io.beginWrite({ ...start, maps: {} });
        await io.addCells({ counts, obsm: {} });
        await io.endWrite({ obsNames, obs, uns });
      };
      await expect(run()).rejects.toMatchObject({ code: 'quota-full' });
      expect(gone).toBeGreaterThan(0);
      expect((await io.counts()).rows).toBe(23);
      await io.close();
    },
  );

  it('says that the disk is full', async () => {
    const backend = await nodeBackend();
    const full = new DOMException('full', 'QuotaExceededError');
    const io = new IoService(
      Promise.resolve({
        ...backend,
        openScratch: async () => ({ ...(await backend.openScratch()), failure: () => full }),
      }),
    );
    await io.open({ path: source });
    const { varNames } = await io.load('X');
    const { obsNames, obs, uns, ...start } = orderOf(varNames, {});
    void [obsNames, obs, uns];
    await expect(io.beginWrite({ ...start, maps: {} })).rejects.toMatchObject({
      code: 'quota-full',
    });
    expect((await io.counts()).rows).toBe(23);
    await io.close();
  });
});

function scratchFiles(): number {
  return readdirSync(tmpdir()).filter((name) => name.startsWith(`cellsmith-${process.pid}-`))
    .length;
}
