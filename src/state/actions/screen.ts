/** @file Choices of the perturbation screen: the kind of model, its columns, what is held out. */
import type { ModelId } from '../../protocol/model.ts';
import { formatNumber } from '../format.ts';
import { labelsWithin, type HiddenValues } from '../hold-outs.ts';
import { labelsBySize, screenOf, unclearValues, type FilledScreen } from '../screen-choice.ts';
import { bursts, get, patch } from '../store.ts';
import { givenBack, takenFor } from '../taken-choices.ts';
import type { DataChoices, ScreenChoices, TakenChoices } from '../types.ts';
import { say } from './alerts.ts';
import { bringBack, keepCategory } from './choices.ts';
import { setTrainSettings } from './training.ts';

/**
 * Chooses the kind of model. scDFM takes the columns of its screen as the attributes, and cells whose perturbation is known; when it is left
 * for another kind, the choices are as before, but for what was changed by hand since.
 */
export function chooseKind(model: ModelId): void {
  const { settings } = get().model;
  const { taken } = settings.screen;
  if (model === settings.model) return;
  setTrainSettings({ model, screen: { ...settings.screen, taken: null } });
  if (model === 'scdfm') takeColumns(true);
  else if (taken !== null) giveBack(taken);
}

/** Changes how the screen is read or modelled; a new column of perturbations or contexts becomes an attribute. */
export function setScreen(change: Partial<Omit<ScreenChoices, 'taken'>>): void {
  const { screen } = get().model.settings;
  const anew = 'attribute' in change ? { control: null, separator: null } : {};
  setTrainSettings({ screen: { ...screen, ...anew, ...change } });
  if ('attribute' in change || 'context' in change) takeColumns('attribute' in change);
  const now = screenOf(get());
  const out = now === null ? [] : (get().choices.leftOut[now.attribute] ?? []);
  // Control cells cannot be left out of their screen.
  if (now !== null && out.includes(now.control)) bringBack(now.attribute, now.control);
}

/** Makes the choices in Data those that the screen needs, and notes what that changed. @param clear leaves out cells of unclear perturbations, too */
function takeColumns(clear: boolean): void {
  const { choices, model } = get();
  const { screen: own } = model.settings;
  const screen = screenOf(get());
  if (screen === null) return;
  const { choices: now, taken } = takenFor(screen, choices, own.taken, clear);
  setTrainSettings({ screen: { ...own, taken } });
  patch('choices', now);
  const isNew = now.attributes !== choices.attributes;
  const attributes = isNew ? `Attributes are now ${now.attributes.join(' and ')}.` : '';
  sayAll([attributes, clear ? leftOutWords(screen, now) : '']);
}

/** Another kind of model than scDFM was chosen. */
function giveBack(taken: TakenChoices): void {
  const { choices } = get();
  const now = givenBack(choices, taken);
  patch('choices', now);
  const isSame = now.attributes.join('\n') === choices.attributes.join('\n');
  const cells = (own: DataChoices): number =>
    own.leaveUnlabelled.length + Object.values(own.leftOut).flat().length;
  const attributes = now.attributes.length === 0 ? 'No column is an attribute, as before.' : `Attributes are ${now.attributes.join(' and ')} again.`; // prettier-ignore
  const back = 'Cells that were left out for scDFM are used again.';
  sayAll([isSame ? '' : attributes, cells(now) < cells(choices) ? back : '']);
}

function sayAll(sentences: readonly string[]): void {
  const words = sentences.filter((text) => text !== '');
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
  holdOutAll(taken.map((label) => ({ [screen.attribute]: label })));
  say(`Held out: ${taken.join(', ')}.`);
}

/** Holds out one perturbation, in one context or in all. */
export function holdOut(values: HiddenValues): void {
  holdOutAll([values]);
}

/** Holds out every perturbation that has cells in a context: only control cells are learnt from there. */
export function holdOutContext(context: string): void {
  const screen = screenOf(get());
  if (screen === null || screen.context === null) return;
  const { attribute, context: column } = screen;
  const labels = labelsWithin(screen, get().choices)(context);
  holdOutAll(labels.map((label) => ({ [attribute]: label, [column]: context })));
  say(
    labels.length === 0
      ? `No perturbation has cells in ${context}.`
      : `Held out in ${context}: ${labels.join(', ')}.`,
  );
}

function holdOutAll(added: readonly HiddenValues[]): void {
  const { hide } = get().model.settings;
  const more = added.filter((values) => !hide.some((own) => sameValues(own, values)));
  if (more.length === 0) return;
  // Each hold-out is a step of its own, however quickly it is made.
  bursts.reset();
  setTrainSettings({ hide: [...hide, ...more] });
}

/** Trains on held-out combinations again. */
export function bringIn(...all: readonly HiddenValues[]): void {
  const { hide } = get().model.settings;
  setTrainSettings({ hide: hide.filter((own) => !all.some((values) => sameValues(own, values))) });
}

function sameValues(a: HiddenValues, b: HiddenValues): boolean {
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
