/**
 * @file Every kind of export against the rules of readers outside Python, on its raw bytes, and as Python's anndata reads it.
 * CELLSMITH_PYTHONS may name more Pythons (with other versions of anndata), separated by colons.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { csrFromDense, selectRows } from '../numerics/csr.ts';
import type { WriteRequest } from '../protocol/dataset.ts';
import { anndataFixtures, nodeService, temporaryFolder, writeOrder } from './testing/files.ts';

const python = process.env['CELLSMITH_PYTHON'];
if (!python) console.log('Left out: exports in other readers (CELLSMITH_PYTHON names none).');
const others = (process.env['CELLSMITH_PYTHONS'] ?? '').split(':').filter((path) => path !== '');
const scripts = join(import.meta.dirname, '../../scripts/interop');
const folder = temporaryFolder();
const cells = 900;
const geneIndex = Int32Array.of(0, 1, 2, 4, 7, 11, 16);
const counts = csrFromDense(
  cells,
  geneIndex.length,
  Array.from({ length: cells * geneIndex.length }, (_, i) => ((i * 2654435761) % 7) % 4),
);
/** More categories than 8-bit codes number. */
const clones = Array.from({ length: 200 }, (_, i) => `clone ${i}`);

function ask(path: string, script: string, ...args: string[]): Record<string, unknown> {
  const out = execFileSync(path, ['-W', 'ignore', join(scripts, script), ...args], {
    encoding: 'utf8',
    maxBuffer: 1e8,
  });
  return JSON.parse(out) as Record<string, unknown>;
}

function orderOf(geneNames: readonly string[], change: Partial<WriteRequest>): WriteRequest {
  const codes = (n: number): Int32Array =>
    Int32Array.from({ length: cells }, (_, i) => (i % (n + 1)) - 1);
  return writeOrder(counts, geneIndex, geneNames, {
    obs: {
      cell_type: {
        kind: 'categorical',
        categories: ['T cell', 'B cell'],
        codes: codes(2),
        colours: ['#112233', '#445566'],
      },
      dose: { kind: 'categorical', categories: ['low', 'high'], codes: codes(2), ordered: true },
      clone: { kind: 'categorical', categories: clones, codes: codes(clones.length) },
      guidance_cell_type: { kind: 'number', values: new Float32Array(cells).fill(1.5) },
    },
    obsm: {
      X_umap: { dims: 2, values: Float32Array.from({ length: 2 * cells }, (_, i) => i / 8) },
      X_cfgen: { dims: 5, values: Float32Array.from({ length: 5 * cells }, (_, i) => i / 3) },
    },
    uns: {
      cellsmith: {
        version: '1',
        synthetic: true,
        seed: 2 ** 40,
        weight: 1.5,
        guidance: { cell_type: { value: 'ü "x"', weight: 2 } },
        list: ['a', 'ß'],
        measures: [1, 2.5],
      },
    },
    ...change,
  });
}

const kinds: readonly (readonly [string, Partial<WriteRequest>])[] = [
  ['counts.h5ad', {}],
  ['log.h5ad', { values: 'log-normalised', allGenes: false }],
  ['both.h5ad', { withReal: true }],
  ['counts.zarr.zip', { format: 'zarr' }],
  ['both.zarr.zip', { format: 'zarr', withReal: true, values: 'log-normalised' }],
  ['counts.mtx.zip', { format: 'mtx' }],
  ['both.mtx.zip', { format: 'mtx', withReal: true }],
];

/** Writes each kind at once and in blocks. */
async function writeAll(): Promise<void> {
  const io = nodeService();
  await io.open({ path: join(anndataFixtures, 'csr_counts.h5ad') });
  const { varNames } = await io.load('X');
  for (const [name, change] of kinds) {
    const request = orderOf(varNames, change);
    writeFileSync(join(folder.path, `once-${name}`), await io.write(structuredClone(request)));
    const { obsNames, obs, uns, obsm, ...start } = request;
    await io.beginWrite({ ...start, maps: { X_umap: 2, X_cfgen: 5 } });
    for (let from = 0; from < cells; from += 400) {
      const to = Math.min(cells, from + 400);
      const rows = Array.from({ length: to - from }, (_, i) => from + i);
      const part = Object.entries(obsm).map(([key, { dims, values }]) => [
        key,
        { dims, values: values.slice(dims * from, dims * to) },
      ]);
      await io.addCells({ counts: selectRows(counts, rows), obsm: Object.fromEntries(part) });
    }
    const blob = await io.endWrite({ obsNames, obs, uns });
    writeFileSync(join(folder.path, `blocks-${name}`), new Uint8Array(await blob.arrayBuffer()));
  }
  await io.close();
}

describe.runIf(python)('exports in other readers', () => {
  beforeAll(writeAll, 60_000);
  afterAll(() => folder.remove());
  const file = (way: string, name: string): string => join(folder.path, `${way}-${name}`);

  it.each(kinds.map(([name]) => name))('keeps the rules of readers outside Python: %s', (name) => {
    for (const way of ['once', 'blocks']) {
      const {
        broken,
        cells: found,
        genes,
      } = ask(python as string, 'check_rules.py', file(way, name));
      expect(broken).toEqual([]);
      expect([found, genes]).toEqual([
        cells + (name.startsWith('both') ? 23 : 0),
        name.startsWith('log') ? geneIndex.length : 17,
      ]);
    }
  });

  it.each([
    [
      'codes of 64 bits',
      'codes = f["obs/clone/codes"][()]; del f["obs/clone/codes"]; d = f["obs/clone"].create_dataset("codes", data=codes.astype("int64")); d.attrs["encoding-type"] = "array"; d.attrs["encoding-version"] = "0.2.0"',
      'obs/clone/codes is int64',
    ],
    [
      'a number as ordered',
      'f["obs/dose"].attrs["ordered"] = 1',
      'obs/dose: ordered is no enumeration',
    ],
    [
      'a nullable array',
      'f["obs/clone"].attrs["encoding-type"] = "nullable-string-array"',
      'obs/clone: encoding nullable-string-array',
    ],
    [
      'a column that is not told',
      'f["obs"].attrs["column-order"] = f["obs"].attrs["column-order"][1:]',
      'column-order',
    ],
    ['a count below zero', 'f["X/data"][3] = -1', 'not whole counts'],
  ])('would see %s', (_, change, text) => {
    const broken = join(folder.path, 'broken.h5ad');
    const code = `import h5py, shutil, sys; shutil.copy(sys.argv[1], sys.argv[2]); f = h5py.File(sys.argv[2], "r+"); ${change}`;
    execFileSync(python as string, ['-c', code, file('once', 'counts.h5ad'), broken]);
    expect(String(ask(python as string, 'check_rules.py', broken)['broken'])).toContain(text);
  });

  it('is read alike from every format and by every Python that is named', () => {
    const seen = new Map<string, unknown>();
    const same = (key: string, value: unknown): void => {
      if (seen.has(key)) expect(value, key).toEqual(seen.get(key));
      else seen.set(key, value);
    };
    for (const path of [python as string, ...others]) {
      for (const way of ['once', 'blocks']) {
        for (const set of ['counts', 'both']) {
          const names = kinds.map(([name]) => name).filter((name) => name.startsWith(set));
          const report = ask(path, 'read_exports.py', ...names.map((name) => file(way, name)));
          if (others.length > 0)
            console.log(`anndata ${String(report['anndata'])}: ${set}, ${way}`);
          const whole = report['h5ad'] as Record<string, unknown>;
          same(`${set} whole`, { ...whole, X: null, uns: null });
          expect((whole['uns'] as { cellsmith: object }).cellsmith).toMatchObject({
            synthetic: 'True',
            seed: 2 ** 40,
            guidance: { cell_type: { value: 'ü "x"', weight: 2 } },
            list: ['a', 'ß'],
          });
          const stored = report['zarr'] as Record<string, unknown> | null;
          if (stored) same(`${set} whole`, { ...stored, X: null, uns: null });
          const tenx = report['10x'] as Record<string, unknown>;
          expect(tenx['counts']).toBe(whole['counts']);
          expect(tenx['shape']).toEqual(whole['shape']);
          if ('scanpy' in tenx) {
            expect(tenx['scanpy']).toBe(whole['counts']);
            expect([tenx['cells'], tenx['genes']]).toEqual([whole['cells'], whole['genes']]);
          }
        }
      }
    }
  }, 300_000);
});
