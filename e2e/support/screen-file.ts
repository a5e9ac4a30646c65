/** @file Perturbation screens as small .h5ad files: a simulated one that needs no data from outside, and some cells of a real one. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { nodeBackend } from '../../src/data/h5-node.ts';
import { writeH5ad } from '../../src/data/h5ad-writer.ts';
import { IoService } from '../../src/data/io-service.ts';
import { simulateScreen } from '../../src/data/simulate-screen.ts';
import { selectRows, type CsrMatrix } from '../../src/numerics/csr.ts';

/** A pair that the file has and the spec holds out, and one that no cell has. */
export const screenPairs = { hidden: 'P1A+P2B', absent: ['P1B', 'P2A'] } as const;

/** Six single perturbations, some pairs and control cells over 60 genes; returns the number of cells. */
export async function writeScreenFile(path: string): Promise<number> {
  const screen = simulateScreen({ cells: 24, controls: 150, genes: 60, pathways: 2, perTarget: 3, seed: 5 }); // prettier-ignore
  const absent = new Set([screenPairs.absent.join('+'), 'P1A+P1B', 'P2A+P2C']);
  const rows = [...screen.label.keys()].filter((i) => !absent.has(screen.labels[screen.label[i]]));
  const labels = Int32Array.from(rows, (i) => screen.label[i]);
  await write(path, {
    counts: selectRows(screen.counts, Int32Array.from(rows)),
    genes: screen.geneNames,
    cells: rows.map((i) => `cell-${i}`),
    categories: screen.labels,
    labels,
  });
  return rows.length;
}

interface Written {
  readonly counts: CsrMatrix;
  readonly genes: readonly string[];
  readonly cells: readonly string[];
  readonly categories: readonly string[];
  readonly labels: Int32Array;
}

async function write(path: string, { counts, genes, cells, categories, labels }: Written) {
  const bytes = writeH5ad(await nodeBackend(), {
    counts,
    obs: {
      indexName: '_index',
      index: cells,
      columns: new Map([['perturbation', { kind: 'categorical', categories, codes: labels }]]),
    },
    var: { indexName: '_index', index: genes, columns: new Map() },
    obsm: new Map(),
    uns: {},
  });
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
}

const papalexi = resolve(import.meta.dirname, '../../../shared/data/papalexi-eccite.h5ad');

/** Whether the real screen is there; prints a clear line when not. */
export function hasPapalexi(): boolean {
  const there = existsSync(papalexi);
  if (!there)
    console.log('LEFT OUT: ../shared/data/papalexi-eccite.h5ad is missing; the spec on it does not run.'); // prettier-ignore
  return there;
}

/** Control cells, five knock-outs of the real screen and cells of unclear guides, at most 120 cells of each; returns the number of cells. */
export async function writePapalexiFile(path: string): Promise<number> {
  const io = new IoService(nodeBackend());
  const file = new File([readFileSync(papalexi)], basename(papalexi));
  const summary = await io.open(file, () => undefined);
  const loaded = await io.load(summary.chosen ?? 'X', () => undefined);
  const { categories, codes } = loaded.categorical['perturbation'];
  const wanted = ['NT', 'IFNGR1', 'STAT1', 'JAK2', 'IRF1', 'SMAD4', 'ambiguous'];
  const taken = new Map(wanted.map((label) => [categories.indexOf(label), 0]));
  const rows = [...codes.keys()].filter((i) => {
    const n = taken.get(codes[i]);
    if (n === undefined || n >= 120) return false;
    taken.set(codes[i], n + 1);
    return true;
  });
  const genes = Int32Array.from({ length: loaded.nVars }, (_, g) => g);
  await write(path, {
    counts: await io.subset(Int32Array.from(rows), genes),
    genes: loaded.varNames,
    cells: rows.map((i) => loaded.obsNames[i]),
    categories,
    labels: Int32Array.from(rows, (i) => codes[i]),
  });
  return rows.length;
}
