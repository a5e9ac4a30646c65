/** @file Opening a file and choosing what of it to train on. */
import { io } from '../../clients/io-client.ts';
import type { FileSummary, LoadedData, LoadOptions, LoadWay } from '../../protocol/dataset.ts';
import { StudioError } from '../../protocol/errors.ts';
import { formatDuration, formatNumber } from '../format.ts';
import { openKinds, partOf } from '../kinds.ts';
import { keepArray } from '../array-registry.ts';
import { clearHistory } from '../history.ts';
import { emptyChoices, get, patch } from '../store.ts';
import type { DataState } from '../types.ts';
import { clearAlerts, say, showError, type AlertOffer } from './alerts.ts';
import { fitMap, mapFew } from './map.ts';
import { whileReading } from './reading.ts';
import { takeOver, takePreview } from './take-over.ts';

/** A file, or files that belong together. */
export type Given = File | readonly File[];

/** How to read what is given: a part of it, a sample of its cells, its most variable genes, a column that names the genes. */
export interface Reading {
  readonly part: string | null;
  readonly sample: number | null;
  readonly genes: number | null;
  readonly names: string | null;
  /** Number columns cut into so many ranges. */
  readonly bins: Readonly<Record<string, number>>;
}

interface Current extends Reading {
  readonly given: Given;
  /** Of the whole file, as it was opened. */
  readonly summary: FileSummary;
  readonly source: string;
}

/** The file that is open, for reopening after a dead worker and for the copy kept for the next visit. */
let current: Current | null = null;

/** A big file whose first picture is shown, while a person chooses how to read it. */
let asked: {
  readonly given: Given;
  readonly summary: FileSummary;
  readonly chosen: Chosen;
} | null = null;

/** How often something was opened: what an older opening still does must not stand against a newer one. */
let openings = 0;

/** The file that is open; null when there is none, or when several were opened together. */
export function openedFile(): File | null {
  return current?.given instanceof File ? current.given : null;
}

const nameOf = (given: Given): string =>
  given instanceof File ? given.name : `${given[0]?.name ?? 'files'} and ${given.length - 1} more`;

const optionsOf = ({ sample, genes, names }: Reading): LoadOptions => ({
  ...(sample === null ? {} : { sample }),
  ...(genes === null ? {} : { genes }),
  ...(names === null ? {} : { names }),
});

interface Chosen {
  readonly where: string;
  /** A source that must be undone or rounded waits for a person's word. */
  readonly accepted: boolean;
}

function best(summary: FileSummary): Chosen {
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

/** Reads the counts at `where` of the open file and says so. */
const load = (name: string, where: string, how: Reading): Promise<LoadedData> =>
  whileReading(name, (onEvent) => io.load(where, onEvent, optionsOf(how)));

const wholeFile: Reading = { part: null, sample: null, genes: null, names: null, bins: {} };

const isWhole = ({ sample, genes }: Reading): boolean => sample === null && genes === null;

/**
 * Whether everything of a new data set is in place; false when it could not be opened (an alert says why). Of a big file only a first
 * picture is: the state is then 'preview', and `readWay` goes on.
 */
export async function openData(
  given: Given,
  origin: 'demo' | 'file',
  source: string | null = null,
  how: Reading = wholeFile,
): Promise<boolean> {
  const started = performance.now();
  openings += 1;
  const before = get().data;
  const name = nameOf(given);
  clearAlerts();
  patch('data', { status: 'opening', doing: 'Opening', share: 0 });
  say(`Opening ${name}.`, true);
  try {
    const summary = await whileReading(name, (onEvent) => io.open(given, onEvent, how.part));
    const chosen = source === null ? best(summary) : { where: source, accepted: true };
    // Kinds of features that are open together have been read already.
    const joined = openKinds(summary).length > 1;
    if (summary.estimate?.ask === true && isWhole(how) && !joined) {
      await showPicture({ given, summary, chosen }, origin, before, started);
      return true;
    }
    patch('data', { status: 'loading' });
    const loaded = await load(name, chosen.where, how);
    await adopt({ given, summary, chosen }, loaded, how, { origin, before, started });
    return true;
  } catch (thrown) {
    const kept = before.summary
      ? `Nothing else changed: ${before.summary.fileName} is still open.`
      : null;
    // The word comes first: reading a big file before this one again takes its time.
    showError(thrown, kept, sampleOffer(thrown, given, origin, { source, part: how.part }));
    say(`${name} could not be opened.`);
    await reopen(before);
    return false;
  }
}

interface Opened {
  readonly given: Given;
  readonly summary: FileSummary;
  readonly chosen: Chosen;
}

/** Loaded cells become the page's data, with the choices that the file proposes. */
async function adopt(
  { given, summary, chosen }: Opened,
  loaded: LoadedData,
  how: Reading,
  visit: { origin: 'demo' | 'file'; before: DataState; started: number },
): Promise<void> {
  const { sample, genes, names, bins } = how;
  current = {
    given,
    summary,
    source: chosen.where,
    part: summary.part,
    sample,
    genes,
    names,
    bins,
  };
  asked = null;
  takeOver(summary, loaded, visit.origin, visit.before);
  patch('choices', {
    ...emptyChoices,
    source: chosen.accepted ? chosen.where : null,
    attributes: summary.proposed,
    part: summary.part,
    sample,
    readGenes: genes,
    geneNames: names,
  });
  for (const [name, count] of Object.entries(bins)) await cutIntoRanges(name, count);
  showFirstColour(summary);
  clearHistory();
  const seconds = (performance.now() - visit.started) / 1000;
  patch('data', { seconds });
  say(`Opened in ${formatDuration(seconds)}. Nothing was uploaded.`);
  void fitMap().then(() => patch('view', { fitRequests: get().view.fitRequests + 1 }));
}

/** Shows what can be drawn of a big file before its counts are read. */
async function showPicture(
  opened: Opened,
  origin: 'demo' | 'file',
  before: DataState,
  started: number,
): Promise<void> {
  const { summary } = opened;
  patch('data', { doing: 'Making a first picture', share: 0 });
  const preview = await io.preview();
  asked = opened;
  current = null;
  takePreview(summary, preview, origin, before);
  patch('choices', { ...emptyChoices, attributes: summary.proposed, part: summary.part });
  showFirstColour(summary);
  clearHistory();
  patch('data', { seconds: (performance.now() - started) / 1000 });
  if (preview.umap) patch('view', { fitRequests: get().view.fitRequests + 1 });
  else if (preview.counts) void mapFew(preview.counts);
  say('This file is big. Choose how much of it to read.');
}

/** Reads a big file in one of the ways that the pre-flight offers. */
export async function readWay(way: Pick<LoadWay, 'cells' | 'genes'>): Promise<void> {
  const opened = asked;
  const before = get().data;
  if (!opened || before.status !== 'preview') return;
  const started = performance.now();
  const { summary, chosen } = opened;
  const how = {
    part: summary.part,
    sample: way.cells >= summary.nObs ? null : way.cells,
    genes: way.genes === 'all' ? null : way.genes,
    names: null,
    bins: {},
  };
  clearAlerts();
  patch('data', { status: 'loading', doing: 'Reading the counts', share: 0 });
  try {
    const loaded = await load(summary.fileName, chosen.where, how);
    await adopt(opened, loaded, how, { origin: before.origin ?? 'file', before, started });
  } catch (thrown) {
    patch('data', { status: 'preview', doing: null, share: 0 });
    const { code } = showError(thrown, `${summary.fileName} is still open.`);
    // A reader that hung was ended; the next way needs the file in the new one.
    if (code === 'file-damaged') await reopenAfterCrash();
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
    await openData(given, origin, source, { ...wholeFile, part, sample });
  };
  return [{ id: 'sample', label: `Use ${formatNumber(sample)}`, run }];
}

/** Opens another part of the same file: a modality, a feature type, a genome, another orientation. */
export async function choosePart(part: string): Promise<void> {
  const given = current?.given ?? asked?.given;
  if (!given || get().data.summary?.part === part) return;
  const sample = current?.sample ?? null;
  await openData(given, get().data.origin ?? 'file', null, { ...wholeFile, part, sample });
}

/** Opens a kind of features of the file beside the others, or closes it; the last one stays. */
export async function toggleKind(name: string): Promise<void> {
  const kinds = get().data.summary?.kinds ?? [];
  const wanted = kinds.filter((kind) => kind.open !== (kind.name === name));
  if (wanted.length > 0) await openKindsTogether(wanted);
}

/** Opens these kinds of features of the file. Resolves false when they could not be opened (an alert says why). */
export async function openKindsTogether(
  kinds: readonly { readonly name: string }[],
): Promise<boolean> {
  await choosePart(partOf(kinds));
  return partOf(openKinds(get().data.summary)) === partOf(kinds);
}

async function reopen(before: DataState): Promise<void> {
  const own = openings;
  patch('data', { ...before, status: keptStatus('loading'), doing: null, share: 0 });
  try {
    await openAgain();
    if (own === openings) patch('data', { status: keptStatus('ready') });
  } catch (thrown) {
    showError(thrown);
  }
}

/** The status of a page whose file has been read, is looked at, or is not there. */
const keptStatus = (read: 'loading' | 'ready'): DataState['status'] =>
  current ? read : asked ? 'preview' : 'none';

/** Opens and loads again what was open, silently. */
async function openAgain(): Promise<void> {
  if (asked) await io.open(asked.given, () => undefined, asked.summary.part);
  if (asked || !current) return;
  const last = current;
  await io.open(last.given, () => undefined, last.part);
  await io.load(last.source, () => undefined, optionsOf(last));
  for (const [name, count] of Object.entries(last.bins)) await io.bin(name, count);
}

/** Uses another matrix of the file as the counts (or accepts undoing the logarithm of this one). */
export async function chooseSource(where: string): Promise<void> {
  if (current?.source === where) patch('choices', { source: where });
  else await readAgain({ source: where }, `Counts are now those of ${where}.`, 'counts');
}

/** Names the genes by a column of var; '' is the index. */
export async function chooseGeneNames(column: string): Promise<void> {
  const names = column === '' ? null : column;
  if (!current || current.names === names) return;
  await readAgain({ names }, 'The genes have other names now.', 'names');
}

/** Makes an attribute of a number column: ranges with about as many cells each. */
export async function cutIntoRanges(name: string, bins: number): Promise<void> {
  try {
    const { column, codes } = await io.bin(name, bins);
    const { data, choices } = get();
    if (!data.summary || !current) return;
    current = { ...current, bins: { ...current.bins, [name]: bins } };
    const obs = data.summary.obs.filter((other) => other.name !== column.name);
    patch('data', {
      summary: { ...data.summary, obs: [...obs, column] },
      columns: { ...data.columns, [column.name]: keepArray(codes) },
    });
    patch('choices', {
      binned: { ...choices.binned, [name]: bins },
      attributes: [...choices.attributes.filter((other) => other !== column.name), column.name],
    });
    say(`${name} is cut into ${formatNumber(column.categories.length)} ranges.`);
  } catch (thrown) {
    showError(thrown, 'The attributes stay as they are.');
  }
}

/** Cuts number columns into ranges again that attributes of a model are named after, e.g. "age (4 ranges)". */
export async function restoreRanges(attributes: readonly string[]): Promise<void> {
  const columns = get().data.summary?.obs ?? [];
  for (const name of attributes) {
    const [, number = '', bins = ''] = /^(.*) \((\d+) ranges\)$/.exec(name) ?? [];
    const missing = !columns.some((own) => own.name === name);
    const there = columns.some((own) => own.name === number && own.kind === 'number');
    if (missing && there) await cutIntoRanges(number, Number(bins));
  }
}

/** Reads the counts of the open file again in another way; what was chosen stays as far as it fits. */
async function readAgain(
  change: Partial<Pick<Current, 'source' | 'names'>>,
  done: string,
  what: string,
): Promise<void> {
  const { data, choices } = get();
  if (!current) return;
  const next = { ...current, ...change };
  const { summary } = next;
  try {
    const loaded = await load(summary.fileName, next.source, next);
    const { attributes, leftOut, kept, part, sample, readGenes } = choices;
    const ranges = { attributes, leftOut, kept, part, sample, readGenes };
    current = { ...next, bins: {} };
    takeOver(summary, loaded, data.origin ?? 'file', get().data);
    patch('choices', {
      ...emptyChoices,
      ...ranges,
      source: next.source,
      geneNames: next.names,
    });
    for (const [name, count] of Object.entries(next.bins)) await cutIntoRanges(name, count);
    patch('choices', { attributes });
    say(done);
    await fitMap();
  } catch (thrown) {
    showError(thrown, `The ${what} stay those chosen before.`);
  }
}

/** After the io worker died: opens the same file again. */
export async function reopenAfterCrash(): Promise<void> {
  if (!current && !asked) return;
  try {
    await openAgain();
    patch('data', { status: keptStatus('ready'), doing: null });
  } catch (thrown) {
    showError(thrown);
  }
}
