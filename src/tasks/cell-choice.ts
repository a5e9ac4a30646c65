/** @file Choosing cells by the values of attributes, in the model's terms. */
import type { ModelInfo } from '../protocol/model.ts';
import { requireAttribute, requireCategory, type LabelledCells } from './transport.ts';

/** Values by attribute. */
export type Values = Readonly<Record<string, string>>;

/** Category numbers of values. Errors: bad-attribute, bad-request. */
export function codesOfValues(info: ModelInfo, values: Values): Record<string, number> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      requireCategory(info.attributes[requireAttribute(info, name)], value),
    ]),
  );
}

/** Positions of the cells that have all of these categories, ascending. */
export function cellsWith(
  { counts, codes }: LabelledCells,
  wanted: Readonly<Record<string, number>>,
): Int32Array {
  const conditions = Object.entries(wanted);
  const all = Int32Array.from({ length: counts.rows }, (_, i) => i);
  return all.filter((i) => conditions.every(([name, code]) => codes[name][i] === code));
}
