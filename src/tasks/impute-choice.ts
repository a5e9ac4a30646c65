/** @file What an imputation needs to know of a model and a file: genes by name, kinds, which cells the model learnt from. */
import type { ModelApi } from '../protocol/api.ts';
import type { CategoryColumn, LoadedData } from '../protocol/dataset.ts';
import { StudioError } from '../protocol/errors.ts';
import type { ModelInfo } from '../protocol/model.ts';

/** Positions of named genes in the model, ascending. Error: no-gene. */
export function sortedGenes(names: readonly string[], wanted: readonly string[]): Uint32Array {
  const at = new Map(names.map((name, g) => [name, g]));
  const unknown = wanted.filter((name) => !at.has(name));
  if (wanted.length === 0 || unknown.length > 0) {
    throw new StudioError(
      'no-gene',
      wanted.length === 0
        ? 'No gene is chosen.'
        : `${unknown.slice(0, 3).join(', ')} is not among the genes of the model.`,
      `The model knows ${names.length.toLocaleString('en-GB')} genes, such as ${names.slice(0, 3).join(', ')}. Choose among them.`,
      { unknown: unknown.length },
    );
  }
  return Uint32Array.from(new Set(wanted), (name) => at.get(name) as number).sort();
}

/**
 * Kind of some cells: the combination of their values in the model's attributes, as one number; −1 where a value is missing or unknown to
 * the model. Null where no attribute is left.
 *
 * @param names of the attributes; those that are no columns of the file, or none of the model, are left out
 */
export function kindsOf(
  info: ModelInfo,
  names: readonly string[],
  columns: Readonly<Record<string, CategoryColumn>>,
  rows: Int32Array,
): Int32Array | null {
  const used = info.attributes.filter((a) => names.includes(a.name) && Object.hasOwn(columns, a.name)); // prettier-ignore
  if (used.length === 0) return null;
  const kinds = new Int32Array(rows.length);
  for (const { name, categories } of used) {
    const own = columns[name];
    const table = own.categories.map((category) => categories.indexOf(category));
    rows.forEach((cell, i) => {
      const code = own.codes[cell] < 0 ? -1 : table[own.codes[cell]];
      kinds[i] = kinds[i] < 0 || code < 0 ? -1 : kinds[i] * categories.length + code;
    });
  }
  return kinds;
}

/** Which cells of a file the model learnt from and which it held out; null when this is another file. */
export async function splitOfModel(
  service: Pick<ModelApi, 'cells'>,
  info: ModelInfo,
  { nObs, nVars }: Pick<LoadedData, 'nObs' | 'nVars'>,
): Promise<{ readonly training: Int32Array; readonly heldOut: Int32Array } | null> {
  if (info.sourceShape[0] !== nObs || info.sourceShape[1] !== nVars) return null;
  const { index, heldOut } = await service.cells();
  return {
    training: index.filter((_, i) => heldOut[i] === 0),
    heldOut: index.filter((_, i) => heldOut[i] === 1),
  };
}
