/** @file Columns that options name: found among a file's columns of categories, or refused with the nearest name. */
import type { CategoryColumn } from '../src/protocol/dataset.ts';
import { StudioError } from '../src/protocol/errors.ts';
import type { ModelInfo } from '../src/protocol/model.ts';
import { didYouMean } from '../src/protocol/nearest-word.ts';
import { requireAttribute } from '../src/tasks/transport.ts';

/** Columns that a refusal lists where none is near. */
const MOST_LISTED = 12;

/** The cells of a file as far as their columns go. */
export interface FileColumns {
  readonly path: string;
  readonly columns: Readonly<Record<string, CategoryColumn>>;
}

/** A column of categories by its name. @param option that named it. Error: bad-attribute, with the name that may have been meant. */
export function requireColumn(
  option: string,
  { path, columns }: FileColumns,
  name: string,
): CategoryColumn {
  if (Object.hasOwn(columns, name)) return columns[name];
  const known = Object.keys(columns);
  throw new StudioError(
    'bad-attribute',
    `obs['${name}'] is missing.`,
    `${option} takes a column of categories; ${path} has no such one.${didYouMean(name, known) || listOf(known)}`,
    { attribute: name, option },
  );
}

function listOf(known: readonly string[]): string {
  if (known.length === 0) return ' It has no column of categories at all.';
  const more = known.length - MOST_LISTED;
  return ` It has ${known.slice(0, MOST_LISTED).join(', ')}${more > 0 ? ` and ${more} more` : ''}.`;
}

/** Refuses weights of what is no attribute of the model. @param weights by attribute. Error: bad-attribute, as for a column. */
export function requireWeighted(
  info: ModelInfo,
  ...weights: readonly Readonly<Record<string, number>>[]
): void {
  for (const name of weights.flatMap((own) => Object.keys(own))) requireAttribute(info, name);
}
