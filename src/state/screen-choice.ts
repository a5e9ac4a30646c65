/** @file The perturbation screen of the open file: what its names propose, what a person chose instead, and what the training is told. */
import type { ObsColumn } from '../protocol/dataset.ts';
import type { ScreenSettings } from '../protocol/perturb.ts';
import {
  isUnclear,
  membersOf,
  proposeControl,
  proposeScreen,
  proposeSeparator,
  type ProposedScreen,
} from '../protocol/screen-labels.ts';
import { padGenes } from '../protocol/recipe.ts';
import { graphEdges } from './graph-edges.ts';
import type { DataChoices, StudioState } from './types.ts';

type Slices = Pick<StudioState, 'data'> & {
  readonly model: Pick<StudioState['model'], 'settings'>;
};

/** Chosen for "none" where null stands for the proposal. */
export const NONE = '';

/** Columns that can hold perturbations or contexts. */
export function screenColumns({ data }: Pick<StudioState, 'data'>): readonly ObsColumn[] {
  return (data.summary?.obs ?? []).filter(({ steerable }) => steerable);
}

let proposed: { readonly of: unknown; readonly screen: ProposedScreen | null } | null = null;

/** The screen that the names of the file's columns and values propose; null when there is none. */
export function proposedScreen({ data }: Pick<StudioState, 'data'>): ProposedScreen | null {
  const obs = data.summary?.obs ?? null;
  if (obs === null) return null;
  if (proposed?.of !== obs) proposed = { of: obs, screen: proposeScreen(screenColumns({ data })) };
  return proposed.screen;
}

/** A screen with everything filled in, and the columns it reads. */
export interface FilledScreen extends ProposedScreen {
  readonly column: ObsColumn;
}

/** What a person chose, and the proposal where nothing was chosen; null without a column that could hold perturbations. */
export function screenOf(state: Slices): FilledScreen | null {
  const { screen: chosen } = state.model.settings;
  const columns = screenColumns(state);
  const proposal = proposedScreen(state);
  const named = columns.find(({ name }) => name === chosen.attribute);
  const column = named ?? columns.find(({ name }) => name === proposal?.attribute) ?? null;
  if (column === null) return null;
  const isProposed = column.name === proposal?.attribute;
  const known = column.categories.includes(chosen.control ?? '');
  const control = known
    ? (chosen.control as string)
    : ((isProposed ? proposal.control : proposeControl(column)) ?? largest(column));
  const separator =
    chosen.separator === null ? proposeSeparator(column.categories, control) : chosen.separator;
  return {
    attribute: column.name,
    control,
    separator: separator === NONE ? null : separator,
    context: contextOf(columns, column.name, chosen.context, proposal?.context ?? null),
    column,
  };
}

function contextOf(
  columns: readonly ObsColumn[],
  attribute: string,
  chosen: string | null,
  proposal: string | null,
): string | null {
  const wanted = chosen ?? proposal ?? NONE;
  const there = columns.some(({ name }) => name === wanted && name !== attribute);
  return there ? wanted : null;
}

function largest({ categories, cells }: ObsColumn): string {
  return categories[cells.indexOf(Math.max(...cells))] ?? '';
}

/** Attributes that a screen needs. */
export function screenAttributes({ attribute, context }: ProposedScreen): string[] {
  return context === null ? [attribute] : [attribute, context];
}

/** Why scDFM cannot be trained as things are, a sentence; null when it can, or another kind is chosen. */
export function screenHindrance(state: Slices & Pick<StudioState, 'choices'>): string | null {
  if (state.model.settings.model !== 'scdfm') return null;
  const screen = screenOf(state);
  if (screen === null) return 'scDFM needs a column of perturbations.';
  const missing = screenAttributes(screen).find((name) => !state.choices.attributes.includes(name));
  return missing === undefined ? null : `Choose ${missing} under Attributes first.`;
}

/** What the training is told; null without a screen, or with another kind of model. */
export function screenSettings(state: Slices): ScreenSettings | null {
  const { model, screen: chosen } = state.model.settings;
  const screen = model === 'scdfm' ? screenOf(state) : null;
  if (screen === null) return null;
  const { attribute, control, separator, context } = screen;
  const { tier, start, mmdWeight, genes, graph } = chosen;
  const edges = graph === null ? undefined : graphEdges(graph);
  return { attribute, control, separator, context, tier, start, mmdWeight, genes, edges };
}

/** Genes that a training will learn, of those chosen: scDFM's networks may take fewer. */
export function learntGenes({ model }: Slices, chosen: number): number {
  const { model: kind, screen } = model.settings;
  if (kind !== 'scdfm') return chosen;
  const wanted = screen.genes ?? (screen.tier === 'pad-lite' ? padGenes : chosen);
  return Math.min(chosen, wanted);
}

/** A value of the perturbation column that tells nothing of what was perturbed, as a person sees it. */
export interface UnclearValue {
  readonly label: string;
  readonly cells: number;
  readonly isOut: boolean;
}

/** Values that the training leaves out, or would leave out if nobody had brought them back. */
export function unclearValues(
  screen: FilledScreen,
  { leftOut }: Pick<DataChoices, 'leftOut'>,
): readonly UnclearValue[] {
  const out = leftOut[screen.attribute] ?? [];
  return presentValues(screen)
    .filter(({ label }) => isUnclear(label, screen))
    .map((own) => ({ ...own, isOut: out.includes(own.label) }));
}

/** The choices with the cells left out of which nobody knows what was perturbed in them: values that say so, unless a person kept them, and cells without a value. */
export function withoutUnclear(screen: FilledScreen, choices: DataChoices): DataChoices {
  const { attribute, column } = screen;
  const { leftOut, leaveUnlabelled, kept } = choices;
  const out = leftOut[attribute] ?? [];
  const added = unclearValues(screen, choices)
    .filter(({ label, isOut }) => !isOut && !kept.includes(`${attribute}/${label}`))
    .map(({ label }) => label);
  const unlabelled = column.missing > 0 && !leaveUnlabelled.includes(attribute);
  return {
    ...choices,
    leftOut: added.length > 0 ? { ...leftOut, [attribute]: [...out, ...added] } : leftOut,
    leaveUnlabelled: unlabelled ? [...leaveUnlabelled, attribute] : leaveUnlabelled,
  };
}

function presentValues({ column }: FilledScreen): { label: string; cells: number }[] {
  return column.categories
    .map((label, i) => ({ label, cells: column.cells[i] ?? 0 }))
    .filter(({ cells }) => cells > 0);
}

/** Values of the perturbation column by how many members they have, without control and what is left out. */
export function labelsBySize(
  screen: FilledScreen,
  { leftOut }: Pick<DataChoices, 'leftOut'>,
): { singles: string[]; sets: string[] } {
  const out = leftOut[screen.attribute] ?? [];
  const labels = presentValues(screen)
    .map(({ label }) => label)
    .filter((label) => !out.includes(label) && membersOf(label, screen).length > 0);
  return {
    singles: labels.filter((label) => membersOf(label, screen).length === 1),
    sets: labels.filter((label) => membersOf(label, screen).length > 1),
  };
}

/** Sets that a training on the present choices learns, control among them; 2 as long as there is no screen. */
export function trainedSets(state: Slices & Pick<StudioState, 'choices'>): number {
  const screen = screenOf(state);
  if (screen === null) return 2;
  const { singles, sets } = labelsBySize(screen, state.choices);
  return 1 + singles.length + sets.length;
}
