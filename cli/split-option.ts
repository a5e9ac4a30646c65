/** @file Which cells a training holds out: --held-out, --held-out-by and --hide. */
import type { AttributeData } from '../src/protocol/dataset.ts';
import type { SplitSettings } from '../src/protocol/model.ts';
import { didYouMean } from '../src/protocol/nearest-word.ts';
import { requireColumn, type FileColumns } from './columns.ts';
import { UsageError, type Options } from './options.ts';

/** Options that readSplit and readHeldOut take. */
export const splitOptions = ['--held-out', '--held-out-by', '--hide'] as const;

/** The share of cells held out. */
export function readHeldOut(options: Options): number {
  const heldOut = Number(options.text('--held-out') ?? '0.1');
  if (heldOut >= 0.01 && heldOut <= 0.5) return heldOut;
  throw new UsageError('--held-out takes a share between 0.01 and 0.5.');
}

/** `--held-out-by donor` and `--hide cell_type=CD4 T,condition=stimulated` (may be repeated); undefined without either. */
export function readSplit(
  options: Options,
  attributes: readonly string[],
): SplitSettings | undefined {
  const by = options.text('--held-out-by');
  const hide = options.all('--hide').map((text) => readCombination(text, attributes));
  if (by === null && hide.length === 0) return undefined;
  if (by !== null && attributes.includes(by)) {
    throw new UsageError(
      `--held-out-by takes a column that is not among --attributes: of a ${by} never seen no cells can be asked for.`,
    );
  }
  return { by, hide };
}

/** Values may hold commas: a part without NAME= belongs to the value before it. */
function readCombination(text: string, attributes: readonly string[]): Record<string, string> {
  const out: Record<string, string> = {};
  let last: string | null = null;
  for (const part of text.split(',')) {
    const equals = part.indexOf('=');
    const name = part.slice(0, Math.max(0, equals));
    if (attributes.includes(name)) {
      out[name] = part.slice(equals + 1);
      last = name;
    } else if (last !== null) out[last] += `,${part}`;
    else {
      const near = didYouMean(name, attributes);
      throw new UsageError(`--hide takes ATTRIBUTE=VALUE,… with names from --attributes.${near}`);
    }
  }
  return out;
}

/** Group of every selected cell in the column of --held-out-by; undefined without the option. Error: bad-attribute. */
export function groupsIn(
  file: FileColumns,
  by: string | null,
  cells: AttributeData['codes'],
): Int32Array | undefined {
  if (by === null) return undefined;
  const { codes } = requireColumn('--held-out-by', file, by);
  return Int32Array.from(cells, (cell) => codes[cell]);
}
