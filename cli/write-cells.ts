/** @file Writes cells of several origins as .h5ad: real ones, synthetic ones, real ones made over. */
import { writeFileSync } from 'node:fs';
import { layOutExport } from '../src/data/export-content.ts';
import { nodeBackend } from '../src/data/h5-node.ts';
import { writeH5ad } from '../src/data/h5ad-writer.ts';
import type { CsrMatrix } from '../src/numerics/csr.ts';
import type { UnsValue, WriteColumn } from '../src/protocol/dataset.ts';

/** The cells of a file. */
export interface CellsToWrite {
  /** Over these genes. */
  readonly counts: CsrMatrix;
  readonly genes: readonly string[];
  readonly obsNames: readonly string[];
  readonly obs: Readonly<Record<string, WriteColumn>>;
  /** Where each cell comes from: obs['origin']. */
  readonly origin: { readonly categories: readonly string[]; readonly codes: Int32Array };
  readonly latentDim: number;
  /** obsm: latents by name, [cells, latentDim]. */
  readonly latents: Readonly<Record<string, Float32Array>>;
  /** uns['cellsmith'] */
  readonly about: Readonly<Record<string, UnsValue>>;
}

/** Writes the file. Error: export-failed. */
export async function writeCells(path: string, cells: CellsToWrite): Promise<void> {
  const { counts, genes, obsNames, obs, origin, latentDim: dims, latents, about } = cells;
  const content = layOutExport(
    {
      counts,
      geneIndex: Int32Array.from(genes.keys()),
      geneNames: genes,
      allGenes: false,
      obsNames,
      obs,
      obsm: Object.fromEntries(
        Object.entries(latents).map(([key, values]) => [key, { dims, values }]),
      ),
      uns: { cellsmith: about },
      withReal: false,
    },
    null,
  );
  // The layout takes all cells of a request for synthetic ones.
  const columns = new Map(content.obs.columns).set('origin', { kind: 'categorical', ...origin });
  writeFileSync(
    path,
    writeH5ad(await nodeBackend(), { ...content, obs: { ...content.obs, columns } }),
  );
}

/** One origin for all cells. */
export function sameOrigin(name: string, cells: number): CellsToWrite['origin'] {
  return { categories: [name], codes: new Int32Array(cells) };
}
