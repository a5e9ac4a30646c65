/** @file What is held out of a training, from the person's settings and the cells that were selected. */
import type { TrainingData } from '../protocol/dataset.ts';
import type { SplitSettings } from '../protocol/model.ts';
import { columnOf } from './data-view.ts';
import type { ModelState, StudioState } from './types.ts';

type Settings = ModelState['settings'];

/** The split of a training and, when whole groups are held out, the group of every selected cell. */
export interface SplitChoice {
  readonly split: SplitSettings | undefined;
  readonly splitGroups?: Int32Array;
}

/**
 * Hidden combinations that hold for a training with these attributes. Others wait: those of columns that are no attributes now, and those of one
 * value, which a perturbation screen alone can do without.
 */
export function hiddenNow(
  { hide, model }: Pick<Settings, 'hide' | 'model'>,
  attributes: readonly string[],
): Settings['hide'] {
  return hide.filter((combination) => {
    const names = Object.keys(combination);
    return (names.length > 1 || model === 'scdfm') && names.every((name) => attributes.includes(name)); // prettier-ignore
  });
}

/** Leaves out settings that do not fit the selected cells: hidden values that are not there, a column that is an attribute. */
export function splitFor(
  settings: Settings,
  selected: Pick<TrainingData, 'attributes' | 'cellIndex'>,
): SplitChoice {
  const { heldOutBy } = settings;
  const names = selected.attributes.map(({ name }) => name);
  const fits = (combination: Readonly<Record<string, string>>): boolean =>
    Object.entries(combination).every(([name, value]) =>
      selected.attributes.some((a) => a.name === name && a.categories.includes(value)),
    );
  const hidden = hiddenNow(settings, names).filter(fits);
  const taken = heldOutBy !== null && names.includes(heldOutBy);
  const column = heldOutBy === null || taken ? null : columnOf(heldOutBy);
  if (!column) return { split: hidden.length > 0 ? { by: null, hide: hidden } : undefined };
  return {
    split: { by: heldOutBy, hide: hidden },
    splitGroups: Int32Array.from(selected.cellIndex, (cell) => column.codes[cell]),
  };
}

/** Columns of which whole groups can be held out: 2 to 200 categories, not chosen as attributes. */
export function groupColumns({ data, choices }: Pick<StudioState, 'data' | 'choices'>): string[] {
  return (data.summary?.obs ?? [])
    .filter(({ name, steerable }) => steerable && !choices.attributes.includes(name))
    .map(({ name }) => name);
}

/** A hidden combination in words. */
export function hiddenWords(combination: Readonly<Record<string, string>>): string {
  return Object.values(combination).join(' × ');
}
