/** @file What several commands share. */
import { existsSync } from 'node:fs';
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

/** The --device option. */
export function deviceOption(options: Options): 'auto' | 'cpu' | 'webgpu' {
  const device = options.text('--device') ?? 'auto';
  if (device === 'auto' || device === 'cpu' || device === 'webgpu') return device;
  throw new UsageError(`--device takes auto, cpu or webgpu, not "${device}".`);
}
