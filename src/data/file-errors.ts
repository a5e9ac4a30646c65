/** @file The named errors of opening, reading and writing files, with their words. */
import { StudioError } from '../protocol/errors.ts';

const opens =
  'Cellsmith opens .h5ad, .h5mu, .loom, 10x .h5, a 10x matrix folder, zipped zarr, and tables of counts (CSV, TSV).';

/** Bytes for a person: 412 MB, 1.3 GB. Decimal units, at most two significant digits after rounding. */
export function formatBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit > 0 && value < 9.95 ? 1 : 0;
  return `${value.toFixed(digits)}\u202f${units[unit]}`;
}

/** A whole number with commas: 2,618. */
export function formatCount(value: number): string {
  return Math.round(value).toLocaleString('en-GB');
}

/** not-h5ad: the file is something else, and we know what. `advice` replaces the general hint. */
export function notACellFile(name: string, whatItIs: string, advice?: string): StudioError {
  return new StudioError(
    'not-h5ad',
    `${name} is not a cell file.`,
    `It is ${whatItIs}. ${advice ?? `${opens} From Seurat, save with an h5ad exporter first.`}`,
    { file: name },
  );
}

/** not-h5ad: an HDF5 file that lacks the parts of a file of cells. */
export function notAnnData(name: string, missing: string): StudioError {
  return new StudioError(
    'not-h5ad',
    `${name} is not a cell file.`,
    `It is an HDF5 file, but ${missing}. ${opens} Read it in Python and save it with write_h5ad.`,
    { file: name },
  );
}

/** file-damaged: shorter than its own index says. */
export function cutOff(name: string, bytes: number, expected: number): StudioError {
  return new StudioError(
    'file-damaged',
    `${name} cannot be read.`,
    `The file ends after ${formatBytes(bytes)}, but its own index says ${formatBytes(expected)}. ` +
      'The download or copy was probably cut off. Copy or download it again, then drop the new file here.',
    { file: name, bytes, expected },
  );
}

/** file-damaged: the reader failed at `part`. */
export function damaged(name: string, part: string, cause: string): StudioError {
  return new StudioError(
    'file-damaged',
    `${name} cannot be read.`,
    `Reading ${part} failed, so a part of the file is damaged. Copy or download it again, then drop the new file here.`,
    { file: name, part, cause },
  );
}

/** file-damaged: the disk no longer gives what was opened. */
export function changedOnDisk(name: string, thrown: unknown): StudioError {
  const cause = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : 'unknown';
  return new StudioError(
    'file-damaged',
    `${name} can no longer be read.`,
    'The file was changed, moved or removed since it was opened, or the browser lost its permission. ' +
      'What was read from it is still here; drop the file here again to go on with it.',
    { file: name, cause, changed: 1 },
  );
}

/** file-damaged, and the reader ended over it: whoever holds it must start a new one (`details.readerEnded`). */
export function endedReader(name: string, part: string, cause: string): StudioError {
  const { code, title, message, details } = damaged(name, part, cause);
  return new StudioError(code, title, message, { ...details, readerEnded: 1 });
}

/** Whether an error must not be passed over, because no reading can follow it. */
export function isFinal(thrown: unknown): boolean {
  return thrown instanceof StudioError && thrown.details['readerEnded'] === 1;
}

/** file-damaged: compressed by a method that is not at hand. */
export function unknownFilter(name: string, part: string, filter: string): StudioError {
  return new StudioError(
    'file-damaged',
    `${name} cannot be read.`,
    `${part} is compressed with ${filter}, which Cellsmith cannot unpack. ` +
      "Save the file again with compression='gzip', then drop the new file here.",
    { file: name, part, filter },
  );
}

/** empty-file: no bytes, no cells or no genes. */
export function emptyFile(name: string, why: string): StudioError {
  return new StudioError(
    'empty-file',
    `${name} is empty.`,
    `${why} Choose a file with cells and genes.`,
    { file: name },
  );
}

/** too-few-cells. */
export function tooFewCells(cells: number, needed: number): StudioError {
  const title = cells === 1 ? 'Only one cell.' : `Only ${formatCount(cells)} cells.`;
  return new StudioError(
    'too-few-cells',
    cells === 0 ? 'No cells are left.' : title,
    `A model needs at least ${needed} cells that have counts and lie inside the limits. Widen the limits, keep more values, or open a file with more cells.`,
    { cells, needed },
  );
}

/** too-few-genes. */
export function tooFewGenes(genes: number, needed: number): StudioError {
  const title = genes === 1 ? 'Only one gene.' : `Only ${formatCount(genes)} genes.`;
  return new StudioError(
    'too-few-genes',
    genes === 0 ? 'No genes are left.' : title,
    `A model needs at least ${needed} genes with counts. Lower the number of cells a gene must be found in, or open a file with more genes.`,
    { genes, needed },
  );
}

/** too-big: more memory than a tab may use; `cells` null when it is not known how many there are. */
export function tooBig(
  cells: number | null,
  needed: number,
  allowed: number,
  sample: number | null = null,
): StudioError {
  const remedy =
    sample === null
      ? 'Save a file with fewer cells, then open that.'
      : `Use ${formatCount(sample)} random cells instead?`;
  return new StudioError(
    'too-big',
    cells === null ? 'Not enough memory.' : `Not enough memory for ${formatCount(cells)} cells.`,
    `The counts need about ${formatBytes(needed)}; this tab may use about ${formatBytes(allowed)}. ${remedy}`,
    {
      needed,
      allowed,
      ...(cells === null ? {} : { cells }),
      ...(sample === null ? {} : { sample }),
    },
  );
}

/**
 * quota-full: the counts to train on have no place on disk.
 *
 * @param needed bytes they are expected to take @param free bytes the browser still gives, or what the disk said
 */
export function noRoomForCounts(needed: number, free: unknown): StudioError {
  const given = typeof free === 'number' ? `, and ${formatBytes(Math.max(0, free))} is free` : '';
  return new StudioError(
    'quota-full',
    "The browser's storage is full.",
    `The counts to train on need about ${formatBytes(needed)} there${given}. ` +
      'Train on the most variable genes or on fewer cells, or free space on the disk or in the browser.',
    { needed, ...(typeof free === 'number' ? { free } : { cause: String(free) }) },
  );
}

/** too-big: a matrix whose cells cannot be read one after the other, so that training cannot stream it. */
export function storedByGene(cells: number, needed: number, allowed: number): StudioError {
  return new StudioError(
    'too-big',
    'These counts cannot be read from disk cell by cell.',
    `The matrix is stored gene by gene. Train on the genes that are open, or save the file with a CSR matrix and open that. ` +
      `Loaded whole, its ${formatCount(cells)} cells would need about ${formatBytes(needed)}.`,
    { needed, allowed, cells },
  );
}
