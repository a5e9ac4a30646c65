/** @file `cellsmith info FILE`: what is in a file, with the names and meanings that anndata's reader would give; or what a model is. */
import type { CountsSource, MatrixInfo } from '../src/protocol/dataset.ts';
import { StudioError } from '../src/protocol/errors.ts';
import type { Column } from '../src/data/column-reader.ts';
import { damaged } from '../src/data/file-errors.ts';
import { nodeBackend } from '../src/data/h5-node.ts';
import { asCategorical, type CellFile } from '../src/data/cell-file.ts';
import { openCells } from '../src/data/open-file.ts';
import { judgeFile, summarise } from '../src/data/summary.ts';
import { existsSync } from 'node:fs';
import { isModelName, reportModel, type ModelReport } from './model-info.ts';

/** One obs column: number of values that occur with the five most frequent, or type and range of numbers. */
export type ColumnReport =
  | {
      readonly categories: number;
      readonly top: Readonly<Record<string, number>>;
      readonly missing: number;
    }
  | { readonly dtype: string; readonly min: number | null; readonly max: number | null }
  | { readonly unreadable: string };

/** A matrix under its Python class name. */
export type MatrixReport = Omit<MatrixInfo, 'kind' | 'where'> & { readonly kind: string };

/** The document that `info` prints. */
export interface InfoReport {
  readonly file: string;
  readonly format: string;
  /** Ways to read the file, when there are several; `part` is the one reported. */
  readonly parts: readonly string[];
  readonly part: string | null;
  readonly bytes: number;
  readonly n_obs: number;
  readonly n_vars: number;
  readonly X: MatrixReport | null;
  readonly layers: Readonly<Record<string, MatrixReport>>;
  readonly raw: MatrixReport | null;
  readonly obs_names: readonly string[];
  readonly var_names: readonly string[];
  readonly obs: Readonly<Record<string, ColumnReport>>;
  readonly obsm: Readonly<Record<string, readonly [number, number]>>;
  readonly counts: { readonly where: string | null; readonly why: string };
  readonly warnings: readonly string[];
}

const pythonKinds = { csr: 'csr_matrix', csc: 'csc_matrix', dense: 'ndarray' } as const;

/** Reports on a file of cells, or on a model file. Errors: bad-request, bad-model, and those of runInfo. */
export async function runAnyInfo(path: string): Promise<InfoReport | ModelReport> {
  return existsSync(path) && isModelName(path) ? reportModel(path) : runInfo(path);
}

/** Reads every value of the file at `path` and reports. Errors: not-h5ad, file-damaged, empty-file. */
export async function runInfo(path: string): Promise<InfoReport> {
  if (!existsSync(path)) {
    throw new StudioError(
      'bad-request',
      `${path} does not exist.`,
      'Check the name and the folder.',
    );
  }
  const file = await openCells(await nodeBackend(), { path });
  try {
    const summary = summarise(file, await judgeFile(file, null));
    return {
      file: summary.fileName,
      format: summary.format,
      parts: summary.parts.map(({ name }) => name),
      part: summary.part,
      bytes: summary.bytes,
      n_obs: summary.nObs,
      n_vars: summary.nVars,
      X: summary.X && reportMatrix(summary.X),
      layers: Object.fromEntries(
        summary.layers.map((info) => [info.where.slice('layers/'.length), reportMatrix(info)]),
      ),
      raw: summary.raw && reportMatrix(summary.raw),
      obs_names: summary.obsNames.slice(0, 3),
      var_names: summary.varNames.slice(0, 3),
      obs: reportColumns(file),
      obsm: summary.obsm,
      counts: reportCounts(summary.chosen, summary.counts),
      warnings: summary.warnings,
    };
  } catch (thrown) {
    throw thrown instanceof StudioError ? thrown : damaged(file.name, 'it', String(thrown));
  } finally {
    file.close();
  }
}

function reportMatrix({ where: _where, kind, ...facts }: MatrixInfo): MatrixReport {
  return { kind: pythonKinds[kind], ...facts };
}

function reportCounts(
  chosen: string | null,
  sources: readonly CountsSource[],
): InfoReport['counts'] {
  const used = sources.find((source) => source.where === chosen);
  if (used) return { where: used.where, why: used.reason };
  const why = sources.map((source) => source.reason).join(' ');
  return { where: null, why: why === '' ? 'The file has no X, no layers and no raw.X.' : why };
}

function reportColumns(file: CellFile): Readonly<Record<string, ColumnReport>> {
  return Object.fromEntries([...file.obs.columns].map(([name, c]) => [name, reportColumn(c)]));
}

function reportColumn(column: Column): ColumnReport {
  if (column.kind === 'unreadable') return { unreadable: column.why };
  if (column.kind === 'number') return { dtype: column.dtype, ...range(column.values) };
  if (column.kind === 'boolean' && column.nullable) {
    return { dtype: 'boolean', ...range(column.values.filter((value) => value >= 0)) };
  }
  const { categories, codes } = asCategorical(column) ?? {
    categories: [],
    codes: new Int32Array(),
  };
  const cells = new Array<number>(categories.length).fill(0);
  let missing = 0;
  for (const code of codes) {
    if (code < 0) missing++;
    else cells[code]++;
  }
  const present = [...cells.keys()].filter((code) => cells[code] > 0);
  const top = [...present].sort((a, b) => cells[b] - cells[a]).slice(0, 5);
  return {
    categories: present.length,
    top: Object.fromEntries(top.map((code) => [categories[code], cells[code]])),
    missing,
  };
}

function range(values: ArrayLike<number>): { min: number | null; max: number | null } {
  let min: number | null = null;
  let max: number | null = null;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (Number.isNaN(value)) continue;
    if (min === null || value < min) min = value;
    if (max === null || value > max) max = value;
  }
  return { min, max };
}
