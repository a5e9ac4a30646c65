/** @file What scDFM makes of the choices in Data for its screen, and how a person's own come back when another kind of model is chosen. */
import { screenAttributes, withoutUnclear, type FilledScreen } from './screen-choice.ts';
import type { DataChoices, ScreenedChoices, TakenChoices } from './types.ts';

/** Values that are in the list of `before` or of `after` alone stand as before; all others as they are now. */
function mergedList(
  before: readonly string[],
  after: readonly string[],
  now: readonly string[],
): readonly string[] {
  const isTouched = (value: string): boolean => before.includes(value) !== after.includes(value);
  const own = now.filter((value) => !isTouched(value));
  const first = before.filter((value) => isTouched(value) || own.includes(value));
  return [...first, ...own.filter((value) => !first.includes(value))];
}

/** The choices without what scDFM did to them: what a person changed since stays, whatever scDFM changed is as it was. */
export function givenBack(choices: DataChoices, { before, after }: TakenChoices): DataChoices {
  const columns = new Set([...Object.keys(before.leftOut), ...Object.keys(choices.leftOut)]);
  const leftOut = [...columns].map((name): [string, readonly string[]] => [
    name,
    mergedList(before.leftOut[name] ?? [], after.leftOut[name] ?? [], choices.leftOut[name] ?? []),
  ]);
  return {
    ...choices,
    attributes: mergedList(before.attributes, after.attributes, choices.attributes),
    leftOut: Object.fromEntries(leftOut.filter(([, values]) => values.length > 0)),
    leaveUnlabelled: mergedList(
      before.leaveUnlabelled,
      after.leaveUnlabelled,
      choices.leaveUnlabelled,
    ),
  };
}

/**
 * The choices with which a screen can be learnt, and what that changed of them. Its columns become the attributes, beside those that a person
 * added since scDFM was chosen; attributes that hold them already stay as they are.
 *
 * @param taken what scDFM changed before; null: it was chosen just now
 * @param clear also leaves out cells of an unclear perturbation, unless a person kept them
 */
export function takenFor(
  screen: FilledScreen,
  choices: DataChoices,
  taken: TakenChoices | null,
  clear: boolean,
): { readonly choices: DataChoices; readonly taken: TakenChoices } {
  const before = taken === null ? choices : givenBack(choices, taken);
  const needed = screenAttributes(screen);
  const added =
    taken === null
      ? []
      : choices.attributes.filter((name) => !taken.after.attributes.includes(name));
  const isThere = needed.every((name) => choices.attributes.includes(name));
  const attributes = isThere ? choices.attributes : [...new Set([...needed, ...added])];
  const { leftOut, leaveUnlabelled } = clear ? before : choices;
  const own = { ...choices, attributes, leftOut, leaveUnlabelled };
  const after = clear ? withoutUnclear(screen, own) : own;
  return { choices: after, taken: { before: screened(before), after: screened(after) } };
}

/** The part of the choices that scDFM changes. */
function screened({ attributes, leftOut, leaveUnlabelled }: DataChoices): ScreenedChoices {
  return { attributes, leftOut, leaveUnlabelled };
}
