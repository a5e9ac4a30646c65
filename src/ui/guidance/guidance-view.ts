/** @file What the Guidance panel derives: chosen values, real cells behind them, entries of a value list. */
import type { ModelAttribute, ModelInfo } from '../../protocol/model.ts';
import { coloursOf, columnOf, combinationCells } from '../../state/data-view.ts';
import { formatNumber } from '../../state/format.ts';
import { get } from '../../state/store.ts';
import type { ColourBy, GuidanceState } from '../../state/types.ts';
import type { ChoiceEntry } from '../controls/Choice.tsx';

/** Entry that stands for every value. */
export const ALL = '';

/** Values in effect per attribute: null where every value is asked for, or where the weight is 0 and the value is ignored. */
export function effectiveValues(
  info: ModelInfo,
  terms: GuidanceState['terms'],
): Record<string, string | null> {
  return Object.fromEntries(
    info.attributes.map(({ name }) => {
      const term = terms[name];
      return [name, term && term.weight > 0 ? term.value : null];
    }),
  );
}

/** "27 real cells", "1 real cell", "no real cells". */
export function realCells(cells: number): string {
  if (cells === 0) return 'no real cells';
  return `${formatNumber(cells)} real ${cells === 1 ? 'cell' : 'cells'}`;
}

/** "312 cells not labelled: used in training without this attribute." */
export function unlabelledText(cells: number): string {
  return `${formatNumber(cells)} ${cells === 1 ? 'cell' : 'cells'} not labelled: used in training without this attribute.`;
}

/** Colours of an attribute's values by name, when this attribute colours the map; else nothing. */
export function swatches(
  attribute: string,
  colourBy: ColourBy | null,
): ReadonlyMap<string, string> {
  if (colourBy?.kind !== 'obs' || colourBy.name !== attribute) return new Map();
  const categories = columnOf(attribute, get().data)?.categories ?? [];
  const colours = coloursOf(attribute, get().data);
  return new Map(categories.map((category, index) => [category, colours[index] ?? '']));
}

/** The entries of "Value of {attribute}": all values first, each with its real cells; amber where none has the other choices too. */
export function valueEntries(
  info: ModelInfo,
  attribute: ModelAttribute,
  values: Readonly<Record<string, string | null>>,
  colours: ReadonlyMap<string, string>,
): ChoiceEntry[] {
  const total = attribute.cells.reduce((sum, cells) => sum + cells, attribute.unlabelled ?? 0);
  const others = Object.entries(values)
    .filter(([name, value]) => name !== attribute.name && value !== null)
    .map(([, value]) => value ?? '');
  const entries = attribute.categories.map((category, index): ChoiceEntry => {
    const none =
      others.length > 0 && combinationCells(info, { ...values, [attribute.name]: category }) === 0;
    return {
      value: category,
      label: category,
      note: none ? `none with ${others.join(' and ')}` : realCells(attribute.cells[index] ?? 0),
      closedNote: realCells(attribute.cells[index] ?? 0),
      warn: none,
      swatch: colours.get(category),
    };
  });
  return [{ value: ALL, label: 'All, as in the data', note: realCells(total) }, ...entries];
}

/** Chosen values that no real cell has together, or null. Needs two values at least. */
export function extrapolatedValues(
  info: ModelInfo,
  values: Readonly<Record<string, string | null>>,
): readonly string[] | null {
  const chosen = Object.values(values).filter((value) => value !== null);
  if (chosen.length < 2) return null;
  return combinationCells(info, values) === 0 ? chosen : null;
}

/** "No real cell is both A and B." or "No real cell is A, B and C." */
export function extrapolationText(values: readonly string[]): string {
  const last = values.at(-1) ?? '';
  const first = values.slice(0, -1).join(', ');
  const both = values.length === 2 ? 'both ' : '';
  return `No real cell is ${both}${first} and ${last}. These cells cannot be checked against real ones.`;
}
