/** @file The choices of the uses with everything filled in that a person left open, and why a use cannot be had. */
import type { ApplyUse } from '../protocol/apply.ts';
import type { ModelAttribute, ModelInfo } from '../protocol/model.ts';
import type { ApplyChoices } from './apply.ts';
import { combinationCells } from './data-view.ts';
import { featureWords } from './kinds.ts';

/** Names that columns of batches usually have. */
const batchNames = /batch|donor|patient|sample|replic|plate|site|lane|library|phase|mouse|rep$/i;
const conditionNames = /condition|treat|stim|perturb|drug|time|dose|disease|genotype|phase/i;

/** An attribute by name; else the first that a test likes; else the first. */
function pick(
  info: ModelInfo,
  name: string | null,
  likes: (attribute: ModelAttribute) => boolean,
): ModelAttribute | null {
  const own = info.attributes.find((attribute) => attribute.name === name);
  return own ?? info.attributes.find(likes) ?? info.attributes[0] ?? null;
}

/** A correction's attribute of batches and the other attributes. */
export function correctionOf(
  info: ModelInfo,
  { batch, to, dropped, measure, counts }: ApplyChoices['correct'],
) {
  const attribute = pick(info, batch, ({ name }) => batchNames.test(name));
  const others = info.attributes.filter(({ name }) => name !== attribute?.name);
  const keep = others.map(({ name }) => name).filter((name) => !dropped.includes(name));
  const known = to !== null && (attribute?.categories.includes(to) ?? false);
  const labels = others.map(({ name }) => name);
  return {
    attribute,
    others: labels,
    to: known ? to : null,
    keep,
    measure: measure === '' ? null : measure !== null && labels.includes(measure) ? measure : (labels[0] ?? null), // prettier-ignore
    counts,
  };
}

/** A counterfactual's attribute, new value, and the values its cells must have. */
export function changeOf(
  info: ModelInfo,
  { attribute: name, value, where }: ApplyChoices['counterfactual'],
) {
  const attribute = pick(
    info,
    name,
    (a) => conditionNames.test(a.name) && a.categories.length < 12,
  );
  const known = value !== null && (attribute?.categories.includes(value) ?? false);
  const kept = Object.entries(where ?? largestKind(info, attribute)).filter(([own, category]) =>
    info.attributes.some((a) => a.name === own && a.categories.includes(category)),
  );
  return {
    attribute,
    value: known ? value : (attribute?.categories[attribute.categories.length - 1] ?? null),
    where: Object.fromEntries(kept),
  };
}

/** The value that most cells have in the first attribute that does not change: effects are compared within one kind. */
function largestKind(info: ModelInfo, changed: ModelAttribute | null): Record<string, string> {
  const other = info.attributes.find(({ name }) => name !== changed?.name);
  if (!other) return {};
  const most = other.cells.indexOf(Math.max(...other.cells));
  return { [other.name]: other.categories[most] ?? '' };
}

/** The kind of which more cells are wanted: the one asked for, else the rarest with at least ten cells. */
export function kindOf(info: ModelInfo, { attribute: name, value }: ApplyChoices['augment']) {
  const attribute = pick(info, name, () => false);
  const entries = (attribute?.categories ?? [])
    .map((category, i) => ({ category, cells: attribute?.cells[i] ?? 0 }))
    .sort((a, b) => a.cells - b.cells);
  const known = entries.some(({ category }) => category === value);
  const rarest = entries.find(({ cells }) => cells >= 10) ?? entries[entries.length - 1];
  return { attribute, entries, value: known ? value : (rarest?.category ?? null) };
}

/** A combination of two attributes' values with its training cells. */
export interface Gap {
  readonly values: Readonly<Record<string, string>>;
  readonly cells: number;
}

/** The combinations that are to be filled; gaps null where the model has too many combinations to count. */
export function gapsOf(info: ModelInfo, choices: ApplyChoices['augment']) {
  const first = pick(info, choices.attribute, () => false);
  const others = info.attributes.filter(({ name }) => name !== first?.name);
  const second = others.find(({ name }) => name === choices.second) ?? others[0] ?? null;
  if (!first || !second) return null;
  const all = first.categories.length * second.categories.length;
  const base = { first, second, others, all };
  if (info.combinations === null) return { ...base, gaps: null, none: 0 };
  const gaps: Gap[] = first.categories
    .flatMap((one) =>
      second.categories.map((other) => ({ [first.name]: one, [second.name]: other })),
    )
    .map((values) => ({ values, cells: combinationCells(info, values) ?? 0 }))
    .filter(({ cells }) => cells < choices.fewer);
  return { ...base, gaps, none: gaps.filter(({ cells }) => cells === 0).length };
}

/** Names in a typed list. */
export function namesIn(text: string): string[] {
  return [...new Set(text.split(/[\s,;]+/).filter((name) => name !== ''))];
}

/** Why a model of a screen is refused, and what to train instead. */
const screenAdvice: Readonly<Record<Exclude<ApplyUse, 'augment'>, string>> = {
  correct: 'It does not carry cells from one batch to another. Train CFGen or scLDM for that.',
  counterfactual:
    'It leads control cells to perturbed ones: ask for them under Perturb. For other changes train CFGen or scLDM.',
  impute: 'It predicts whole cells, not what is expected of a gene. Train CFGen or scLDM for that.',
};

/** Why a use cannot be had with this model, and what to do; null when it can. */
export function refusalOf(use: ApplyUse, info: ModelInfo): { lead: string; advice: string } | null {
  if (info.modalities !== undefined) {
    const { many } = featureWords(info.modalities);
    return {
      lead: many === 'peaks' ? 'This model makes peaks.' : 'This model makes genes and peaks.',
      advice: `This needs a model of genes alone. Open the genes alone under Features in Data, and train again.`,
    };
  }
  if (info.screen !== undefined && use !== 'augment') {
    return { lead: 'A model of a perturbation screen cannot do this.', advice: screenAdvice[use] };
  }
  if (use === 'impute') return null;
  if (info.attributes.length === 0) {
    return {
      lead: 'This model has no attributes.',
      advice: 'Choose columns under Attributes in Data, and train again.',
    };
  }
  const several = info.attributes.filter(({ cells }) => cells.filter((n) => n > 0).length > 1);
  if (use === 'correct' && several.length === 0) {
    return {
      lead: 'There is only one batch.',
      advice:
        'Every attribute of this model has a single value. Train with the column that names the batches.',
    };
  }
  return null;
}
