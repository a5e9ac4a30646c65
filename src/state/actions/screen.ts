/** @file Choices of the perturbation screen: the kind of model, its columns, what is held out, an imported gene graph. */
import { StudioError } from '../../protocol/errors.ts';
import type { ModelId } from '../../protocol/model.ts';
import { formatNumber } from '../format.ts';
import { geneNames } from '../gene-index.ts';
import { keepGraphEdges, readEdges } from '../graph-edges.ts';
import {
  labelsBySize,
  screenAttributes,
  screenOf,
  unclearValues,
  withoutUnclear,
  type FilledScreen,
} from '../screen-choice.ts';
import { bursts, get, patch } from '../store.ts';
import type { DataChoices, ScreenChoices } from '../types.ts';
import { say, showError } from './alerts.ts';
import { bringBack, keepCategory } from './choices.ts';
import { setTrainSettings } from './training.ts';

/** Chooses the kind of model; scDFM takes the columns of its screen as the attributes, and cells whose perturbation is known. */
export function chooseKind(model: ModelId): void {
  setTrainSettings({ model });
  if (model === 'scdfm') takeColumns(true);
}

/** Changes how the screen is read or modelled; a new column of perturbations or contexts becomes an attribute. */
export function setScreen(change: Partial<ScreenChoices>): void {
  const { screen } = get().model.settings;
  const anew = 'attribute' in change ? { control: null, separator: null } : {};
  setTrainSettings({ screen: { ...screen, ...anew, ...change } });
  if ('attribute' in change || 'context' in change) takeColumns('attribute' in change);
  const now = screenOf(get());
  const out = now === null ? [] : (get().choices.leftOut[now.attribute] ?? []);
  // Control cells cannot be left out of their screen.
  if (now !== null && out.includes(now.control)) bringBack(now.attribute, now.control);
}

/** Makes the screen's columns the attributes, keeping other chosen ones only if the screen had been chosen before; the first time cells of an unclear perturbation go. */
function takeColumns(first: boolean): void {
  const screen = screenOf(get());
  if (screen === null) return;
  const { choices } = get();
  const needed = screenAttributes(screen);
  const isNew = !needed.every((name) => choices.attributes.includes(name));
  const own = isNew ? { ...choices, attributes: needed } : choices;
  const now = first ? withoutUnclear(screen, own) : own;
  patch('choices', now);
  const attributes = isNew ? `Attributes are now ${needed.join(' and ')}.` : '';
  const words = [attributes, first ? leftOutWords(screen, now) : ''].filter((text) => text !== '');
  if (words.length > 0) say(words.join(' '));
}

/** What of the screen is left out, in a sentence; empty when nothing is. */
function leftOutWords(screen: FilledScreen, choices: DataChoices): string {
  const values = unclearValues(screen, choices).filter(({ isOut }) => isOut);
  const { missing } = screen.column;
  const parts = [
    ...values.map(({ label, cells }) => `${label === '' ? 'no name' : label} (${formatNumber(cells)})`), // prettier-ignore
    ...(missing > 0 && choices.leaveUnlabelled.includes(screen.attribute)
      ? [`without a value (${formatNumber(missing)})`]
      : []),
  ];
  return parts.length === 0 ? '' : `Cells left out, their perturbation is not known: ${parts.join(', ')}.`; // prettier-ignore
}

/** Counts a value as a perturbation after all that seems to say that nothing is known. */
export function countAsPerturbation(attribute: string, label: string): void {
  bringBack(attribute, label);
  keepCategory(attribute, label);
}

/** Every fifth is held out. */
const PART = 5;

/** Holds out every fifth combination, or where there are none every fifth perturbation, in the order of a fixed shuffle. */
export function holdOutFifth(): void {
  const screen = screenOf(get());
  if (screen === null) return;
  const { singles, sets } = labelsBySize(screen, get().choices);
  const among = shuffled(sets.length > 0 ? sets : singles);
  const taken = among.slice(0, Math.max(1, Math.floor(among.length / PART)));
  const { hide } = get().model.settings;
  const added = taken
    .map((label) => ({ [screen.attribute]: label }))
    .filter((one) => !hide.some((own) => sameValues(own, one)));
  setTrainSettings({ hide: [...hide, ...added] });
  say(`Held out: ${taken.join(', ')}.`);
}

/** Holds out one perturbation, in one context or in all. */
export function holdOut(values: Readonly<Record<string, string>>): void {
  const { hide } = get().model.settings;
  if (hide.some((own) => sameValues(own, values))) return;
  // Each hold-out is a step of its own, however quickly it is made.
  bursts.reset();
  setTrainSettings({ hide: [...hide, values] });
}

/** Trains on a held-out combination again. */
export function bringIn(values: Readonly<Record<string, string>>): void {
  const { hide } = get().model.settings;
  setTrainSettings({ hide: hide.filter((own) => !sameValues(own, values)) });
}

function sameValues(
  a: Readonly<Record<string, string>>,
  b: Readonly<Record<string, string>>,
): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

/** The same order for the same names, and no other: by a hash of each. */
function shuffled(names: readonly string[]): string[] {
  const mix = (text: string): number => {
    let h = 0x811c9dc5;
    for (let i = 0; i < text.length; i += 1) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
    h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
    return (h ^ (h >>> 13)) >>> 0;
  };
  return [...names].sort((a, b) => mix(a) - mix(b));
}

const MOST_BYTES = 60_000_000;

/** Reads an edge list (two gene names a line) to take the place of the learnt gene graph at the next training. */
export async function importGraph(file: File): Promise<void> {
  try {
    if (file.size > MOST_BYTES) throw tooLong(file.name);
    say(`Reading ${file.name}.`, true);
    const { edges, left } = await readEdges(await file.text(), new Set(geneNames()));
    if (edges.length === 0) throw noPairs(file.name);
    const graph = { name: file.name, pairs: edges.length };
    keepGraphEdges(graph, edges);
    setScreen({ graph });
    const rest = left > 0 ? ` Lines without two known genes, left out: ${formatNumber(left)}.` : '';
    say(`${formatNumber(edges.length)} pairs of genes from ${file.name}.${rest}`);
  } catch (thrown) {
    showError(thrown, 'The gene graph stays as it was.');
    say(`${file.name} was not used.`);
  }
}

/** Back to the graph that is learnt from training cells. */
export function dropGraph(): void {
  setScreen({ graph: null });
}

function noPairs(name: string): StudioError {
  return new StudioError(
    'bad-request',
    `No pair of genes in ${name}.`,
    `An edge list has two gene names a line, as this file writes them: ${geneNames().slice(0, 2).join(' ')}.`,
    { file: name },
  );
}

function tooLong(name: string): StudioError {
  return new StudioError(
    'too-big',
    `${name} is too long.`,
    'An edge list of up to 60 MB can be read. Leave out pairs of genes that this file does not have.',
    { file: name },
  );
}
