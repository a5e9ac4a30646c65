/** @file The present model and the open file's cells as a worker is given them that uses the model on real cells. */
import { io } from '../../clients/io-client.ts';
import { model } from '../../clients/model-client.ts';
import type { ApplyOpen } from '../../protocol/apply.ts';
import type { WriteColumn } from '../../protocol/dataset.ts';
import { StudioError } from '../../protocol/errors.ts';
import { columnOf, numbersOf } from '../data-view.ts';
import { get } from '../store.ts';
import { askedDevice } from './device.ts';

/** A model with its cells, and where these are in the file. */
export interface HandedOver {
  readonly request: ApplyOpen;
  /** Position in the file of each cell. */
  readonly index: Int32Array;
}

/** What the present model and file are called together; changes with either. */
export function handOverKey(): string {
  const { model: state, data } = get();
  return `${state.info?.id ?? ''} ${data.summary?.fileName ?? ''} ${data.summary?.nObs ?? 0}`;
}

/** Collects the model's bytes and the counts, columns and names of its cells. Errors: bad-request, wrong-file. */
export async function handOver(): Promise<HandedOver> {
  const { model: state, data } = get();
  const { info } = state;
  const { summary } = data;
  if (!info || !summary) throw new StudioError('bad-request', 'There is no model yet.', 'Train one first.'); // prettier-ignore
  const [cells, genes, bytes] = await Promise.all([model.cells(), model.genes(), model.save()]);
  if (summary.nObs !== info.sourceShape[0]) throw otherFile(info.fileName);
  const counts = await io.subset(cells.index.slice(), genes.index.slice(), genes.index.some((g) => g >= data.geneCount)); // prettier-ignore
  const columns: Record<string, WriteColumn> = {};
  for (const { name } of summary.obs) {
    const column = columnOf(name, data);
    const numbers = column === null ? numbersOf(name, data) : null;
    if (column !== null) {
      const codes = cells.index.map((cell) => column.codes[cell] ?? -1);
      columns[name] = { kind: 'categorical', categories: column.categories, codes };
    } else if (numbers !== null) {
      const values = Float32Array.from(cells.index, (cell) => numbers[cell] ?? NaN);
      columns[name] = { kind: 'number', values };
    }
  }
  return {
    request: {
      model: bytes,
      counts,
      columns,
      cellNames: Array.from(cells.index, (cell) => summary.obsNames[cell] ?? `cell-${cell + 1}`),
      heldOut: cells.heldOut.slice(),
      device: askedDevice(),
    },
    index: cells.index,
  };
}

function otherFile(fileName: string): StudioError {
  return new StudioError(
    'wrong-file',
    'This model belongs to another file.',
    `It was trained on ${fileName}. Open that file first, then the model.`,
  );
}

/** x and y of some cells of a map. */
export function placesAt(places: Float32Array, rows: Int32Array): Float32Array {
  const out = new Float32Array(2 * rows.length);
  rows.forEach((row, i) => out.set(places.subarray(2 * row, 2 * row + 2), 2 * i));
  return out;
}
