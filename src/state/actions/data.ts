/** @file Opening a file and choosing what of it to train on. */
import { io } from '../../clients/io-client.ts';
import type { FileSummary, LoadedData } from '../../protocol/dataset.ts';
import { StudioError } from '../../protocol/errors.ts';
import { floatArray, keepArray, releaseArrays } from '../array-registry.ts';
import { median, zeroShare } from '../data-facts.ts';
import { formatDuration, formatNumber } from '../format.ts';
import { setGeneNames } from '../gene-index.ts';
import { clearHistory } from '../history.ts';
import { limitsByMad } from '../qc-limits.ts';
import { emptyChoices, emptyData, emptyGuidance, emptyModel, get, patch } from '../store.ts';
import type { DataChoices, DataState, Range } from '../types.ts';
import { clearAlerts, say, showError, type AlertOffer } from './alerts.ts';
import { clearSynthetic } from './generate.ts';
import { dropReference, fitMap } from './map.ts';

/** A file, or files that belong together. */
export type Given = File | readonly File[];

/** How to read what is given: a part of it, a sample of its cells. */
export interface Reading {
  readonly part: string | null;
  readonly sample: number | null;
}

interface Current extends Reading {
  readonly given: Given;
  readonly source: string;
}

/** The file that is open, for reopening after a dead worker and for the copy kept for the next visit. */
let current: Current | null = null;

/** The file that is open; null when there is none, or when several were opened together. */
export function openedFile(): File | null {
  return current?.given instanceof File ? current.given : null;
}

const nameOf = (given: Given): string =>
  given instanceof File ? given.name : `${given[0]?.name ?? 'files'} and ${given.length - 1} more`;

const optionsOf = ({ sample }: Reading): { sample?: number } => (sample === null ? {} : { sample });

function best(summary: FileSummary): { readonly where: string; readonly accepted: boolean } {
  if (summary.chosen) return { where: summary.chosen, accepted: true };
  const undoable = summary.counts.find(({ undo, roundable }) => undo !== null || roundable);
  if (undoable) return { where: undoable.where, accepted: false };
  const reasons = summary.counts.map(({ reason }) => reason).join(' ');
  throw new StudioError(
    'no-counts',
    'No counts in this file.',
    `${reasons} The model needs raw counts: save the file with counts in layers['counts'] and open it again.`,
    { file: summary.fileName },
  );
}

function reading(name: string): (event: { doing: string; share: number }) => void {
  return ({ doing, share }) => {
    patch('data', { doing, share });
    say(`${doing}: ${name}.`, true);
  };
}

const wholeFile: Reading = { part: null, sample: null };

/** Whether everything of a new data set is in place; false when it could not be opened (an alert says why). */
export async function openData(
  given: Given,
  origin: 'demo' | 'file',
  source: string | null = null,
  how: Reading = wholeFile,
): Promise<boolean> {
  const started = performance.now();
  const before = get().data;
  const name = nameOf(given);
  clearAlerts();
  patch('data', { status: 'opening', doing: 'Opening', share: 0 });
  say(`Opening ${name}.`, true);
  try {
    const summary = await io.open(given, reading(name), how.part);
    const chosen = source === null ? best(summary) : { where: source, accepted: true };
    patch('data', { status: 'loading' });
    const loaded = await io.load(chosen.where, reading(name), optionsOf(how));
    current = { given, source: chosen.where, part: summary.part, sample: how.sample };
    takeOver(summary, loaded, origin, before);
    patch('choices', {
      ...emptyChoices,
      source: chosen.accepted ? chosen.where : null,
      attributes: summary.proposed,
      part: summary.part,
      sample: how.sample,
    });
    showFirstColour(summary);
    clearHistory();
    const seconds = (performance.now() - started) / 1000;
    patch('data', { seconds });
    say(`Opened in ${formatDuration(seconds)}. Nothing was uploaded.`);
    void fitMap().then(() => patch('view', { fitRequests: get().view.fitRequests + 1 }));
    return true;
  } catch (thrown) {
    await reopen(before);
    const kept = before.summary
      ? `Nothing else changed: ${before.summary.fileName} is still open.`
      : null;
    showError(thrown, kept, sampleOffer(thrown, given, origin, { source, part: how.part }));
    say(`${name} could not be opened.`);
    return false;
  }
}

function showFirstColour(summary: FileSummary): void {
  const colour =
    summary.proposed[0] ?? summary.obs.find(({ kind }) => kind === 'categorical')?.name;
  patch('look', {
    colourBy: colour ? { kind: 'obs', name: colour } : { kind: 'qc', name: 'counts' },
    overlay: 'umap',
  });
}

/** "Use 100,000" where all cells do not fit into memory. */
function sampleOffer(
  thrown: unknown,
  given: Given,
  origin: 'demo' | 'file',
  { source, part }: { readonly source: string | null; readonly part: string | null },
): readonly AlertOffer[] {
  const { code, details } = StudioError.from(thrown);
  const sample = Number(details['sample']);
  if (code !== 'too-big' || !(sample > 0)) return [];
  const run = async (): Promise<void> => {
    await openData(given, origin, source, { part, sample });
  };
  return [{ id: 'sample', label: `Use ${formatNumber(sample)}`, run }];
}

/** Opens another part of the same file: a modality, a feature type, a genome, another orientation. */
export async function choosePart(part: string): Promise<void> {
  if (!current || current.part === part) return;
  await openData(current.given, get().data.origin ?? 'file', null, {
    part,
    sample: current.sample,
  });
}

async function reopen(before: DataState): Promise<void> {
  patch('data', { ...before, status: current ? 'loading' : before.status, doing: null, share: 0 });
  if (!current) return;
  try {
    await openAgain(current);
    patch('data', { status: before.status });
  } catch (thrown) {
    showError(thrown);
  }
}

/** Opens and loads again what was open, silently. */
async function openAgain(last: Current): Promise<void> {
  await io.open(last.given, () => undefined, last.part);
  await io.load(last.source, () => undefined, optionsOf(last));
}

/** The summary with the numbers of the cells that were read, when they are a sample. */
function summaryOfLoaded(summary: FileSummary, loaded: LoadedData): FileSummary {
  if (loaded.sample === null) return summary;
  const obs = summary.obs.map((column) => {
    const codes = loaded.categorical[column.name]?.codes;
    if (!codes || column.categories.length === 0) return column;
    const cells = new Array<number>(column.categories.length).fill(0);
    let missing = 0;
    for (const code of codes) {
      if (code < 0) missing += 1;
      else cells[code] = (cells[code] ?? 0) + 1;
    }
    return { ...column, cells, missing };
  });
  const lead = `${formatNumber(loaded.nObs)} of ${formatNumber(summary.nObs)} cells are open.`;
  const how = 'They were chosen at random, each value in its share.';
  return {
    ...summary,
    obs,
    obsNames: loaded.obsNames,
    nObs: loaded.nObs,
    warnings: [`${lead} ${how}`, ...summary.warnings],
  };
}

function takeOver(
  summary: FileSummary,
  loaded: LoadedData,
  origin: 'demo' | 'file',
  before: DataState,
): void {
  releaseArrays(
    before.umap,
    before.pca,
    before.qc?.counts,
    before.qc?.genes,
    before.qc?.mito,
    ...Object.values(before.columns),
  );
  clearSynthetic();
  dropReference();
  setGeneNames(loaded.varNames);
  const columns: Record<string, string> = {};
  for (const [name, { codes }] of Object.entries(loaded.categorical))
    columns[name] = keepArray(codes);
  for (const [name, values] of Object.entries(loaded.numeric)) columns[name] = keepArray(values);
  const { qc } = loaded;
  patch('data', {
    ...emptyData,
    status: 'ready',
    origin,
    summary: summaryOfLoaded(summary, loaded),
    medianCounts: median(qc.counts),
    zeroShare: zeroShare(qc.genes, loaded.nVars),
    columns,
    qc: {
      counts: keepArray(qc.counts),
      genes: keepArray(qc.genes),
      mito: qc.mito ? keepArray(qc.mito) : null,
    },
    geneCount: loaded.nVars,
    umap: loaded.umap ? keepArray(loaded.umap) : null,
    mapProgress: loaded.umap ? null : 0,
  });
  patch('model', { ...emptyModel, settings: get().model.settings });
  patch('guidance', { ...emptyGuidance, seed: get().guidance.seed });
  patch('view', { hidden: {}, gene: null, flowTime: 1, flowPlaying: false, drawer: null });
}

/** Uses another matrix of the file as the counts (or accepts undoing the logarithm of this one). */
export async function chooseSource(where: string): Promise<void> {
  const { summary } = get().data;
  if (!summary || !current) return;
  if (current.source === where) {
    patch('choices', { source: where });
    return;
  }
  try {
    const loaded = await io.load(where, reading(summary.fileName), optionsOf(current));
    const { data, choices } = get();
    const { attributes, leftOut, kept, part, sample } = choices;
    const ranges = { attributes, leftOut, kept, part, sample };
    current = { ...current, source: where };
    takeOver(summary, loaded, data.origin ?? 'file', data);
    patch('choices', { ...emptyChoices, ...ranges, source: where });
    say(`Counts are now those of ${where}.`);
    await fitMap();
  } catch (thrown) {
    showError(thrown, 'The counts stay those chosen before.');
  }
}

/** After the io worker died: opens the same file again. */
export async function reopenAfterCrash(): Promise<void> {
  if (!current) return;
  try {
    await openAgain(current);
    patch('data', { status: 'ready', doing: null });
  } catch (thrown) {
    showError(thrown);
  }
}

function choose(change: Partial<DataChoices>): void {
  patch('choices', change);
}

/** Uses a column as an attribute, or no longer. */
export function toggleAttribute(name: string): void {
  const { attributes } = get().choices;
  choose({
    attributes: attributes.includes(name)
      ? attributes.filter((other) => other !== name)
      : [...attributes, name],
  });
}

/** Limits of counts or genes per cell; null is no bound. */
export function setRange(which: 'counts' | 'genes', range: Range): void {
  choose({ [which]: range });
}

/** Largest mitochondrial share in per cent; null is no bound. */
export function setMitoMax(mitoMax: number | null): void {
  choose({ mitoMax });
}

/** Sets all limits of cells by how far they lie from the median; one step of undo. */
export function suggestLimits(): void {
  const { data } = get();
  const limits = limitsByMad({
    counts: floatArray(data.qc?.counts ?? null),
    genes: floatArray(data.qc?.genes ?? null),
    mito: floatArray(data.qc?.mito ?? null),
  });
  choose(limits);
  say('Limits are set by the median and its deviations.');
}

/** Genes must have counts in at least this many cells. */
export function setMinCells(minCells: number): void {
  choose({ minCells: Math.max(1, Math.round(minCells)) });
}

/** All genes, or this many of the most variable ones. */
export function setGeneChoice(geneChoice: 'all' | number): void {
  choose({ geneChoice });
}

/** Leaves a category's cells out of training. */
export function leaveOut(attribute: string, category: string): void {
  const { leftOut } = get().choices;
  choose({ leftOut: { ...leftOut, [attribute]: [...(leftOut[attribute] ?? []), category] } });
}

/** Takes a category back in. */
export function bringBack(attribute: string, category: string): void {
  const { leftOut } = get().choices;
  choose({
    leftOut: {
      ...leftOut,
      [attribute]: (leftOut[attribute] ?? []).filter((name) => name !== category),
    },
  });
}

/** Answers a rare-category note with "Keep it". */
export function keepCategory(attribute: string, category: string): void {
  choose({ kept: [...get().choices.kept, `${attribute}/${category}`] });
}
