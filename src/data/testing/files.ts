/** @file Test helper: opens services in Node and writes small h5ad files to a temporary folder. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { csrFromDense, type CsrMatrix } from '../../numerics/csr.ts';
import type { SelectionRequest, WriteRequest } from '../../protocol/dataset.ts';
import { nodeBackend } from '../h5-node.ts';
import { writeH5ad, type OutColumn, type OutFile } from '../h5ad-writer.ts';
import { IoService } from '../io-service.ts';

/** Folder of the h5ad files whose contents anndata's own reader told. */
export const anndataFixtures = join(import.meta.dirname, '../fixtures/anndata');
/** Real data beside the repository, where they are. */
export const sharedData = join(import.meta.dirname, '../../../../shared/data');

/** A service on Node's backend. */
export function nodeService(): IoService {
  return new IoService(nodeBackend());
}

/** A temporary folder; `remove` deletes it. */
export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'cellsmith-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Parts of a small file; X is whatever values a test wants, row-major. */
export interface SmallFile {
  readonly rows: number;
  readonly cols: number;
  readonly X: ArrayLike<number>;
  readonly obs?: Readonly<Record<string, OutColumn>>;
  readonly uns?: OutFile['uns'];
  readonly geneNames?: readonly string[];
}

/** Writes a small h5ad file and returns its path. */
export async function writeSmall(folder: string, name: string, file: SmallFile): Promise<string> {
  const path = join(folder, name);
  writeFileSync(path, writeH5ad(await nodeBackend(), smallContent(file)));
  return path;
}

/** The contents of a small file as the writer takes them. */
export function smallContent(file: SmallFile): OutFile {
  const names = (prefix: string, n: number): string[] =>
    Array.from({ length: n }, (_, i) => `${prefix}-${i}`);
  return {
    counts: csrFromDense(file.rows, file.cols, file.X),
    obs: {
      indexName: '_index',
      index: names('cell', file.rows),
      columns: new Map(Object.entries(file.obs ?? {})),
    },
    var: {
      indexName: '_index',
      index: file.geneNames ?? names('gene', file.cols),
      columns: new Map(),
    },
    obsm: new Map(),
    uns: file.uns ?? {},
  };
}

/** A selection without limits, changed by `change`. */
export function everything(change: Partial<SelectionRequest> = {}): SelectionRequest {
  return {
    attributes: [],
    countsMin: null,
    countsMax: null,
    genesMin: null,
    genesMax: null,
    mitoMax: null,
    minCells: 1,
    genes: 'all',
    leftOut: {},
    ...change,
  };
}

/** An order to write `counts` over the genes `geneIndex` of a file with genes `geneNames`. */
export function writeOrder(
  counts: CsrMatrix,
  geneIndex: Int32Array,
  geneNames: readonly string[],
  change: Partial<WriteRequest> = {},
): WriteRequest {
  return {
    counts,
    geneIndex,
    geneNames,
    allGenes: true,
    obsNames: Array.from({ length: counts.rows }, (_, i) => `syn_${i + 1}`),
    obs: {},
    obsm: {},
    uns: {},
    withReal: false,
    ...change,
  };
}

/** What a promise rejects with, as its error code; fails when it resolves. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (thrown) {
    return (thrown as { code?: string }).code ?? String(thrown);
  }
  throw new Error('the call was expected to fail');
}
