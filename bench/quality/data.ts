/** @file Sets of real cells for the quality figures, split 80/20 before anything looks at them. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { nodeBackend } from '../../src/data/h5-node.ts';
import { IoService } from '../../src/data/io-service.ts';
import { holdOut } from '../../src/models/training/split.ts';
import { columnCounts, selectColumns, selectRows, type CsrMatrix } from '../../src/numerics/csr.ts';
import type { AttributeData, TrainingData } from '../../src/protocol/dataset.ts';

const SHARED = join(import.meta.dirname, '../../../shared/data');
const TEST_SHARE = 0.2;

/** A set by name: its file, its attributes, and in how many training cells a gene must be seen. */
export interface SetSource {
  readonly path: string;
  readonly attributes: readonly string[];
  readonly minCells: number;
}

/** The development sets, and the demo, which is always there. */
export const sets: Readonly<Record<string, SetSource>> = {
  pbmc3k: set('pbmc3k/pbmc3k-labelled.h5ad', ['cell_type'], 30),
  kang: set('kang18/kang-ifnb-2k.h5ad', ['cell_type', 'condition'], 30),
  marques: set('marques-oligodendrocytes.h5ad', ['cell_type'], 30),
  pancreas: set('pancreas-3.7k.h5ad', ['cell_type'], 3),
  demo: {
    path: join(import.meta.dirname, '../../public/demo/blood-700.h5ad'),
    attributes: ['bulk_labels'],
    minCells: 3,
  },
};

function set(file: string, attributes: readonly string[], minCells: number): SetSource {
  return { path: join(SHARED, file), attributes, minCells };
}

/** Training cells as a model takes them, and test cells over the same genes. */
export interface SplitCells {
  readonly training: TrainingData;
  readonly test: CsrMatrix;
  /** Categories of the test cells, per attribute. */
  readonly testCodes: readonly Int32Array[];
  readonly sourceShape: readonly [number, number];
}

interface WholeSet {
  readonly fileName: string;
  readonly counts: CsrMatrix;
  readonly genes: readonly string[];
  readonly attributes: readonly AttributeData[];
}

/** Whether a set's file is there. */
export function isThere({ path }: SetSource): boolean {
  return existsSync(path);
}

/**
 * Reads a set and splits it: the same share of every combination is for the test, genes are chosen by training cells alone.
 *
 * @param most cells at most (the first ones), for trials
 */
export async function readSplit(
  source: SetSource,
  seed: number,
  most = Infinity,
): Promise<SplitCells> {
  const { fileName, counts, genes, attributes } = await readWhole(source, most);
  const forTest = holdOut(counts.rows, attributes, TEST_SHARE, 1000 + seed);
  const rows = [...forTest.keys()];
  const [own, test] = [0, 1].map((mark) => rows.filter((row) => forTest[row] === mark));
  const trained = selectRows(counts, own);
  const kept = [...columnCounts(trained).entries()]
    .filter(([, cells]) => cells >= source.minCells)
    .map(([gene]) => gene);
  const codes = (some: readonly number[]): Int32Array[] =>
    attributes.map((a) => Int32Array.from(some, (row) => a.codes[row]));
  const trainedCodes = codes(own);
  return {
    training: {
      fileName,
      counts: selectColumns(trained, kept),
      geneNames: kept.map((gene) => genes[gene]),
      geneIndex: Int32Array.from(kept),
      cellIndex: Int32Array.from(own),
      attributes: attributes.map((a, k) => ({ ...a, codes: trainedCodes[k] })),
    },
    test: selectColumns(selectRows(counts, test), kept),
    testCodes: codes(test),
    sourceShape: [counts.rows, counts.cols],
  };
}

/** The cells that have a value of every attribute, and only the categories that occur. */
async function readWhole(source: SetSource, most: number): Promise<WholeSet> {
  const io = new IoService(nodeBackend());
  try {
    const summary = await io.open({ path: source.path });
    if (summary.chosen === null) throw new Error(`There are no counts in ${source.path}.`);
    const loaded = await io.load(summary.chosen);
    const all = await io.counts();
    const columns = source.attributes.map((name) => loaded.categorical[name]);
    const rows = [...Array(all.rows).keys()]
      .filter((row) => columns.every(({ codes }) => codes[row] >= 0))
      .slice(0, most);
    return {
      fileName: summary.fileName,
      counts: selectRows(all, rows),
      genes: loaded.varNames,
      attributes: columns.map(({ categories, codes }, a) => {
        const own = Int32Array.from(rows, (row) => codes[row]);
        const present = [...new Set(own)].sort((x, y) => x - y);
        return {
          name: source.attributes[a],
          categories: present.map((code) => categories[code]),
          codes: own.map((code) => present.indexOf(code)),
        };
      }),
    };
  } finally {
    await io.close();
  }
}
