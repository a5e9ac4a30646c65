/** @file Where a command may write: nowhere that cannot be written, and over none of the files that it reads. */
import { accessSync, constants, existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, extname, resolve } from 'node:path';
import { StudioError } from '../src/protocol/errors.ts';
import { UsageError, type Options } from './options.ts';

/** Options that name a file to read. */
const READ = ['--from', '--like', '--reference', '--train', '--edges'];

/** Endings of files of another kind than a command writes; any other ending is the person's own choice. */
const OTHER = new Set(['.cellsmith', '.csv', '.h5', '.h5ad', '.h5mu', '.json', '.loom', '.mtx', '.tsv', '.txt', '.zarr', '.zip']); // prettier-ignore

/**
 * Refuses a place for the result before anything is computed for it. @param endings those that the command may write; none: the command writes nothing.
 * Errors: UsageError for another kind's ending, export-failed where nothing can be written, or a file would be lost that is read.
 */
export function requireOut(options: Options, endings: readonly string[]): void {
  const path = options.text('--out');
  if (path === null) return;
  const ending = extname(path).toLowerCase();
  if (OTHER.has(ending) && !endings.includes(ending)) {
    throw new UsageError(
      `--out takes a name that ends with ${endings.join(' or ')}, not "${path}".`,
    );
  }
  const why = refusalOf(path, [
    ...options.positional,
    ...READ.flatMap((name) => options.all(name)),
  ]);
  if (why !== null) {
    throw new StudioError('export-failed', `${path} cannot be written.`, why, { path });
  }
}

function refusalOf(path: string, inputs: readonly string[]): string | null {
  const folder = dirname(resolve(path));
  if (!existsSync(folder)) return `There is no folder ${folder}.`;
  if (existsSync(path) && statSync(path).isDirectory()) return 'It is a folder. Name a file.';
  if (existsSync(path) && inputs.some((input) => isSame(input, path))) {
    return 'It is a file that is read. Choose another name, so that it stays.';
  }
  try {
    accessSync(existsSync(path) ? path : folder, constants.W_OK);
    return null;
  } catch {
    return 'Writing there is not allowed. Choose another place.';
  }
}

function isSame(a: string, b: string): boolean {
  return existsSync(a) && realpathSync(a) === realpathSync(b);
}
