/** @file A small simulated perturbation screen as an .h5ad file, so that the spec needs no data from outside. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { nodeBackend } from '../../src/data/h5-node.ts';
import { writeH5ad } from '../../src/data/h5ad-writer.ts';
import { simulateScreen } from '../../src/data/simulate-screen.ts';
import { selectRows } from '../../src/numerics/csr.ts';

/** A pair that the file has and the spec holds out, and one that no cell has. */
export const screenPairs = { hidden: 'P1A+P2B', absent: ['P1B', 'P2A'] } as const;

/** Six single perturbations, some pairs and control cells over 60 genes; returns the number of cells. */
export async function writeScreenFile(path: string): Promise<number> {
  const screen = simulateScreen({ cells: 24, controls: 150, genes: 60, pathways: 2, perTarget: 3, seed: 5 }); // prettier-ignore
  const absent = new Set([screenPairs.absent.join('+'), 'P1A+P1B', 'P2A+P2C']);
  const rows = [...screen.label.keys()].filter((i) => !absent.has(screen.labels[screen.label[i]]));
  const bytes = writeH5ad(await nodeBackend(), {
    counts: selectRows(screen.counts, Int32Array.from(rows)),
    obs: {
      indexName: '_index',
      index: rows.map((i) => `cell-${i}`),
      columns: new Map([
        [
          'perturbation',
          {
            kind: 'categorical',
            categories: screen.labels,
            codes: Int32Array.from(rows, (i) => screen.label[i]),
          },
        ],
      ]),
    },
    var: { indexName: '_index', index: screen.geneNames, columns: new Map() },
    obsm: new Map(),
    uns: {},
  });
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  return rows.length;
}
