/** @file Real files of every format, compared with what Python's readers make of them. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rowSums, type CsrMatrix } from '../numerics/csr.ts';
import { columnTexts } from './column-reader.ts';
import { readCsr } from './csr-reading.ts';
import { nodeBackend } from './h5-node.ts';
import { openCells } from './open-file.ts';
import { sharedData } from './testing/files.ts';

/** Sum of each column, [cols]. */
function columnSums(matrix: CsrMatrix): Float64Array {
  const sums = new Float64Array(matrix.cols);
  for (let k = 0; k < matrix.indptr[matrix.rows]; k++) sums[matrix.indices[k]] += matrix.values[k];
  return sums;
}

const python = process.env['CELLSMITH_PYTHON'];
const corpus = join(sharedData, 'reader-corpus');
const ready = python !== undefined && existsSync(corpus);
if (!ready)
  console.log(
    'Left out: 10x, loom, h5mu, zarr and mtx files against Python (no Python or no shared data).',
  );

interface PythonFile {
  readonly shape: readonly [number, number];
  readonly cells: readonly string[];
  readonly genes: readonly string[];
  readonly cell_sums?: readonly number[];
  readonly gene_sums?: readonly number[];
  readonly obs: Readonly<Record<string, readonly (string | null)[]>>;
}

describe.runIf(ready)('real files as Python reads them', () => {
  const list: readonly (readonly [string, string | null])[] = [
    ['SCENICprotocol/expr_mat.loom', null],
    ['vitessce-data/linnarsson.cells.loom', null],
    ['muon/test_rna_atac.h5mu', 'rna'],
    ['anndataR/example.zarr.zip', null],
    ['anndata/v0.7.0_adata.zarr.zip', null],
    ['anndata/v0.7.8_adata.zarr.zip', null],
    ['anndata/v0.11.4_adata.zarr.zip', null],
    ['scanpy/3.0.0_filtered_feature_bc_matrix.h5', 'all features'],
    ['scanpy/2.1.0_raw_probe_bc_matrix.h5', 'all features'],
    ['scanpy/1.2.0_multiple_genomes.h5', 'another_genome'],
    ['pegasus/heart_1k_v2_filtered_gene_bc_matrices_h5.h5', null],
    ['../pbmc3k/10x-v2-mtx', null],
  ];
  const script = join(import.meta.dirname, '../../scripts/interop/read_formats.py');
  const lines = ready
    ? execFileSync(
        python,
        [
          script,
          ...list.map(
            ([file, part]) => join(corpus, file) + (part === 'another_genome' ? `::${part}` : ''),
          ),
        ],
        { encoding: 'utf8', maxBuffer: 1e9 },
      )
        .trim()
        .split('\n')
    : [];

  it.each(list.map(([file, part], i) => [file, part, i] as const))('%s', async (file, part, i) => {
    const expected = JSON.parse(lines[i]) as PythonFile;
    const own = await openCells(await nodeBackend(), { path: join(corpus, file) }, part);
    expect([own.obs.index.length, own.var.index.length]).toEqual(expected.shape);
    if (!own.warnings.some((text) => text.includes('numbered'))) {
      expect(own.obs.index.slice(0, 5)).toEqual(expected.cells);
      expect(own.var.index.slice(0, 5)).toEqual(expected.genes);
    }
    const store = own.matrices.find(({ where }) => where === 'X');
    if (store && expected.cell_sums && expected.gene_sums) {
      const matrix = await readCsr(store);
      expectClose(rowSums(matrix), expected.cell_sums);
      expectClose(columnSums(matrix), expected.gene_sums);
    } else expect(expected.cell_sums).toBeUndefined();
    for (const [name, values] of Object.entries(expected.obs)) {
      const column = own.obs.columns.get(name);
      const texts = column ? columnTexts(column) : [];
      expect(texts, name).toEqual(values.map((text) => text ?? ''));
    }
    own.close();
  });
});

describe.runIf(existsSync(corpus))('zarr that Python 3.11 cannot open', () => {
  it.each(['10x_pbmc68k_reduced', '9cf74a6700_10x_pbmc68k_reduced'])(
    '%s holds what the h5ad of the same data holds',
    async (name) => {
      const open = async (file: string) =>
        openCells(await nodeBackend(), { path: join(corpus, 'scanpy', file) });
      const own = await open(`${name}.zarr.zip`);
      const other = await open('10x_pbmc68k_reduced.h5ad');
      expect(own.var.index).toEqual(other.var.index);
      expect(own.obs.index).toEqual(other.obs.index);
      const X = async (file: typeof own) => readCsr(file.matrices[0]);
      expectClose((await X(own)).values, Array.from((await X(other)).values));
      for (const name of ['bulk_labels', 'louvain']) {
        expect(own.obs.columns.get(name)).toEqual(other.obs.columns.get(name));
      }
      own.close();
      other.close();
    },
  );
});

function expectClose(own: ArrayLike<number>, expected: readonly number[]): void {
  const scale = expected.reduce((most, sum) => Math.max(most, Math.abs(sum)), 1);
  let worst = 0;
  for (const [i, sum] of expected.entries()) worst = Math.max(worst, Math.abs(own[i] - sum));
  expect(own.length).toBe(expected.length);
  expect(worst / scale).toBeLessThan(1e-5);
}
