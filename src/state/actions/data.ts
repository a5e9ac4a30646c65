/** @file Opening a file and choosing what of it to train on. */
import { io } from '../../clients/io-client.ts';
import type { FileSummary, LoadedData } from '../../protocol/dataset.ts';
import { StudioError } from '../../protocol/errors.ts';
import { keepArray, releaseArrays } from '../array-registry.ts';
import { median, zeroShare } from '../data-facts.ts';
import { formatDuration } from '../format.ts';
import { setGeneNames } from '../gene-index.ts';
import { clearHistory } from '../history.ts';
import { emptyChoices, emptyData, emptyGuidance, emptyModel, get, patch } from '../store.ts';
import type { DataChoices, DataState, Range } from '../types.ts';
import { clearAlerts, say, showError } from './alerts.ts';
import { clearSynthetic } from './generate.ts';
import { dropReference, fitMap } from './map.ts';

/** The file that is open, for reopening after a dead worker and for the copy kept for the next visit. */
let current: { readonly file: File; readonly source: string } | null = null;

/** The file that is open, or null. */
export function openedFile(): File | null {
  return current?.file ?? null;
}

function best(summary: FileSummary): { readonly where: string; readonly accepted: boolean } {
  if (summary.chosen) return { where: summary.chosen, accepted: true };
  const undoable = summary.counts.find(({ undo }) => undo !== null);
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

/** Whether everything of a new data set is in place; false when it could not be opened (an alert says why). */
export async function openData(
  file: File,
  origin: 'demo' | 'file',
  source: string | null = null,
): Promise<boolean> {
  const started = performance.now();
  const before = get().data;
  clearAlerts();
  patch('data', { status: 'opening', doing: 'Opening', share: 0 });
  say(`Opening ${file.name}.`, true);
  try {
    const summary = await io.open(file, reading(file.name));
    const chosen = source === null ? best(summary) : { where: source, accepted: true };
    patch('data', { status: 'loading' });
    const loaded = await io.load(chosen.where, reading(file.name));
    current = { file, source: chosen.where };
    takeOver(summary, loaded, origin, before);
    patch('choices', {
      ...emptyChoices,
      source: chosen.accepted ? chosen.where : null,
      attributes: summary.proposed,
    });
    const colour =
      summary.proposed[0] ?? summary.obs.find(({ kind }) => kind === 'categorical')?.name;
    patch('look', {
      colourBy: colour ? { kind: 'obs', name: colour } : { kind: 'qc', name: 'counts' },
      overlay: 'umap',
    });
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
    showError(thrown, kept);
    say(`${file.name} could not be opened.`);
    return false;
  }
}

async function reopen(before: DataState): Promise<void> {
  patch('data', { ...before, doing: null, share: 0 });
  if (!current) return;
  try {
    await io.open(current.file, () => undefined);
    await io.load(current.source, () => undefined);
  } catch (thrown) {
    showError(thrown);
  }
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
    summary,
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
    const loaded = await io.load(where, reading(summary.fileName));
    const { data, choices } = get();
    const ranges = { attributes: choices.attributes, leftOut: choices.leftOut, kept: choices.kept };
    current = { file: current.file, source: where };
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
    await io.open(current.file, () => undefined);
    await io.load(current.source, () => undefined);
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
