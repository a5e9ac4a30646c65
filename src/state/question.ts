/** @file The question about perturbations with everything filled in that a person left open, in words and as a request. */
import type { ModelAttribute, ModelInfo } from '../protocol/model.ts';
import type { PerturbRequest, ScreenInfo } from '../protocol/perturb.ts';
import { keyOfMembers, labelOf, membersOf } from '../protocol/screen-labels.ts';
import { combinationCells } from './data-view.ts';
import type { QuestionState } from './types.ts';

/** Chosen for "as in the control cells". */
export const AS_CONTROL = '';

/** The screen of a model, if it has one. */
export function screenIn(info: ModelInfo | null): ScreenInfo | null {
  return info?.screen ?? null;
}

/** Attributes of a screen's model besides the perturbation. */
export function otherAttributes(info: ModelInfo, screen: ScreenInfo): readonly ModelAttribute[] {
  return info.attributes.filter(({ name }) => name !== screen.attribute);
}

/** Training cells that have exactly this set. */
export function trainingCellsOf(
  info: ModelInfo,
  screen: ScreenInfo,
  members: readonly string[],
): number {
  const attribute = info.attributes.find(({ name }) => name === screen.attribute);
  const key = keyOfMembers(members);
  let cells = 0;
  attribute?.categories.forEach((label, i) => {
    if (keyOfMembers(membersOf(label, screen)) === key) cells += attribute.cells[i] ?? 0;
  });
  return cells;
}

/** The member with most training cells of its own. */
function usualMember(info: ModelInfo, screen: ScreenInfo): readonly string[] {
  const counted = screen.members
    .slice(0, screen.seenMembers)
    .map((member) => ({ member, cells: trainingCellsOf(info, screen, [member]) }))
    .sort((a, b) => b.cells - a.cells);
  const first = counted[0]?.member ?? screen.members[0];
  return first === undefined ? [] : [first];
}

/** The request of a question; members and values that the model does not know are left out. */
export function requestOf(
  info: ModelInfo,
  screen: ScreenInfo,
  question: QuestionState,
): PerturbRequest {
  const { members, context, cells, seed, weight, weights, composed } = question;
  const known = members?.filter((member) => screen.members.includes(member)) ?? null;
  const own = known === null || (known.length === 0 && (members?.length ?? 0) > 0) ? usualMember(info, screen) : known; // prettier-ignore
  const values = otherAttributes(info, screen).flatMap((attribute): [string, string][] => {
    const value = context[attribute.name] ?? usualContext(attribute, screen);
    return attribute.categories.includes(value) ? [[attribute.name, value]] : [];
  });
  const followed = values.flatMap(([name]): [string, number][] => {
    const own = weights[name] ?? 1;
    return own === 1 ? [] : [[name, own]];
  });
  return {
    members: own,
    context: Object.fromEntries(values),
    cells,
    seed,
    weight,
    ...(followed.length > 0 ? { weights: Object.fromEntries(followed) } : {}),
    composed: composed && own.length > 1,
  };
}

/** Within one context effects can be compared with real ones; other attributes stay as they are in the control cells. */
function usualContext({ name, categories, cells }: ModelAttribute, screen: ScreenInfo): string {
  if (name !== screen.context) return AS_CONTROL;
  return categories[cells.indexOf(Math.max(...cells))] ?? AS_CONTROL;
}

/** A set in words. */
export function setWords(members: readonly string[], screen: ScreenInfo): string {
  return labelOf(members, screen, screen.seenLabels);
}

/** A request in words: "IRF1 in CD14 Monocytes". */
export function requestWords(
  { members, context, composed, weights = {} }: PerturbRequest,
  screen: ScreenInfo,
): string {
  const where = Object.entries(context).map(([name, value]) =>
    weights[name] === undefined ? value : `${value} (weight ${weights[name]})`,
  );
  const added = composed ? ', members added' : '';
  return `${setWords(members, screen)}${where.length > 0 ? ` in ${where.join(', ')}` : ''}${added}`;
}

/** What the model knows of a request: whether training cells have the set at all, and in this context (null: not known). */
export function knownOf(
  info: ModelInfo,
  screen: ScreenInfo,
  { members, context }: PerturbRequest,
): { readonly anywhere: number; readonly here: number | null } {
  const anywhere = trainingCellsOf(info, screen, members);
  if (anywhere === 0) return { anywhere: 0, here: 0 };
  const label = setWords(members, screen);
  const here = combinationCells(info, { ...context, [screen.attribute]: label });
  return { anywhere, here };
}
