/** @file What several commands share. */
import { existsSync, readFileSync } from 'node:fs';
import type { FileSummary } from '../src/protocol/dataset.ts';
import { StudioError } from '../src/protocol/errors.ts';
import { UsageError, type Options } from './options.ts';

/** The path, if there is a file. Error: bad-request. */
export function requireFile(path: string): string {
  if (existsSync(path)) return path;
  throw new StudioError(
    'bad-request',
    `${path} does not exist.`,
    'Check the name and the folder.',
    { path },
  );
}

/** How every HDF5 file begins, and so a file of cells that was named in a model's place. */
const HDF5 = [0x89, 0x48, 0x44, 0x46];

/** The bytes of a model file. Errors: bad-request where there is none, bad-model for a file of cells. */
export function readModelBytes(path: string): Uint8Array {
  const bytes = new Uint8Array(readFileSync(requireFile(path)));
  if (HDF5.some((byte, at) => bytes[at] !== byte)) return bytes;
  throw new StudioError(
    'bad-model',
    `${path} is not a model.`,
    'It is a file of cells. Name the *.cellsmith file that cellsmith train wrote, or that was saved on the page.',
    { path },
  );
}

/** Where the counts of an opened file are. Error: no-counts. */
export function requireCounts(summary: FileSummary): string {
  if (summary.chosen !== null) return summary.chosen;
  throw new StudioError(
    'no-counts',
    'No counts in this file.',
    `${summary.counts.map((c) => c.reason).join(' ')} Save the file with counts in layers['counts'] and try again.`,
  );
}

/** The --device option. */
export function deviceOption(options: Options): 'auto' | 'cpu' | 'webgpu' {
  const device = options.text('--device') ?? 'auto';
  if (device === 'auto' || device === 'cpu' || device === 'webgpu') return device;
  throw new UsageError(`--device takes auto, cpu or webgpu, not "${device}".`);
}
