/** @file `cellsmith encode MODEL FILE`: latents of a file's cells, written as .h5ad with `obsm['X_cellsmith']`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { nodeBackend } from '../src/data/h5-node.ts';
import { IoService } from '../src/data/io-service.ts';
import type { LoadedData, WriteColumn } from '../src/protocol/dataset.ts';
import type { ModelInfo } from '../src/protocol/model.ts';
import { matchGenes } from '../src/tasks/encode.ts';
import { startNodeService } from '../src/tasks/node-service.ts';
import { deviceOption, requireCounts, requireFile } from './file-and-device.ts';
import { UsageError, type Options, type OptionRules } from './options.ts';

/** Options of the command. */
export const encodeRules: OptionRules = { values: ['--out', '--device'], switches: [] };

/** What the command prints. */
export interface EncodeReport {
  readonly out: string;
  readonly cells: number;
  readonly genes: number;
  /** Genes of the model that the file lacks; they count as 0. */
  readonly missingGenes: number;
  readonly latentDim: number;
  readonly key: string;
}

const KEY = 'X_cellsmith';

/** Runs the command. Errors: bad-model, no-gene, and those of opening. */
export async function runEncode(options: Options): Promise<EncodeReport> {
  if (options.positional.length !== 2) throw new UsageError('A model file and a file are needed.');
  const [model, path] = options.positional.map(requireFile);
  const out = options.required('--out');
  const { service } = await startNodeService(deviceOption(options));
  const info = await service.load(new Uint8Array(readFileSync(model)));
  const { names } = await service.genes();
  const io = new IoService(nodeBackend());
  try {
    const loaded = await io.load(requireCounts(await io.open({ path })));
    const { counts, missing } = matchGenes(await io.counts(), loaded.varNames, names);
    const latents = await service.encode(counts);
    const file = await io.write({
      counts,
      geneIndex: Int32Array.from(names.keys()),
      geneNames: names,
      allGenes: false,
      obsNames: loaded.obsNames,
      obs: columnsOf(loaded),
      obsm: { [KEY]: { dims: info.latentDim, values: latents } },
      uns: { cellsmith: provenance(info) },
      withReal: false,
    });
    writeFileSync(out, file);
    const { latentDim } = info;
    const sizes = { cells: counts.rows, genes: names.length, missingGenes: missing.length };
    return { out, ...sizes, latentDim, key: KEY };
  } finally {
    await io.close();
  }
}

function columnsOf({ categorical, numeric }: LoadedData): Record<string, WriteColumn> {
  const words = Object.entries(categorical).map(([name, column]): [string, WriteColumn] => [
    name,
    { kind: 'categorical', ...column },
  ]);
  const numbers = Object.entries(numeric).map(([name, values]): [string, WriteColumn] => [
    name,
    { kind: 'number', values },
  ]);
  return Object.fromEntries([...words, ...numbers]);
}

function provenance(info: ModelInfo) {
  return {
    synthetic: false,
    what: `obsm['${KEY}'] holds the latents of these cells`,
    model: info.model,
    model_id: info.id,
    trained_on: info.fileName,
    trained_at: info.trainedAt,
  };
}
