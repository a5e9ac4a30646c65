/** @file One run of each use: the request from the choices, and what the page keeps of the answer. */
import { apply } from '../../clients/apply-client.ts';
import { map } from '../../clients/map-client.ts';
import type { ApplyEvent, ApplyUse } from '../../protocol/apply.ts';
import { StudioError } from '../../protocol/errors.ts';
import type { ModelInfo } from '../../protocol/model.ts';
import { changeOf, correctionOf, gapsOf, kindOf, namesIn } from '../apply-choice.ts';
import { getApply, type ApplyResults, type GlidePlaces } from '../apply.ts';
import { byteArray, floatArray, keepArray } from '../array-registry.ts';
import { columnOf } from '../data-view.ts';
import { explored } from '../explore.ts';
import { formatDuration, formatNumber } from '../format.ts';
import { geneNames, nearestGenes } from '../gene-index.ts';
import { get } from '../store.ts';
import { placesAt } from './hand-over.ts';

/** What a run gives. */
export interface Outcome<U extends ApplyUse> {
  readonly result: ApplyResults[U];
  readonly places: GlidePlaces | null;
  /** For the status line. */
  readonly said: string;
}

type Run<U extends ApplyUse> = (
  info: ModelInfo,
  /** Position in the file of each of the worker's cells. */
  index: Int32Array,
  onEvent: (event: ApplyEvent) => void,
) => Promise<Outcome<U>>;

const SEED = 0;

const correct: Run<'correct'> = async (info, index, onEvent) => {
  const choices = getApply().choices.correct;
  const { attribute, to, keep, measure, counts } = correctionOf(info, choices);
  const umap = floatArray(get().data.umap);
  const answer = await apply.correct(
    {
      batch: attribute?.name ?? '',
      to,
      keep,
      measure,
      counts,
      start: umap ? placesAt(umap, index) : null,
      seed: SEED,
    },
    onEvent,
  );
  const { rows, before, after, ...shown } = answer;
  return {
    result: { ...shown, ask: { ...choices, batch: attribute?.name ?? null, to, measure } },
    places: {
      rows: keepArray(rows.map((row) => index[row])),
      codes: null,
      column: null,
      before: keepArray(before),
      after: keepArray(after),
      background: false,
    },
    said: `Corrected ${formatNumber(answer.cells)} cells of ${answer.batches.length} batches in ${formatDuration(answer.seconds)}.`,
  };
};

const counterfactual: Run<'counterfactual'> = async (info, index, onEvent) => {
  const choices = getApply().choices.counterfactual;
  const { attribute, value, where } = changeOf(info, choices);
  const selected = choices.cells === 'selection' ? selectedAmong(index) : null;
  const set = { [attribute?.name ?? '']: value ?? '' };
  const asked = selected === null ? where : {};
  const answer = await apply.counterfactual(
    { set, where: asked, among: selected, seed: SEED },
    onEvent,
  );
  const { rows, after, ...shown } = answer;
  const inFile = rows.map((row) => index[row]);
  const placed = await map.place({ latents: after, dims: answer.latentDim, seed: SEED, codes: {} });
  const umap = floatArray(get().data.umap);
  const kinds = Object.entries(asked).map(([name, category]) => `${name} ${category}`);
  return {
    result: {
      ...shown,
      changed: rows.length,
      about: `${selected ? 'selected cells' : kinds.join(', ') || 'all cells'} as ${attribute?.name ?? ''} ${value ?? ''}`,
    },
    places: {
      rows: keepArray(inFile),
      codes: null,
      column: null,
      before: umap ? keepArray(placesAt(umap, inFile)) : null,
      after: keepArray(placed.umap),
      background: true,
    },
    said: `Changed ${formatNumber(rows.length)} cells in ${formatDuration(answer.seconds)}.`,
  };
};

/** Every combination of two attributes that has few cells. */
const fillGaps: Run<'augment'> = async (info, _index, onEvent) => {
  const choices = getApply().choices.augment;
  const found = gapsOf(info, choices);
  const gaps = found?.gaps ?? [];
  if (!found || gaps.length === 0) throw nothingToFill(choices.fewer);
  const { first, second } = found;
  const combinations = gaps.map(({ values }) => values);
  const answer = await apply.augment(
    { attribute: first.name, values: [], cells: choices.each, fill: [], combinations, check: false, seed: SEED }, // prettier-ignore
    onEvent,
  );
  const { latents, ...shown } = answer;
  const placed = await map.place({ latents, dims: answer.latentDim, seed: SEED, codes: {} });
  const categories = columnOf(first.name)?.categories ?? [];
  const codes = Int32Array.from({ length: answer.added }, (_, i) =>
    categories.indexOf(combinations[Math.floor(i / choices.each)]?.[first.name] ?? ''),
  );
  const about = `${formatNumber(gaps.length)} combinations of ${first.name} and ${second.name}`;
  return {
    result: { ...shown, about },
    places: {
      rows: null,
      codes: keepArray(codes),
      column: first.name,
      before: null,
      after: keepArray(placed.umap),
      background: true,
    },
    said: `Added ${formatNumber(answer.added)} cells of ${about} in ${formatDuration(answer.seconds)}.`,
  };
};

function nothingToFill(fewer: number): StudioError {
  return new StudioError(
    'bad-request',
    'There is nothing to fill.',
    `No combination has fewer than ${formatNumber(fewer)} training cells. Ask for a larger number under Fewer than.`,
  );
}

const augment: Run<'augment'> = async (info, index, onEvent) => {
  const { cells, check, what } = getApply().choices.augment;
  if (what === 'combinations') return fillGaps(info, index, onEvent);
  const { attribute, value } = kindOf(info, getApply().choices.augment);
  const name = attribute?.name ?? '';
  const answer = await apply.augment(
    { attribute: name, values: [value ?? ''], cells, fill: [], check, seed: SEED },
    onEvent,
  );
  const { latents, ...shown } = answer;
  const placed = await map.place({ latents, dims: answer.latentDim, seed: SEED, codes: {} });
  const code = columnOf(name)?.categories.indexOf(value ?? '') ?? -1;
  return {
    result: { ...shown, about: `${name} ${value ?? ''}` },
    places: {
      rows: null,
      codes: keepArray(new Int32Array(answer.added).fill(code)),
      column: name,
      before: null,
      after: keepArray(placed.umap),
      background: true,
    },
    said: `Added ${formatNumber(answer.added)} cells in ${formatDuration(answer.seconds)}.`,
  };
};

const impute: Run<'impute'> = async (_info, _index, onEvent) => {
  const { genes, passes, test } = getApply().choices.impute;
  const names = namesIn(genes);
  const known = new Set(geneNames());
  const wrong = names.find((name) => !known.has(name));
  if (wrong !== undefined) throw noGene(wrong);
  const answer = await apply.impute({ genes: names, passes, test, seed: SEED }, onEvent);
  return {
    result: answer,
    places: null,
    said: `Filled ${formatNumber(answer.genes)} genes in ${formatNumber(answer.cells)} cells in ${formatDuration(answer.seconds)}.`,
  };
};

/** The four uses. */
export const runners: { readonly [U in ApplyUse]: Run<U> } = {
  correct,
  counterfactual,
  augment,
  impute,
};

/** The selected cells among the worker's. Error: bad-request. */
function selectedAmong(index: Int32Array): Int32Array {
  const mask = byteArray(explored().selection.real);
  const rows = index.map((cell, i) => (mask?.[cell] === 1 ? i : -1)).filter((i) => i >= 0);
  if (rows.length > 0) return rows;
  throw new StudioError(
    'bad-request',
    'No real cell is selected.',
    'Draw a lasso round cells on the map, or choose cells by their values.',
  );
}

function noGene(name: string): StudioError {
  const near = nearestGenes(name, 2);
  return new StudioError(
    'no-gene',
    `No gene called ‘${name}’.`,
    near.length > 0
      ? `Did you mean ${near.join(' or ')}?`
      : `Gene names here look like ${geneNames()[0] ?? 'CD3D'}.`,
    { gene: name },
  );
}
