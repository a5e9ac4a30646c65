/** @file The columns of exported cells, and the table of them as CSV. */
import type { WriteColumn } from '../../protocol/dataset.ts';
import type { ModelInfo } from '../../protocol/model.ts';
import { floatArray, intArray } from '../array-registry.ts';
import { coloursOf, columnOf } from '../data-view.ts';
import { mapColumnStem } from '../map-names.ts';
import { get } from '../store.ts';
import type { GuidanceState, SyntheticState } from '../types.ts';

/** Synthetic cells as a table: what each was asked to be (codes of the file's columns) and where it lies. */
export interface CellTable {
  readonly cells: number;
  readonly asked: Readonly<Record<string, Int32Array>>;
  /** First two columns of each map, [2·cells]. */
  readonly umap: Float32Array | null;
  readonly pca: Float32Array | null;
  readonly distance: Float32Array | null;
}

/** The cells on the map as a table. */
export function shownTable(synthetic: SyntheticState): CellTable {
  const { cells, umap, pca, distance } = synthetic;
  const asked: Record<string, Int32Array> = {};
  for (const [name, id] of Object.entries(synthetic.asked)) {
    const codes = intArray(id);
    if (codes) asked[name] = codes;
  }
  const values = { umap: floatArray(umap), pca: floatArray(pca), distance: floatArray(distance) };
  return { cells, asked, ...values };
}

/** Names of n synthetic cells. */
export function cellNames(n: number): string[] {
  return Array.from({ length: n }, (_, index) => cellName(index, n));
}

function cellName(index: number, cells: number): string {
  const width = Math.max(6, String(cells).length);
  return `syn_${String(index + 1).padStart(width, '0')}`;
}

/** obs of the synthetic cells: what each was asked to be, the weights, how far it lies from real cells. */
export function obsOf(
  { cells, asked, distance }: Omit<CellTable, 'umap' | 'pca'>,
  info: ModelInfo,
  guidance: GuidanceState,
): Record<string, WriteColumn> {
  const obs: Record<string, WriteColumn> = {};
  for (const { name } of info.attributes) {
    const column = columnOf(name);
    const codes = asked[name];
    if (column && codes) {
      obs[name] = {
        kind: 'categorical',
        categories: column.categories,
        codes: codes.slice(),
        colours: coloursOf(name),
      };
    }
    const weight = guidance.terms[name]?.weight ?? 1;
    obs[`guidance_${name}`] = {
      kind: 'number',
      values: new Float32Array(cells).fill(weight),
    };
  }
  if (distance) obs.distance_to_real = { kind: 'number', values: distance.slice() };
  return obs;
}

const quote = (value: string | number): string => {
  const text = String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};
const lineOf = (values: readonly (string | number)[]): string => `${values.map(quote).join(',')}\n`;

/** First line of the table as CSV. */
export function tableHead(info: ModelInfo): string {
  const names = info.attributes.map(({ name }) => name);
  const stem = mapColumnStem(get().data.mapKey);
  const places = [`${stem}_1`, `${stem}_2`, 'latent_pc_1', 'latent_pc_2', 'distance_to_real'];
  return lineOf(['cell', 'origin', ...names, ...places]);
}

/** Lines of some of the cells as CSV. @param first number of the first of them @param of number of all cells, for their names */
export function tableLines(table: CellTable, info: ModelInfo, first: number, of: number): string {
  const { umap, pca, distance } = table;
  const attributes = info.attributes.map(({ name }) => ({
    categories: columnOf(name)?.categories ?? [],
    codes: table.asked[name],
  }));
  const lines = Array.from({ length: table.cells }, (_, index) =>
    lineOf([
      cellName(first + index, of),
      'synthetic',
      ...attributes.map(({ categories, codes }) => categories[codes?.[index] ?? -1] ?? ''),
      umap?.[2 * index] ?? '',
      umap?.[2 * index + 1] ?? '',
      pca?.[2 * index] ?? '',
      pca?.[2 * index + 1] ?? '',
      distance?.[index] ?? '',
    ]),
  );
  return lines.join('');
}
