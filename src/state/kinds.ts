/** @file Kinds of features on the page: which are open, what they are called, how they are counted. */
import type { FeatureKind, FileSummary, Likelihood, Modality } from '../protocol/dataset.ts';
import type { ModelInfo } from '../protocol/model.ts';
import { formatNumber } from './format.ts';
import { geneNames } from './gene-index.ts';
import { get } from './store.ts';
import type { DataChoices } from './types.ts';

/** Between the names of kinds that are open together. */
const separator = ' + ';

/** The kinds that are open; none where genes are all there is. */
export function openKinds(summary: Pick<FileSummary, 'kinds'> | null): readonly FeatureKind[] {
  return (summary?.kinds ?? []).filter((kind) => kind.open);
}

/** The part of the file in which these kinds are open together. */
export function partOf(kinds: readonly Pick<FeatureKind, 'name'>[]): string {
  return kinds.map(({ name }) => name).join(separator);
}

/** What one feature and many are called. */
export interface FeatureWords {
  readonly one: string;
  readonly many: string;
}

const geneWords: FeatureWords = { one: 'gene', many: 'genes' };
const peakWords: FeatureWords = { one: 'peak', many: 'peaks' };
const bothWords: FeatureWords = { one: 'feature', many: 'features' };

/** Whether a kind is genes: counts with spread. */
export function isGenes({ likelihood }: Pick<Modality, 'likelihood'>): boolean {
  return likelihood === 'negative-binomial';
}

/** What features of one kind are called. */
export function kindWords(kind: Pick<Modality, 'likelihood'>): FeatureWords {
  return isGenes(kind) ? geneWords : peakWords;
}

/** What the features of several kinds are called: genes, peaks, or features where there are both. */
export function featureWords(kinds: readonly Pick<Modality, 'likelihood'>[]): FeatureWords {
  if (kinds.every(isGenes)) return geneWords;
  return kinds.some(isGenes) ? bothWords : peakWords;
}

/** "2,000 genes", or "45 genes and 174 peaks" where a model or file has both. */
export function featureCount(
  total: number,
  kinds: readonly Pick<Modality, 'likelihood' | 'features'>[] = [],
): string {
  if (kinds.length < 2) return `${formatNumber(total)} ${featureWords(kinds).many}`;
  return kinds
    .map((kind) => `${formatNumber(kind.features)} ${kindWords(kind).many}`)
    .join(' and ');
}

/** Whether a model's cells have several kinds of features: their files are h5mu. */
export function hasSeveralKinds({ modalities = [] }: Pick<ModelInfo, 'modalities'>): boolean {
  return modalities.length > 1;
}

/** Where a kind's columns begin among all of a model. */
export function columnsOfKind(
  modalities: readonly Modality[],
  kind: Modality,
): { readonly from: number; readonly to: number } {
  const before = modalities.slice(0, modalities.indexOf(kind));
  const from = before.reduce((sum, { features }) => sum + features, 0);
  return { from, to: from + kind.features };
}

/** The words for what is open. */
export function openWords(): FeatureWords {
  return featureWords(openKinds(get().data.summary));
}

/** The kind by which cells are measured and first laid out: genes where there are any. */
export function measuredKind(summary: Pick<FileSummary, 'kinds'> | null): FeatureKind | null {
  const open = openKinds(summary);
  return open.find(isGenes) ?? open[0] ?? null;
}

/** The kind of a feature of the open file by its name; genes where nothing else is known. */
export function kindOfFeature(name: string): Pick<Modality, 'likelihood'> {
  const open = openKinds(get().data.summary);
  const at = open.length === 0 ? -1 : geneNames().indexOf(name);
  let to = 0;
  const kind = open.find(({ features }) => at < (to += features));
  return at < 0 || !kind ? { likelihood: 'negative-binomial' } : kind;
}

/** How a kind is trained, as the choices have it. */
export function likelihoodOf(kind: FeatureKind, { peaksAs }: DataChoices): Likelihood {
  return isGenes(kind) ? kind.likelihood : peaksAs;
}

/** The same as a selection wants it; undefined where genes are all there is. */
export function likelihoodsOf(
  summary: FileSummary | null,
  choices: DataChoices,
): Readonly<Record<string, Likelihood>> | undefined {
  const open = openKinds(summary);
  if (open.length === 0) return undefined;
  return Object.fromEntries(open.map((kind) => [kind.name, likelihoodOf(kind, choices)]));
}

/** The open file's kinds that a model's kinds stand for, in the model's order; null when the file lacks one. */
export function kindsOfModel(
  summary: FileSummary | null,
  modalities: readonly Modality[],
): readonly FeatureKind[] | null {
  const all = summary?.kinds ?? [];
  const found = modalities.map((own) => {
    const alike = all.filter((kind) => isGenes(kind) === isGenes(own));
    return all.find((kind) => kind.name === own.name) ?? (alike.length === 1 ? alike[0] : null);
  });
  return found.every((kind) => kind !== null) ? (found as readonly FeatureKind[]) : null;
}
