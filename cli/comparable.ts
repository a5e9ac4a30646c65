/** @file Whether files can be compared, and what about them a person should know before believing the figures. */
import { StudioError } from '../src/protocol/errors.ts';
import type { ReadCells } from './evaluate-modalities.ts';

/** Fewest cells on each side, and fewest genes in common. */
const FEWEST_CELLS = 10;
const FEWEST_GENES = 2;

/** Values that a sentence names. */
const MOST_NAMED = 3;

/** Names that every file has, in the order of the first one. Error: bad-request (fewer than 10 cells on a side, no genes in common). */
export function commonGenes(
  real: ReadCells,
  cells: ReadCells,
  training: ReadCells | null,
): string[] {
  for (const { path, counts } of [real, cells]) {
    if (counts.rows >= FEWEST_CELLS) continue;
    throw new StudioError(
      'bad-request',
      `${path} has too few cells.`,
      `It has ${counts.rows}; at least ${FEWEST_CELLS} are needed on each side, and 60 real ones for a verdict.`,
    );
  }
  const others = [cells, ...(training ? [training] : [])];
  const sets = others.map(({ genes }) => new Set(genes));
  const genes = real.genes.filter((name) => sets.every((own) => own.has(name)));
  if (genes.length >= FEWEST_GENES) return genes;
  const other = others[sets.findIndex((own) => real.genes.filter((name) => own.has(name)).length < FEWEST_GENES)] ?? cells; // prettier-ignore
  throw new StudioError('bad-request', 'These files have no genes in common.', differenceOf(real, other)); // prettier-ignore
}

/** How the names of two files differ, and what to do about it. */
function differenceOf(real: ReadCells, other: ReadCells): string {
  const first = ({ path, genes }: ReadCells): string =>
    `${path} names them ${genes.slice(0, 2).join(', ')} …`;
  const lower = new Set(other.genes.map((name) => name.toLowerCase()));
  const onlyCase = real.genes.filter((name) => lower.has(name.toLowerCase())).length > real.genes.length / 2; // prettier-ignore
  const why = onlyCase ? 'They differ in capital letters only. ' : '';
  return `${first(real)}, ${first(other)}. ${why}Give the genes the same names in var of both files.`;
}

/** What limits the comparison of genes and labels, as sentences. @param labels attributes that are compared */
export function limitsOf(
  genes: number,
  real: ReadCells,
  cells: ReadCells,
  labels: readonly string[],
): string[] {
  const notes: string[] = [];
  const most = Math.max(real.genes.length, cells.genes.length);
  if (genes < most / 2) {
    notes.push(`Only ${genes} genes are in both files, of ${real.genes.length} in ${real.path} and ${cells.genes.length} in ${cells.path}; the others are left out.`); // prettier-ignore
  }
  for (const name of labels) {
    const own = cells.columns[name];
    if (own === undefined) {
      notes.push(`${cells.path} has no obs['${name}']: nothing is said of its values.`);
      continue;
    }
    const known = new Set(real.columns[name]?.categories ?? []);
    const shown = new Set(own.codes);
    const strange = own.categories.filter((value, code) => shown.has(code) && !known.has(value));
    if (strange.length === 0) continue;
    const more = strange.length - MOST_NAMED;
    const named = `${strange.slice(0, MOST_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
    notes.push(`${named}: in obs['${name}'] of ${cells.path}, but not of ${real.path}. Such cells have no counterpart and count as not recognised.`); // prettier-ignore
  }
  return notes;
}
