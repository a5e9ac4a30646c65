/** @file Cells of a file for comparisons that do not insist on counts: other tools' predictions are often log-normalised. */
import { asCategorical } from '../src/data/cell-file.ts';
import { readCsr } from '../src/data/csr-reading.ts';
import { nodeBackend } from '../src/data/h5-node.ts';
import { IoService } from '../src/data/io-service.ts';
import { openCells } from '../src/data/open-file.ts';
import type { CsrMatrix } from '../src/numerics/csr.ts';
import type { CategoryColumn, CountsSource } from '../src/protocol/dataset.ts';
import { StudioError } from '../src/protocol/errors.ts';

/** Cells with their columns of categories. */
export interface ReadValues {
  readonly path: string;
  /** `counts`: counts, or values in proportion to them; `log`: logarithms, taken as log1p of counts per 10,000. */
  readonly scale: 'counts' | 'log';
  readonly values: CsrMatrix;
  readonly genes: readonly string[];
  readonly columns: Readonly<Record<string, CategoryColumn>>;
}

/** Reads counts where there are any, else X as it is. Errors: those of opening, no-counts where X is no logarithm either. */
export async function readValues(path: string): Promise<ReadValues> {
  const io = new IoService(nodeBackend());
  try {
    const { chosen, counts } = await io.open({ path });
    if (chosen === null) return await readAsStored(path, counts);
    const { varNames: genes, categorical: columns } = await io.load(chosen);
    return { path, scale: 'counts', values: await io.counts(), genes, columns };
  } finally {
    await io.close();
  }
}

async function readAsStored(path: string, sources: readonly CountsSource[]): Promise<ReadValues> {
  const source = sources.find(({ where }) => where === 'X');
  if (source === undefined || source.kind === 'not-finite' || source.kind === 'empty') {
    const reasons = sources.map(({ reason }) => reason).join(' ');
    throw new StudioError('no-counts', `No values to compare in ${path}.`, reasons || 'There is no X.'); // prettier-ignore
  }
  const file = await openCells(await nodeBackend(), { path });
  try {
    const store = file.matrices.find(({ where }) => where === 'X');
    if (store === undefined) throw new RangeError('X has gone');
    const columns = [...file.obs.columns].flatMap(([name, column]) => {
      const own = asCategorical(column);
      return own === null ? [] : [[name, own] as const];
    });
    return {
      path,
      // Logarithms of counts stay below 20; larger values are counts that were smoothed or scaled.
      scale: source.kind === 'normalised' || source.max > 20 ? 'counts' : 'log',
      values: await readCsr(store),
      genes: file.var.index,
      columns: Object.fromEntries(columns),
    };
  } finally {
    file.close();
  }
}
