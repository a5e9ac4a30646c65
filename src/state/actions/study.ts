/** @file Reads the counts that a comparison needs into the study worker: real cells of the file, synthetic cells of the map. */
import { io } from '../../clients/io-client.ts';
import { model } from '../../clients/model-client.ts';
import { study } from '../../clients/study-client.ts';
import type { CellSet } from '../../protocol/study.ts';
import { byteArray, floatArray, intArray, keepArray, releaseArrays } from '../array-registry.ts';
import { emptyStudy, explored, patchExplore } from '../explore.ts';
import { countMarked, markedRows } from '../lasso.ts';
import { loadedPositions } from '../model-genes.ts';
import { get } from '../store.ts';

/** Real and synthetic cells are compared by at most so many of each. */
export const mostStudied = 20_000;

let loading: { readonly key: string; readonly done: Promise<boolean> } | null = null;
/** What the worker holds as real cells. */
let heldReal = '';

/** n of the positions, evenly spread; all when there are no more. */
export function thinned(positions: Int32Array, n: number): Int32Array {
  if (positions.length <= n) return positions;
  return Int32Array.from(
    { length: n },
    (_, i) => positions[Math.floor(((i + 0.5) * positions.length) / n)],
  );
}

/** Cells of a file to read: all, or so many that selected ones make up half at most and the others stand for the rest. */
export function cellsToRead(cells: number, selected: Uint8Array | null, most: number): Int32Array {
  const every = Int32Array.from({ length: cells }, (_, cell) => cell);
  if (cells <= most) return every;
  if (!selected || countMarked(selected) === 0) return thinned(every, most);
  const own = thinned(markedRows(selected), most / 2);
  const rest = thinned(
    every.filter((cell) => selected[cell] === 0),
    most - own.length,
  );
  return Int32Array.from([...own, ...rest]).sort();
}

function realKey(): string {
  const { data, choices } = get();
  const big = loadedCells() > mostStudied;
  const { fileName = '', bytes = 0 } = data.summary ?? {};
  return [fileName, bytes, choices.source, choices.part, choices.sample, big ? explored().selection.real : ''].join(' '); // prettier-ignore
}

function loadedCells(): number {
  return floatArray(get().data.qc?.counts ?? null)?.length ?? 0;
}

/** Makes sure that the study worker holds the present cells. Resolves false when there are none or newer ones came in between. */
export function ensureStudy(): Promise<boolean> {
  const { data, synthetic, model: state } = get();
  if (data.status !== 'ready') return Promise.resolve(false);
  const sampleId = state.status === 'ready' && synthetic.previewStep === null ? synthetic.sampleId : null; // prettier-ignore
  const key = `${realKey()} | ${sampleId ?? ''}`;
  const now = explored().study;
  if (now.key === key && now.status === 'ready') return Promise.resolve(true);
  if (loading?.key === key) return loading.done;
  const done = load(key, sampleId).finally(() => {
    if (loading?.key === key) loading = null;
  });
  loading = { key, done };
  return done;
}

async function load(key: string, sampleId: number | null): Promise<boolean> {
  const before = explored().study;
  patchExplore({ study: { ...before, status: 'reading' } });
  const { selection } = explored();
  const wantedReal = realKey();
  const real = cellsToRead(loadedCells(), byteArray(selection.real), mostStudied);
  const genes = Int32Array.from({ length: get().data.geneCount }, (_, gene) => gene);
  try {
    const keep = heldReal === wantedReal;
    const made = sampleId === null ? null : await model.decode(sampleId).catch(() => null);
    const { info } = get().model;
    const index = made && info ? loadedPositions(info, (await model.genes()).index) : null;
    const counts = keep ? null : await io.subset(real.slice(), genes);
    const all = made ? Int32Array.from({ length: made.rows }, (_, row) => row) : null;
    const rows = all ? thinned(all, mostStudied) : null;
    const summary = await study.load({
      real: counts,
      synthetic: made,
      geneIndex: index,
      syntheticRows: rows && all && rows.length < all.length ? rows.slice() : null,
    });
    heldReal = wantedReal;
    if (loading && loading.key !== key) return false;
    releaseArrays(before.real, before.synthetic);
    patchExplore({
      study: {
        status: 'ready',
        key,
        real: keepArray(real),
        synthetic: rows ? keepArray(rows) : null,
        summary,
      },
    });
    return true;
  } catch (thrown) {
    heldReal = '';
    patchExplore({ study: { ...emptyStudy, status: 'failed' } });
    throw thrown;
  }
}

/** The study worker died: what it held is gone. */
export function forgetStudy(): void {
  heldReal = '';
  const { study: now } = explored();
  releaseArrays(now.real, now.synthetic);
  patchExplore({ study: emptyStudy });
}

/** Rows of the studied cells of a kind that a test over the cell's own position accepts. */
export function studied(
  kind: CellSet['kind'],
  accepts: (cell: number) => boolean = () => true,
): CellSet {
  const { study: now } = explored();
  const cells = intArray(kind === 'real' ? now.real : now.synthetic) ?? new Int32Array(0);
  const rows: number[] = [];
  cells.forEach((cell, row) => {
    if (accepts(cell)) rows.push(row);
  });
  return { kind, rows: Int32Array.from(rows) };
}
