/** @file What is held out of a screen, as a person chooses and sees it: one perturbation, or all of one kind of cells. */
import type { CategoryColumn } from '../protocol/dataset.ts';
import { columnOf } from './data-view.ts';
import { labelsBySize, type FilledScreen } from './screen-choice.ts';
import { hiddenWords } from './split-choice.ts';
import type { DataChoices, DataState, ModelState } from './types.ts';

/** Values of columns that a cell must have to be held out, by column. */
export type HiddenValues = ModelState['settings']['hide'][number];

/** A line of the list: one hold-out, or all those of one context together. */
export interface ShownHoldOut {
  readonly words: string;
  readonly all: readonly HiddenValues[];
}

/** Perturbations (control and left-out values aside) that have cells in a context. */
export type LabelsWithin = (context: string) => readonly string[];

/** Looks up which perturbations have cells in which context; one pass over the cells of the file when it is asked first. */
export function labelsWithin(
  screen: FilledScreen,
  choices: Pick<DataChoices, 'leftOut'>,
  data?: DataState,
): LabelsWithin {
  const { singles, sets } = labelsBySize(screen, choices);
  const down = columnOf(screen.attribute, data);
  const across = screen.context === null ? null : columnOf(screen.context, data);
  if (down === null || across === null) return () => [];
  let there: Uint8Array | null = null;
  const codes = [...singles, ...sets].map((label) => [label, down.categories.indexOf(label)] as const); // prettier-ignore
  return (context) => {
    const column = across.categories.indexOf(context);
    if (column < 0) return [];
    const pairs = (there ??= pairsWithCells(down, across));
    const isThere = (code: number): boolean => pairs[code * across.categories.length + column] === 1; // prettier-ignore
    return codes.filter(([, code]) => isThere(code)).map(([label]) => label);
  };
}

/** 1 for pairs of categories that some cell has, [down][across]. */
function pairsWithCells(down: CategoryColumn, across: CategoryColumn): Uint8Array {
  const width = across.categories.length;
  const there = new Uint8Array(down.categories.length * width);
  down.codes.forEach((code, cell) => {
    const other = across.codes[cell] ?? -1;
    if (code >= 0 && other >= 0) there[code * width + other] = 1;
  });
  return there;
}

/** The hold-outs of a screen, those of all perturbations of a context (two at least) in one line. */
export function shownHoldOuts(
  hide: readonly HiddenValues[],
  { attribute, context }: FilledScreen,
  within: LabelsWithin,
): readonly ShownHoldOut[] {
  const own = hide.filter((values) => attribute in values);
  const here = context === null ? [] : [...new Set(own.flatMap((values) => values[context] ?? []))];
  const whole = here.flatMap((value): ShownHoldOut[] => {
    const labels = within(value);
    const all = own.filter((values) => values[context ?? ''] === value);
    const isWhole = labels.length > 1 && labels.every((label) => all.some((values) => values[attribute] === label)); // prettier-ignore
    return isWhole ? [{ words: `every perturbation × ${value}`, all }] : [];
  });
  const told = new Set(whole.flatMap(({ all }) => all));
  const single = own.filter((values) => !told.has(values));
  return [...whole, ...single.map((values) => ({ words: hiddenWords(values), all: [values] }))];
}
