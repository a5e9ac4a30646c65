/** @file Features of several types in one matrix (genes, antibodies, peaks): one type is read at a time, or all. */
import type { FilePart } from '../protocol/dataset.ts';
import type { Column, Table } from './column-reader.ts';
import { formatCount } from './file-errors.ts';
import type { MatrixStore } from './matrix-parts.ts';

/** What is left of a matrix and its genes, and what else could have been chosen. */
export interface ChosenFeatures {
  readonly store: MatrixStore;
  readonly genes: Table;
  readonly parts: readonly FilePart[];
  readonly chosen: string | null;
}

/** The part in which all types stand side by side. */
export const everything = 'all features';

/** Keeps the features whose var['feature_type'] is `part`; null takes gene expression, else the first type. */
export function chooseFeatures(
  store: MatrixStore,
  genes: Table,
  part: string | null,
): ChosenFeatures {
  const type = genes.columns.get('feature_type');
  const types = type?.kind === 'text' ? type.values.map(String) : [];
  const kinds = [...new Set(types)];
  if (kinds.length < 2) return { store, genes, parts: [], chosen: null };
  const usual = kinds.find((kind) => /gene expression/i.test(kind)) ?? kinds[0];
  const known = part === everything || (part !== null && kinds.includes(part));
  const chosen = known && part !== null ? part : usual;
  const of = (kind: string): number => types.filter((other) => other === kind).length;
  const parts = [
    ...kinds.map((name) => ({
      name,
      label: `${name}, ${formatCount(of(name))} features`,
      features: of(name),
    })),
    { name: everything, label: `All ${formatCount(types.length)} features` },
  ];
  if (chosen === everything) return { store, genes, parts, chosen };
  const kept = types.flatMap((kind, i) => (kind === chosen ? [i] : []));
  return { store: withColumns(store, kept), genes: takeGenes(genes, kept), parts, chosen };
}

/** The store with the columns `kept` only. */
function withColumns(store: MatrixStore, kept: readonly number[]): MatrixStore {
  const to = new Int32Array(store.shape[1]).fill(-1);
  for (const [place, column] of kept.entries()) to[column] = place;
  return { ...store, columns: { to, count: kept.length } };
}

function takeGenes(genes: Table, kept: readonly number[]): Table {
  const columns = new Map<string, Column>();
  for (const [name, column] of genes.columns) {
    if (column.kind !== 'text') continue;
    columns.set(name, { kind: 'text', values: kept.map((i) => column.values[i]) });
  }
  return { ...genes, index: kept.map((i) => genes.index[i]), columns };
}
