/** @file The counts of a training: selected into memory, or copied to disk first when they would not fit. */
import { io } from '../../clients/io-client.ts';
import type { DiskTrainingData, SelectionRequest, TrainingData } from '../../protocol/dataset.ts';
import { cancelled, StudioError } from '../../protocol/errors.ts';
import { formatNumber, formatPercent } from '../format.ts';
import { geneNames } from '../gene-index.ts';
import { likelihoodsOf } from '../kinds.ts';
import { setFileGenes } from '../model-genes.ts';
import { get, patch } from '../store.ts';
import { trainPlace } from '../train-place.ts';
import type { DataChoices } from '../types.ts';
import { say, type AlertOffer } from './alerts.ts';
import { setGeneChoice } from './choices.ts';

/** What a model is to be trained on. */
export interface SelectedData {
  readonly data: TrainingData | DiskTrainingData;
  readonly cells: number;
  readonly genes: number;
  readonly fromDisk: boolean;
  /** All genes that the data's gene positions count. */
  readonly sourceGenes: readonly string[];
  /** Deletes the copy on disk; to be called when training has ended in whatever way. */
  readonly drop: () => void;
}

function selectionOf(choices: DataChoices): SelectionRequest {
  const likelihoods = likelihoodsOf(get().data.summary, choices);
  return {
    attributes: choices.attributes,
    countsMin: choices.counts.min,
    countsMax: choices.counts.max,
    genesMin: choices.genes.min,
    genesMax: choices.genes.max,
    mitoMax: choices.mitoMax,
    minCells: choices.minCells,
    genes: choices.geneChoice === 'all' ? 'all' : { hvg: choices.geneChoice },
    variableBy: choices.geneChoice === 'all' ? null : choices.variableBy,
    leftOut: choices.leftOut,
    keepUnlabelled: choices.attributes.filter((name) => !choices.leaveUnlabelled.includes(name)),
    ...(likelihoods ? { likelihoods } : {}),
  };
}

/** Selects the chosen cells and genes. Errors: those of the selection, quota-full; cancelled when stopped meanwhile. */
export async function selectData(): Promise<SelectedData> {
  const request = selectionOf(get().choices);
  const place = trainPlace();
  const selected = place.onDisk
    ? await copyToDisk(request, place.allGenes)
    : await intoMemory(request);
  if (get().model.status !== 'stopping') return selected;
  selected.drop();
  throw cancelled();
}

async function intoMemory(request: SelectionRequest): Promise<SelectedData> {
  const data = await io.select(request);
  const { rows, cols } = data.counts;
  const sourceGenes = geneNames();
  return { data, cells: rows, genes: cols, fromDisk: false, sourceGenes, drop: () => undefined };
}

async function copyToDisk(request: SelectionRequest, allGenes: boolean): Promise<SelectedData> {
  patch('model', { copying: 0 });
  try {
    const data = await io.selectOnDisk(request, ({ share }) => follow(share), allGenes);
    const { rows, cols } = data.counts;
    if (data.fileGenes) setFileGenes(data.fileGenes);
    return {
      data,
      cells: rows,
      genes: cols,
      fromDisk: true,
      sourceGenes: data.fileGenes ?? geneNames(),
      drop: () => void io.dropFromDisk(data.counts).catch(() => undefined),
    };
  } finally {
    patch('model', { copying: null });
  }
}

function follow(share: number): void {
  const { status, copying } = get().model;
  if (copying === null || status !== 'training') return;
  patch('model', { copying: share });
  say(`Training: copying the counts to disk, ${formatPercent(share, 0)}`, true);
}

/** Stops a copy that is under way. Returns whether there was one. */
export function stopCopying(): boolean {
  if (get().model.copying === null) return false;
  void io.stopReading().catch(() => undefined);
  return true;
}

const fewerGenes = 2000;

/** What helps when the disk is full: fewer genes, or memory where that is enough. */
export function diskOffers(
  thrown: unknown,
  train: () => Promise<void>,
  setPlace: (place: 'memory') => void,
): readonly AlertOffer[] {
  if (StudioError.from(thrown).code !== 'quota-full') return [];
  const { choices, model } = get();
  const { genes } = trainPlace();
  const settings = { ...model.settings, place: 'auto' as const };
  const fits = !trainPlace({ ...get(), model: { settings } }).onDisk;
  const offers: AlertOffer[] = [];
  if (fits) {
    const run = (): Promise<void> => (setPlace('memory'), train());
    offers.push({ id: 'memory', label: 'Keep them in memory', run });
  }
  if (choices.geneChoice === 'all' && genes > fewerGenes) {
    const run = (): Promise<void> => (setGeneChoice(fewerGenes), train());
    const label = `Use the ${formatNumber(fewerGenes)} most variable genes`;
    offers.push({ id: 'genes', label, run });
  }
  return offers;
}
