/** @file An h5ad written in blocks is the file written at once; a full disk is told, and leaves nothing. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import * as h5wasm from 'h5wasm';
import { afterAll, describe, expect, it } from 'vitest';
import { csrFromDense, csrToDense, selectRows, type CsrMatrix } from '../numerics/csr.ts';
import { createRandom } from '../numerics/random.ts';
import type { OutFile } from './anndata-layout.ts';
import { readCsr } from './csr-reading.ts';
import { logNormalised } from './export-content.ts';
import type { H5Backend } from './h5-backend.ts';
import { nodeBackend } from './h5-node.ts';
import { H5adStream } from './h5ad-stream.ts';
import { writeH5ad } from './h5ad-writer.ts';
import { openCells } from './open-file.ts';
import { mountHandle, type ScratchFile } from './scratch-file.ts';
import { smallContent, temporaryFolder } from './testing/files.ts';
import { startPython } from './testing/python-process.ts';

const folder = temporaryFolder();
const python = startPython('round_trip.py');
if (python === null)
  console.log('Left out: streamed exports in Python (CELLSMITH_PYTHON names none).');
afterAll(() => {
  python?.stop();
  folder.remove();
});

function contentOf(rows: number, cols: number, seed: number): OutFile {
  const random = createRandom(seed);
  const X = Float32Array.from({ length: rows * cols }, () =>
    random.uniform() < 0.6 ? 0 : 1 + random.integer(40),
  );
  const content = smallContent({
    rows,
    cols,
    X,
    obs: {
      kind: {
        kind: 'categorical',
        categories: ['a', 'ü'],
        codes: Int32Array.from({ length: rows }, (_, i) => (i % 3) - 1),
        ordered: true,
      },
      depth: { kind: 'number', values: Float32Array.from({ length: rows }, (_, i) => i / 4) },
    },
    uns: { made: { by: 'test', seed } },
  });
  const maps = { dims: 2, values: Float32Array.from({ length: 2 * rows }, (_, i) => i * 0.5) };
  return { ...content, obsm: new Map([['X_umap', maps]]) };
}

/** Writes a content in blocks that end at `cuts`. */
async function streamed(
  backend: H5Backend,
  content: OutFile,
  cuts: readonly number[],
  values: 'counts' | 'log-normalised' = 'counts',
): Promise<Blob> {
  const stream = await H5adStream.open(backend, content.counts.cols, values);
  const ends = [...cuts, content.counts.rows];
  let from = 0;
  try {
    for (const to of ends) {
      const rows = Array.from({ length: to - from }, (_, i) => from + i);
      const obsm = Object.fromEntries(
        [...content.obsm].map(([key, map]) => {
          const part = map.values.subarray(from * map.dims, to * map.dims);
          return [key, { dims: map.dims, values: part }];
        }),
      );
      stream.add({ counts: selectRows(content.counts, rows), obsm });
      from = to;
    }
    return await stream.finish(content);
  } catch (thrown) {
    await stream.discard();
    throw thrown;
  }
}

async function stored(blob: Blob, name: string): Promise<string> {
  const path = join(folder.path, name);
  writeFileSync(path, new Uint8Array(await blob.arrayBuffer()));
  return path;
}

async function readX(path: string): Promise<CsrMatrix> {
  const file = await openCells(await nodeBackend(), { path });
  const store = file.matrices.find(({ where }) => where === 'X');
  if (!store) throw new Error('no X');
  const matrix = await readCsr(store);
  file.close();
  return matrix;
}

describe('H5adStream', () => {
  it('writes what the writer at once writes, however the cells are cut', async () => {
    const backend = await nodeBackend();
    const shapes = fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 30 }));
    const cutList = fc.array(fc.nat(60), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(shapes, cutList, fc.nat(99), async ([rows, cols], wanted, seed) => {
        const content = contentOf(rows, cols, seed);
        const cuts = wanted.filter((cut) => cut <= rows).sort((a, b) => a - b);
        const path = await stored(await streamed(backend, content, cuts), 'a.h5ad');
        const once = await stored(new Blob([writeH5ad(backend, content) as BlobPart]), 'b.h5ad');
        if (rows > 0) expect(await readX(path)).toEqual(content.counts);
        if (python) expect(await python.ask({ do: 'compare', a: once, b: path })).toEqual([]);
      }),
      { numRuns: 25, seed: 3 },
    );
  });

  it('writes chunks that fill and log-normalised values beside the counts', async () => {
    const content = contentOf(3000, 60, 1);
    const path = await stored(
      await streamed(await nodeBackend(), content, [1, 1500, 1501], 'log-normalised'),
      'log.h5ad',
    );
    const file = await openCells(await nodeBackend(), { path });
    const read = (where: string) => readCsr(file.matrices.find((m) => m.where === where)!);
    expect(await read('layers/counts')).toEqual(content.counts);
    expect(csrToDense(await read('X'))).toEqual(csrToDense(logNormalised(content.counts)));
    expect(await file.embedding('X_umap')).toEqual(content.obsm.get('X_umap')?.values);
    expect(file.obs.columns.get('kind')).toMatchObject({ ordered: true, categories: ['a', 'ü'] });
    file.close();
  });
});

/** The browser's h5wasm with a disk of `room` bytes. */
async function smallDisk(
  room: number,
  full: () => number = () => {
    throw new DOMException('full', 'QuotaExceededError');
  },
): Promise<H5Backend & { readonly discarded: () => boolean }> {
  const module = await h5wasm.ready;
  let gone = false;
  const openScratch = async (): Promise<ScratchFile> => {
    let bytes = new Uint8Array(0);
    let failure: unknown = null;
    const path = '/disk.h5ad';
    const handle = {
      read: (buffer: Uint8Array, { at }: { at: number }) => {
        const part = bytes.subarray(at, at + buffer.length);
        buffer.set(part);
        return part.length;
      },
      write: (buffer: Uint8Array, { at }: { at: number }) => {
        if (at + buffer.length > room) return full();
        if (at + buffer.length > bytes.length) {
          const grown = new Uint8Array(at + buffer.length);
          grown.set(bytes);
          bytes = grown;
        }
        bytes.set(buffer, at);
        return buffer.length;
      },
      truncate: (size: number) => {
        const cut = new Uint8Array(size);
        cut.set(bytes.subarray(0, size));
        bytes = cut;
      },
      getSize: () => bytes.length,
      flush: () => undefined,
      close: () => undefined,
    };
    const unmount = mountHandle(module.FS, path, handle, (thrown) => (failure ??= thrown));
    return {
      path,
      size: handle.getSize,
      read: (at, length) => bytes.slice(at, at + length),
      write: (at, part) => void handle.write(part, { at }),
      failure: () => failure,
      finish: async () => {
        unmount();
        return new Blob([bytes]);
      },
      discard: async () => {
        unmount();
        gone = true;
      },
    };
  };
  const node = await nodeBackend();
  return { ...node, module, File: h5wasm.File, openScratch, discarded: () => gone };
}

describe('a file that h5wasm writes through a handle', () => {
  it('is the same file', async () => {
    const content = contentOf(700, 50, 4);
    const blob = await streamed(await smallDisk(1e9), content, [100, 650]);
    const path = await stored(blob, 'handle.h5ad');
    expect(await readX(path)).toEqual(content.counts);
    const other = await stored(
      new Blob([writeH5ad(await nodeBackend(), content) as BlobPart]),
      'c.h5ad',
    );
    if (python) expect(await python.ask({ do: 'compare', a: other, b: path })).toEqual([]);
  });

  it.each([
    ['an error', undefined],
    ['a short write', () => 0],
    ['a number beyond all sizes, as Chromium does in private windows', () => 2 ** 32 - 8],
  ])('says that the disk is full and is deleted: %s', async (_, full) => {
    const backend = await smallDisk(40_000, full);
    const content = contentOf(6000, 60, 5);
    await expect(streamed(backend, content, [2000, 4000])).rejects.toMatchObject({
      name: 'QuotaExceededError',
    });
    expect(backend.discarded()).toBe(true);
    // The reader lives on.
    const again = await streamed(await smallDisk(1e9), contentOf(20, 5, 6), []);
    expect(await readX(await stored(again, 'again.h5ad'))).toEqual(contentOf(20, 5, 6).counts);
  });
});

describe('csr of no cells', () => {
  it('is written', async () => {
    const content = contentOf(0, 3, 1);
    expect(content.counts).toEqual(csrFromDense(0, 3, []));
    const blob = await streamed(await nodeBackend(), content, []);
    expect(blob.size).toBeGreaterThan(1000);
  });
});
