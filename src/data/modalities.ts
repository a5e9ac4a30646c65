/** @file Kinds of features (genes, peaks): which a file holds, which of them are meant, and what their values become for training. */
import { csrNnz, type CsrMatrix } from '../numerics/csr.ts';
import type { FeatureKind, Likelihood, Modality } from '../protocol/dataset.ts';
import { StudioError } from '../protocol/errors.ts';
import type { CellFile } from './cell-file.ts';
import type { Table } from './column-reader.ts';

/** Between the names of kinds that are open together, as in "rna + atac". */
export const KIND_SEPARATOR = ' + ';

/** A kind that a file holds; the likelihood is null where its name does not tell what it is. */
export interface FoundKind extends Omit<Modality, 'likelihood'> {
  readonly likelihood: Likelihood | null;
}

/** The usual likelihood of a kind of features by its name, or null when the name says nothing. */
export function usualLikelihood(name: string): Likelihood | null {
  if (/rna|gex|gene|expression/i.test(name)) return 'negative-binomial';
  return /atac|peak|chromatin|access/i.test(name) ? 'bernoulli' : null;
}

/** Type of every feature as var tells it; empty when it does not. */
export function typesOf({ columns }: Table): readonly string[] {
  const column = columns.get('feature_types') ?? columns.get('feature_type');
  if (column?.kind === 'text') return column.values.map((value) => value ?? '');
  if (column?.kind !== 'categorical') return [];
  return Array.from(column.codes, (code) => column.categories[code] ?? '');
}

const placeName = /^\w[\w.]*[:_-]\d+[-_]\d+$/;
const mostlyPlaces = 0.9;

/** Whether features are named after places in the genome, as peaks are. */
function namedAfterPlaces(names: readonly string[]): boolean {
  const places = names.reduce((n, name) => n + (placeName.test(name) ? 1 : 0), 0);
  return names.length > 0 && places >= mostlyPlaces * names.length;
}

/** Kinds of features of a file: its parts, types in var, or peaks by their names. Empty when nothing tells any. */
export function kindsIn(file: CellFile): readonly FoundKind[] {
  const parts = file.parts.flatMap(({ name, features }) =>
    features === undefined ? [] : [{ name, features, likelihood: usualLikelihood(name) }],
  );
  if (file.parts.length > 0) return parts;
  const types = typesOf(file.var);
  const named = [...new Set(types)].map((name) => ({
    name,
    features: types.reduce((n, own) => n + (own === name ? 1 : 0), 0),
    likelihood: usualLikelihood(name),
  }));
  if (named.length > 0) return named;
  const { index } = file.var;
  if (!namedAfterPlaces(index)) return [];
  return [{ name: 'atac', features: index.length, likelihood: 'bernoulli' }];
}

/** The only kind that a name stands for: its own name, or what it usually holds (rna is also "Gene Expression", atac "Peaks"). */
export function kindCalled(found: readonly FoundKind[], name: string): FoundKind | null {
  const exact = found.find((own) => own.name === name);
  if (exact) return exact;
  const kind = usualLikelihood(name);
  const alike = found.filter((own) => kind !== null && own.likelihood === kind);
  return alike.length === 1 ? alike[0] : null;
}

/** The kinds that names stand for, in their order. Error: bad-request, for an unknown name or two for one kind. */
export function resolveKinds(
  found: readonly FoundKind[],
  names: readonly string[],
  file: string,
): readonly FoundKind[] {
  const before = new Map<string, string>();
  return names.map((name) => {
    const kind = kindCalled(found, name);
    if (kind === null) throw noSuchKind(found, name, file);
    const same = before.get(kind.name);
    if (same !== undefined) throw sameKind(name, same);
    before.set(kind.name, name);
    return kind;
  });
}

/** What the page is told of kinds: nothing where genes are all there is. A kind of unknown nature is counted (Poisson). */
export function listKinds(
  found: readonly FoundKind[],
  open: readonly string[],
): readonly FeatureKind[] | undefined {
  const shown = found.filter(({ name, likelihood }) => likelihood !== null || open.includes(name));
  if (!shown.some(({ likelihood }) => likelihood !== 'negative-binomial')) return undefined;
  const order = (name: string): number => (open.includes(name) ? open.indexOf(name) : open.length);
  return shown
    .map((kind) => ({
      ...kind,
      likelihood: kind.likelihood ?? 'poisson',
      open: open.includes(kind.name),
    }))
    .sort((a, b) => order(a.name) - order(b.name));
}

/** The open kinds as runs of columns; undefined where genes are all there is. */
export function openModalities(
  kinds: readonly FeatureKind[] | undefined,
): readonly Modality[] | undefined {
  const open = (kinds ?? []).filter((kind) => kind.open);
  if (!open.some(({ likelihood }) => likelihood !== 'negative-binomial')) return undefined;
  return open.map(({ name, features, likelihood }) => ({ name, features, likelihood }));
}

/** A run of columns with its place. */
export interface KindRun extends Modality {
  readonly from: number;
  readonly to: number;
}

/** Where each kind's columns begin and end. */
export function runsOf(modalities: readonly Modality[]): readonly KindRun[] {
  let from = 0;
  return modalities.map((kind) => {
    const run = { ...kind, from, to: from + kind.features };
    from = run.to;
    return run;
  });
}

/** The columns of a run, ascending. */
export function columnsOf({ from, features }: KindRun): Int32Array {
  return Int32Array.from({ length: features }, (_, k) => from + k);
}

/** The kinds when only some columns are left, ascending. */
export function modalitiesOfColumns(
  modalities: readonly Modality[],
  columns: ArrayLike<number>,
): readonly Modality[] {
  const all = Array.from(columns);
  return runsOf(modalities).map(({ from, to, name, likelihood }) => ({
    name,
    features: all.filter((column) => column >= from && column < to).length,
    likelihood,
  }));
}

/** Every count above 0 as 1. */
export function binarise(counts: CsrMatrix): CsrMatrix {
  return { ...counts, values: counts.values.map((value) => (value > 0 ? 1 : 0)) };
}

/** Every count above 0 as 1 in the columns of kinds that are there or not. */
export function binariseRuns(counts: CsrMatrix, modalities: readonly Modality[]): CsrMatrix {
  const runs = runsOf(modalities).filter(({ likelihood }) => likelihood === 'bernoulli');
  if (runs.length === 0) return counts;
  const values = counts.values.slice();
  const entries = csrNnz(counts);
  for (const { from, to } of runs) {
    for (let e = 0; e < entries; e++) {
      const column = counts.indices[e];
      if (column >= from && column < to && values[e] > 1) values[e] = 1;
    }
  }
  return { ...counts, values };
}

/** As binariseRuns, and cells that lack a kind altogether lose their other entries: they cannot be learnt from. */
export function forTraining(counts: CsrMatrix, modalities: readonly Modality[]): CsrMatrix {
  const own = binariseRuns(counts, modalities);
  const runs = runsOf(modalities).filter(({ features }) => features > 0);
  const { rows, indptr, indices } = own;
  const lacks = (row: number): boolean => {
    let at = indptr[row];
    return runs.some(({ from, to }) => {
      while (at < indptr[row + 1] && indices[at] < from) at++;
      return at === indptr[row + 1] || indices[at] >= to;
    });
  };
  const empty = Uint8Array.from({ length: rows }, (_, row) => (lacks(row) ? 1 : 0));
  return empty.includes(1) ? withoutEntriesOf(own, empty) : own;
}

function withoutEntriesOf(counts: CsrMatrix, empty: Uint8Array): CsrMatrix {
  const indptr = new Uint32Array(counts.rows + 1);
  const indices = counts.indices.slice();
  const values = counts.values.slice();
  let to = 0;
  for (let row = 0; row < counts.rows; row++) {
    const [begin, end] = [counts.indptr[row], counts.indptr[row + 1]];
    if (empty[row] === 0) {
      indices.copyWithin(to, begin, end);
      values.copyWithin(to, begin, end);
      to += end - begin;
    }
    indptr[row + 1] = to;
  }
  return { ...counts, indptr, indices: indices.slice(0, to), values: values.slice(0, to) };
}

function noSuchKind(found: readonly FoundKind[], name: string, file: string): StudioError {
  const own = found.map((kind) => kind.name).join(', ');
  return new StudioError(
    'bad-request',
    `${file} has no modality ${name}.`,
    own === '' ? 'It holds one kind of features.' : `It has: ${own}.`,
    { modality: name },
  );
}

function sameKind(name: string, other: string): StudioError {
  return new StudioError(
    'bad-request',
    `${name} is the same as ${other}.`,
    'Both names stand for one kind of features of this file. Name each kind once.',
    { modality: name },
  );
}
