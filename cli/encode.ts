/** @file `cellsmith encode MODEL FILE`: latents of a file's cells, written as .h5ad with `obsm['X_cellsmith']`. */
import { columnsOf, modelProvenance, openModelAndCounts } from './model-and-cells.ts';
import type { Options, OptionRules } from './options.ts';
import { sameOrigin, writeCells } from './write-cells.ts';

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
  const out = options.required('--out');
  const { service, info, genes, loaded, counts, missingGenes } = await openModelAndCounts(options);
  const { latentDim } = info;
  await writeCells(out, {
    counts,
    genes,
    obsNames: loaded.obsNames,
    obs: columnsOf(loaded),
    origin: sameOrigin('real', counts.rows),
    latentDim,
    latents: { [KEY]: await service.encode(counts) },
    about: {
      synthetic: false,
      what: `obsm['${KEY}'] holds the latents of these cells`,
      ...modelProvenance(info),
    },
  });
  return { out, cells: counts.rows, genes: genes.length, missingGenes, latentDim, key: KEY };
}
