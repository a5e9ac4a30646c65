/**
 * @file Makes a large h5ad from the simulated tissue: as many cells as wanted, written in blocks.
 *
 * npx tsx bench/files/make-large.ts --out FILE [--cells 500000] [--genes 28000] [--pool 2000] [--depth 5] [--no-map]
 * Cells are drawn from a pool of simulated ones; a tenth of the counts of each loses one, so that no two are equal.
 */
import { createWriteStream, mkdirSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { parseArgs } from 'node:util';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as NodeStream } from 'node:stream/web';
import { H5adStream } from '../../src/data/h5ad-stream.ts';
import { nodeBackend } from '../../src/data/h5-node.ts';
import { simulateTissue, type Tissue } from '../../src/data/simulate-tissue.ts';
import type { CsrMatrix } from '../../src/numerics/csr.ts';
import { createRandom, type Random } from '../../src/numerics/random.ts';

/** What to make. */
export interface LargeFile {
  readonly out: string;
  readonly cells: number;
  readonly genes: number;
  readonly pool: number;
  /** How many times the simulated library sizes; 5 gives about 2,200 genes with counts per cell of 28,000 genes. */
  readonly depth: number;
  readonly map: boolean;
}

const blockCells = 2000;

/** Writes the file; returns its size in bytes. */
export async function makeLarge(
  order: LargeFile,
  onShare: (share: number) => void,
): Promise<number> {
  const { cells, genes, out } = order;
  const tissue = simulateTissue({ cells: order.pool, genes, seed: 20, depth: order.depth });
  const random = createRandom(31);
  const chosen = Int32Array.from({ length: cells }, () => random.integer(order.pool));
  const stream = await H5adStream.open(await nodeBackend(), genes, 'counts');
  for (let from = 0; from < cells; from += blockCells) {
    const rows = chosen.subarray(from, Math.min(cells, from + blockCells));
    const obsm = order.map ? { X_umap: { dims: 2, values: positions(tissue, rows, random) } } : {};
    stream.add({ counts: drawn(tissue.counts, rows, random), obsm });
    onShare((from + rows.length) / cells);
  }
  const label = (codes: Int32Array, categories: readonly string[]) =>
    ({ kind: 'categorical', categories, codes: chosen.map((cell) => codes[cell]) }) as const;
  const { truth } = tissue;
  const names = Array.from({ length: cells }, (_, i) => `cell_${String(i + 1).padStart(7, '0')}`);
  const blob = await stream.finish({
    obs: {
      indexName: '_index',
      index: names,
      columns: new Map([
        ['cell_type', label(tissue.cellType, truth.cellTypes)],
        ['donor', label(tissue.donor, truth.donors)],
        ['condition', label(tissue.condition, truth.conditions)],
      ]),
    },
    var: { indexName: '_index', index: tissue.geneNames, columns: new Map() },
    uns: {},
  });
  mkdirSync(dirname(out), { recursive: true });
  rmSync(out, { force: true });
  await pipeline(Readable.fromWeb(blob.stream() as NodeStream), createWriteStream(out));
  return statSync(out).size;
}

/** The counts of these cells of the pool; one count in ten is one less. */
function drawn(pool: CsrMatrix, rows: Int32Array, random: Random): CsrMatrix {
  const indptr = new Uint32Array(rows.length + 1);
  const most = rows.reduce((sum, row) => sum + pool.indptr[row + 1] - pool.indptr[row], 0);
  const indices = new Uint32Array(most);
  const values = new Float32Array(most);
  let at = 0;
  for (const [i, row] of rows.entries()) {
    for (let k = pool.indptr[row]; k < pool.indptr[row + 1]; k++) {
      const value = pool.values[k] - (random.uniform() < 0.1 ? 1 : 0);
      if (value === 0) continue;
      indices[at] = pool.indices[k];
      values[at++] = value;
    }
    indptr[i + 1] = at;
  }
  return { rows: rows.length, cols: pool.cols, indptr, indices, values };
}

/** A made-up map: a cloud for each cell type and condition. */
function positions(tissue: Tissue, rows: Int32Array, random: Random): Float32Array {
  const map = new Float32Array(2 * rows.length);
  for (const [i, row] of rows.entries()) {
    const angle = (2 * Math.PI * tissue.cellType[row]) / tissue.truth.cellTypes.length;
    map[2 * i] = 8 * Math.cos(angle) + tissue.condition[row] + 0.8 * random.normal();
    map[2 * i + 1] = 8 * Math.sin(angle) + tissue.donor[row] * 0.7 + 0.8 * random.normal();
  }
  return map;
}

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    cells: { type: 'string', default: '500000' },
    genes: { type: 'string', default: '28000' },
    pool: { type: 'string', default: '2000' },
    depth: { type: 'string', default: '5' },
    'no-map': { type: 'boolean', default: false },
  },
});
if (values.out === undefined) throw new Error('--out FILE is missing');
const started = performance.now();
let told = 0;
const bytes = await makeLarge(
  {
    out: values.out,
    cells: Number(values.cells),
    genes: Number(values.genes),
    pool: Number(values.pool),
    depth: Number(values.depth),
    map: !values['no-map'],
  },
  (share) => {
    if (share - told < 0.1 && share < 1) return;
    told = share;
    console.error(`${Math.round(100 * share)} %`);
  },
);
const seconds = (performance.now() - started) / 1000;
console.log(JSON.stringify({ file: values.out, bytes, seconds: Math.round(seconds) }));
