/** @file Makes public/demo/tissue-1200.h5ad from the simulator. Usage: npx tsx scripts/make-tissue.ts [OUT] */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeBackend } from '../src/data/h5-node.ts';
import { writeH5ad, type OutColumn, type OutFile } from '../src/data/h5ad-writer.ts';
import { defaultTissue, simulateTissue, type Tissue } from '../src/data/simulate-tissue.ts';

/** The bundled file's contents. */
export function tissueFile(tissue: Tissue): OutFile {
  const { truth } = tissue;
  const column = (categories: readonly string[], codes: Int32Array): OutColumn => ({
    kind: 'categorical',
    categories,
    codes,
  });
  return {
    counts: tissue.counts,
    obs: {
      indexName: '_index',
      index: tissue.cellNames,
      columns: new Map([
        ['cell_type', column(truth.cellTypes, tissue.cellType)],
        ['donor', column(truth.donors, tissue.donor)],
        ['condition', column(truth.conditions, tissue.condition)],
      ]),
    },
    var: {
      indexName: '_index',
      index: tissue.geneNames,
      columns: new Map<string, OutColumn>([
        ['inverse_dispersion', { kind: 'double', values: truth.theta }],
        ['log_baseline', { kind: 'double', values: truth.baseline }],
      ]),
    },
    obsm: new Map(),
    uns: {
      about: {
        title: 'A simulated tissue: no real cell is in it',
        seed: defaultTissue.seed,
        rare_type: truth.rareType,
        absent_cell_type: truth.absent[0],
        absent_condition: truth.absent[1],
      },
    },
  };
}

if (process.argv[1] === import.meta.filename) {
  const out = process.argv[2] ?? join(import.meta.dirname, '../public/demo/tissue-1200.h5ad');
  const bytes = writeH5ad(await nodeBackend(), tissueFile(simulateTissue()));
  writeFileSync(out, bytes);
  process.stdout.write(`${out}: ${bytes.length} bytes\n`);
}
