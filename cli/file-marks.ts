/** @file What a file of generated cells says of its maker: whether it was this program, and which genes the model knew. */
import { asCategorical } from '../src/data/cell-file.ts';
import { nodeBackend } from '../src/data/h5-node.ts';
import { openCells } from '../src/data/open-file.ts';

/** Marks of a file. */
export interface FileMarks {
  /** This program made it, says uns['cellsmith']. */
  readonly madeHere: boolean;
  /** Genes that the model knew, says var['modelled']; null where it does not say it of so many genes. */
  readonly modelled: Int32Array | null;
}

/** Reads the marks. @param genes that were read of the file. Errors: those of opening. */
export async function readMarks(path: string, genes: number): Promise<FileMarks> {
  const file = await openCells(await nodeBackend(), { path });
  try {
    const { madeHere = false } = file;
    const column = file.var.columns.get('modelled');
    const known = column && asCategorical(column);
    if (!known || known.codes.length !== genes) return { madeHere, modelled: null };
    const no = known.categories.findIndex((name) => name.toLowerCase() === 'false');
    const modelled = Int32Array.from(known.codes.keys()).filter((gene) => known.codes[gene] !== no);
    return { madeHere, modelled };
  } finally {
    file.close();
  }
}
