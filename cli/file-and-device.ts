/** @file What several commands share. */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
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

/** Refuses a place that cannot be written, before anything is computed for it. Error: export-failed. */
export function requireWritable(path: string | null): void {
  if (path === null) return;
  const folder = dirname(resolve(path));
  const why = refusalOf(path, folder);
  if (why === null) return;
  throw new StudioError('export-failed', `${path} cannot be written.`, why, { path });
}

function refusalOf(path: string, folder: string): string | null {
  if (!existsSync(folder)) return `There is no folder ${folder}.`;
  if (existsSync(path) && statSync(path).isDirectory()) return 'It is a folder. Name a file.';
  try {
    accessSync(existsSync(path) ? path : folder, constants.W_OK);
    return null;
  } catch {
    return 'Writing there is not allowed. Choose another place.';
  }
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
