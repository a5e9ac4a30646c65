/** @file What several commands share. */
import { existsSync } from 'node:fs';
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
