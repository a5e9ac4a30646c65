/** @file An HDF5 file of cells: h5ad, h5mu, 10x or loom, told by what lies in it. */
import { StudioError } from '../protocol/errors.ts';
import { readAnnData } from './anndata-tree.ts';
import type { CellFile } from './cell-file.ts';
import { damaged, notAnnData } from './file-errors.ts';
import type { H5Backend, H5Source } from './h5-backend.ts';
import { H5Reader } from './h5-reader.ts';
import { readMuData } from './h5mu-file.ts';
import { isLoom, readLoom } from './loom-file.ts';
import { isTenX, readTenX } from './tenx-file.ts';

export { asCategorical } from './cell-file.ts';

/** An open HDF5 file of cells with its reader. */
export type H5adFile = CellFile & { readonly h5: H5Reader };

/**
 * Opens and checks an HDF5 file. Errors: not-h5ad, file-damaged, empty-file.
 *
 * @param part which of several parts (modality, feature type, genome) to read; null takes the usual one
 */
export async function openH5ad(
  backend: H5Backend,
  source: H5Source,
  part: string | null = null,
): Promise<H5adFile> {
  const h5 = await H5Reader.open(backend, source);
  try {
    return Object.assign(await readLayout(h5, part), { h5 });
  } catch (thrown) {
    h5.close();
    if (thrown instanceof StudioError) throw thrown;
    throw damaged(h5.name, 'its tables', String(thrown));
  }
}

async function readLayout(h5: H5Reader, part: string | null): Promise<CellFile> {
  const has = (path: string): boolean => h5.kind(path) !== null;
  if (has('obs') && has('var') && (has('X') || !has('mod'))) return readAnnData(h5, 'h5ad');
  if (has('mod')) return readMuData(h5, part);
  if (isLoom(h5)) return readLoom(h5);
  if (isTenX(h5)) return readTenX(h5, part);
  throw notAnnData(h5.name, 'it has no tables of cells (obs) and genes (var)');
}
