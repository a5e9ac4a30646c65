/** @file A screen as training needs it: which set of perturbations each cell has, in which context, and which cells are control. */
import type { AttributeData } from '../../protocol/dataset.ts';
import { StudioError } from '../../protocol/errors.ts';
import type { ScreenSettings } from '../../protocol/perturb.ts';
import { membersOf } from '../../protocol/screen-labels.ts';

/** Cells with the same perturbations in the same context. */
export interface Condition {
  /** Category of the perturbation column. */
  readonly label: number;
  /** Category of the context column; −1 without one, and for cells that are not labelled in it. */
  readonly context: number;
  readonly cells: Uint32Array;
}

/** A screen that was read. */
export interface Screen {
  /** Which attribute is the perturbation, and which the context (−1: none). */
  readonly perturbation: number;
  readonly context: number;
  /** Perturbations of the training cells, sorted. */
  readonly members: readonly string[];
  /** Positions in `members` of each category's set; null for categories that no training cell has and whose members are not all known. */
  readonly sets: readonly (readonly number[] | null)[];
  /** Training cells by condition, control conditions first. */
  readonly conditions: readonly Condition[];
  readonly controls: Uint32Array;
}

/** Fewer control cells say too little of untreated cells. */
const LEAST_CONTROLS = 5;

/** Reads a screen. Errors: bad-request for columns and values that are not there, too-few-cells without control cells. */
export function readScreen(
  settings: ScreenSettings,
  attributes: readonly AttributeData[],
  trainingCells: Uint32Array,
): Screen {
  const perturbation = attributes.findIndex((a) => a.name === settings.attribute);
  if (perturbation < 0) throw noColumn(settings.attribute);
  const context =
    settings.context === null ? -1 : attributes.findIndex((a) => a.name === settings.context);
  if (settings.context !== null && context < 0) throw noColumn(settings.context);
  const { categories, codes } = attributes[perturbation];
  const control = categories.indexOf(settings.control);
  const controls = trainingCells.filter((cell) => codes[cell] === control);
  if (control < 0 || controls.length < LEAST_CONTROLS) throw noControls(settings, controls.length);
  const labelled = new Set(Array.from(trainingCells, (cell) => codes[cell]));
  const named = categories.map((label) => membersOf(label, settings));
  const members = [...new Set(named.filter((_, code) => labelled.has(code)).flat())].sort();
  if (members.length === 0) throw noPerturbations(settings);
  const sets = named.map((own) => {
    const places = own.map((member) => members.indexOf(member));
    return places.includes(-1) ? null : places;
  });
  const conditions = conditionsOf(attributes, perturbation, context, trainingCells).sort(
    (a, b) => rank(a, control) - rank(b, control) || a.context - b.context,
  );
  return { perturbation, context, members, sets, conditions, controls };
}

/** Cells that are labelled with a perturbation, by label and context. @param context number of the attribute, −1 without one */
export function conditionsOf(
  attributes: readonly AttributeData[],
  perturbation: number,
  context: number,
  cells: Uint32Array,
): Condition[] {
  const { codes } = attributes[perturbation];
  const contexts = context < 0 ? null : attributes[context].codes;
  const groups = new Map<string, { label: number; context: number; cells: number[] }>();
  for (const cell of cells) {
    if (codes[cell] < 0) continue;
    const own = contexts?.[cell] ?? -1;
    const key = `${codes[cell]} ${own}`;
    const group = groups.get(key) ?? { label: codes[cell], context: own, cells: [] };
    group.cells.push(cell);
    groups.set(key, group);
  }
  return [...groups.values()].map((group) => ({ ...group, cells: Uint32Array.from(group.cells) }));
}

/** Known sets in contexts that training never saw them in. */
export function missingConditions({ sets, conditions }: Screen): number {
  const known = conditions.filter(({ label, context }) => sets[label] !== null && context >= 0);
  const labels = new Set(known.map(({ label }) => label)).size;
  return labels * new Set(known.map(({ context }) => context)).size - known.length;
}

function rank({ label }: { label: number }, control: number): number {
  return label === control ? -1 : label;
}

/** Nobody said which column holds perturbations. */
export function noScreen(): StudioError {
  return new StudioError(
    'bad-request',
    'It is not said which column holds perturbations.',
    'scDFM needs the column of perturbations and its control value. Choose them and train again.',
  );
}

function noColumn(name: string): StudioError {
  return new StudioError(
    'bad-request',
    `${name} is not among the chosen attributes.`,
    'The columns of perturbations and of contexts must be attributes that the model is trained on. Choose them, or other ones.',
    { column: name },
  );
}

function noControls({ attribute, control }: ScreenSettings, cells: number): StudioError {
  return new StudioError(
    'too-few-cells',
    cells === 0
      ? `No training cell has ${attribute} ${control}.`
      : `Only ${cells} training cells are control.`,
    `At least ${LEAST_CONTROLS} cells with ${attribute} ${control} are needed to say what a perturbation changes. Choose another control value.`,
    { cells },
  );
}

function noPerturbations({ attribute, control }: ScreenSettings): StudioError {
  return new StudioError(
    'bad-request',
    'There is no perturbation to learn.',
    `Every training cell has ${attribute} ${control} or no value. Choose another column, or hold out less.`,
    { attribute },
  );
}
