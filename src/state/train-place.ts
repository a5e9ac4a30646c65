/** @file Where the counts lie while a model trains: in memory, or on disk when a second copy of them would not fit. */
import { floatArray } from './array-registry.ts';
import { keptCells } from './data-view.ts';
import { formatBytes, formatNumber } from './format.ts';
import { get } from './store.ts';
import type { ModelState, StudioState } from './types.ts';

/** What a person may ask for; 'disk-all-genes' trains on genes of the file that are not open too. */
export type PlaceChoice = ModelState['settings']['place'];

/** What a training will take. */
export interface TrainPlace {
  readonly onDisk: boolean;
  /** All genes of the file take part, though only some are open. */
  readonly allGenes: boolean;
  /** Genes to train on. */
  readonly genes: number;
  /** Bytes of a copy in memory, and of one on disk. */
  readonly memory: number;
  readonly disk: number;
}

/** The training's copy of the counts may take so much memory beside the file's own. */
const roomInMemory = 7.5e8;
const memoryEntry = 8;
const diskEntry = 3;
const diskRow = 21;
/** The most variable genes hold about so many times their share of the entries. */
const variableShare = 3;

type Part = Pick<StudioState, 'data' | 'choices'> & {
  readonly model: Pick<ModelState, 'settings'>;
};

/** The place that the choices lead to; one pass over the cells. */
export function trainPlace(state: Part = get()): TrainPlace {
  const { data, choices, model } = state;
  const { place } = model.settings;
  const allGenes = place === 'disk-all-genes' && data.fileGenes > data.geneCount;
  const open = allGenes ? data.fileGenes : data.geneCount;
  const genes = choices.geneChoice === 'all' ? open : Math.min(open, choices.geneChoice);
  const share =
    genes >= data.fileGenes
      ? 1
      : Math.min(1, (variableShare * genes) / Math.max(1, data.fileGenes));
  const { entries, cells } = keptEntries(state);
  const memory = entries * share * memoryEntry;
  const disk = entries * share * diskEntry + cells * diskRow;
  const onDisk = place === 'auto' ? memory > roomInMemory : place !== 'memory';
  return { onDisk, allGenes, genes, memory, disk };
}

/** Stored counts of the kept cells, over all genes of the file. */
function keptEntries({ data, choices }: Part): { entries: number; cells: number } {
  const found = floatArray(data.qc?.genes ?? null);
  const { mask, kept } = keptCells(choices, data);
  let entries = 0;
  for (let cell = 0; cell < mask.length; cell += 1) {
    if (mask[cell] === 1) entries += found?.[cell] ?? 0;
  }
  return { entries: entries * data.entriesPerFound, cells: kept };
}

/** In two or three words, e.g. "on disk, 450 MB". */
export function placeWords({ onDisk, memory, disk }: TrainPlace): string {
  return onDisk ? `on disk, ${formatBytes(disk)}` : `in memory, ${formatBytes(memory)}`;
}

/** What it means, in a sentence or two. */
export function placeText(
  place: PlaceChoice,
  { onDisk, allGenes, genes, memory }: TrainPlace,
): string {
  if (!onDisk) {
    return place === 'auto' || memory <= roomInMemory
      ? 'They fit into memory, which is the quickest.'
      : 'They may not fit: the browser may end the training for lack of memory.';
  }
  const why = place === 'auto' ? 'They do not fit into memory beside the open file. ' : '';
  const which = allGenes
    ? `All ${formatNumber(genes)} genes are read from the file once more. `
    : '';
  return `${why}${which}A copy goes to this browser’s storage first and is read piece by piece while the model learns; it is removed afterwards.`;
}
