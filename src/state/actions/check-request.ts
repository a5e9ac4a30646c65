/** @file Real cells for the judge: held-out and training cells of the open file, with the model's genes and categories. */
import { io } from '../../clients/io-client.ts';
import { model } from '../../clients/model-client.ts';
import type { CsrMatrix } from '../../numerics/csr.ts';
import type { ModelInfo, SampleRequest } from '../../protocol/model.ts';
import type { JudgedKinds } from '../../protocol/peaks.ts';
import { membersOf } from '../../protocol/screen-labels.ts';
import { columnOf } from '../data-view.ts';
import { geneNames } from '../gene-index.ts';
import { realCountsOf } from '../model-genes.ts';
import { solverFor } from '../solvers.ts';
import { get } from '../store.ts';

/** Guidance weight of every attribute of cells that are made like held-out ones. */
export const checkWeight = 1;

/** Cells compared at most on each side, and training cells that are looked at for copies and floors. */
export const mostCells = 2000;
/** See mostCells. */
export const mostTraining = 20_000;
/** Cells in exact transport at most: more would hold the verdict up. The command line takes 3,000. */
export const mostTransport = 1000;

/** Positions in the open file of real cells, and where their counts' genes are. */
export interface RealRows {
  readonly heldOut: Int32Array;
  readonly training: Int32Array;
  readonly genes: Int32Array;
}

/** At most n of the positions, evenly spread. */
function thin(positions: readonly number[], n: number): Int32Array {
  const count = Math.min(n, positions.length);
  return Int32Array.from(
    { length: count },
    (_, i) => positions[Math.floor((i * positions.length) / count)],
  );
}

/** Whether a model can make cells with the values of a cell: a screen's model knows nothing of perturbations it has no token for. */
export function makeable(info: ModelInfo | null): (cell: number) => boolean {
  const screen = info?.screen;
  const column = screen ? columnOf(screen.attribute) : null;
  if (!screen || !column) return () => true;
  const known = column.categories.map((label) =>
    membersOf(label, screen).every((member) => screen.members.includes(member)),
  );
  return (cell) => known[column.codes[cell] ?? -1] ?? true;
}

/** The model's held-out cells (those that `keep` takes, and it can make) and training cells. */
export async function realRows(keep: (cell: number) => boolean = () => true): Promise<RealRows> {
  const [cells, genes] = await Promise.all([model.cells(), model.genes()]);
  const rows = [...cells.index.keys()];
  const known = makeable(get().model.info);
  const heldOut = rows.filter(
    (row) => cells.heldOut[row] === 1 && keep(cells.index[row]) && known(cells.index[row]),
  );
  const training = rows.filter((row) => cells.heldOut[row] === 0);
  const pick = (some: readonly number[], most: number): Int32Array =>
    thin(some, most).map((row) => cells.index[row]);
  return {
    heldOut: pick(heldOut, mostCells),
    training: pick(training, mostTraining),
    genes: genes.index.slice(),
  };
}

/** Counts of both. */
export async function realCounts(
  info: ModelInfo,
  { heldOut, training, genes }: RealRows,
): Promise<{ readonly heldOut: CsrMatrix; readonly training: CsrMatrix }> {
  return {
    heldOut: await realCountsOf(info, heldOut, genes.slice()),
    training: await realCountsOf(info, training, genes.slice()),
  };
}

/** Which columns of a model's counts are what; nothing for genes alone. Places of genes are those in var['interval']. */
export async function judgedKinds(
  { modalities }: ModelInfo,
  { genes }: RealRows,
): Promise<{ readonly kinds?: JudgedKinds }> {
  if (modalities === undefined) return {};
  const names = geneNames();
  const texts = await io.featureTexts('interval');
  const kinds = {
    modalities,
    names: Array.from(genes, (gene) => names[gene] ?? ''),
    places: texts && Array.from(genes, (gene) => texts[gene] ?? null),
  };
  return { kinds };
}

/** The model's attributes with the codes of both. */
export function realCodes(info: ModelInfo, { heldOut, training }: RealRows) {
  return info.attributes.map(({ name, categories }) => ({
    name,
    categories,
    heldOut: codesOf(name, categories, heldOut),
    training: codesOf(name, categories, training),
  }));
}

/** Codes of some cells of the open file as codes of the model's categories; −1 where the model does not know the value. */
export function codesOf(
  name: string,
  categories: readonly string[],
  cells: Int32Array,
): Int32Array {
  const column = columnOf(name);
  if (!column) return new Int32Array(cells.length).fill(-1);
  const table = column.categories.map((category) => categories.indexOf(category));
  return cells.map((cell) => table[column.codes[cell]] ?? -1);
}

/** A request for cells with given codes at given weights (1 where none is given). */
export function requestFor(
  info: ModelInfo,
  codes: Readonly<Record<string, Int32Array>>,
  cells: number,
  seed: number,
  weights: Readonly<Record<string, number>> = {},
): SampleRequest {
  return {
    cells,
    seed,
    guidance: info.attributes.map(({ name }) => ({
      attribute: name,
      value: null,
      weight: weights[name] ?? checkWeight,
    })),
    library: { mode: 'chosen' },
    solver: solverFor(info, 'final'),
    frames: 0,
    codes,
  };
}

/** Samples and decodes. Error: cancelled when a slider came first. */
export async function makeCells(request: SampleRequest): Promise<CsrMatrix> {
  const sample = await model.sample(request);
  return model.decode(sample.sampleId);
}
