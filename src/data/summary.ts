/** @file What the page says about an opened file: columns, candidates for the counts, proposals, warnings. */
import type { FileSummary, ObsColumn } from '../protocol/dataset.ts';
import type { Column } from './column-reader.ts';
import { judgeMatrix, listSources, type JudgedMatrix } from './counts-detection.ts';
import { formatBytes, formatCount } from './file-errors.ts';
import { asAttribute, libraryColumns, type CellFile } from './cell-file.ts';
import { geneNamings } from './gene-names.ts';
import { estimateLoad, type ReadingSpeed } from './load-estimate.ts';
import { matrixInfo, scanMatrix } from './matrix-scan.ts';
import { mapKeys } from './own-maps.ts';
import { nearCopies, proposeAttributes, type NamedColumn } from './propose.ts';

/** An attribute has at most this many categories. */
export const mostCategories = 200;
/** Text with more different values than this is not listed. */
const mostListed = 1000;
const bigFile = 5e8;

/** What the matrices of a file are, and how fast their values were read. */
export interface JudgedFile {
  readonly matrices: readonly JudgedMatrix[];
  readonly speed: ReadingSpeed;
}

/** Scans and judges every matrix; `sampleEntries` null looks at all values. */
export async function judgeFile(
  file: CellFile,
  sampleEntries: number | null,
  onShare: (share: number) => void = () => {},
): Promise<JudgedFile> {
  const libraries = libraryColumns(file.obs);
  const judged: JudgedMatrix[] = [];
  let entries = 0;
  const started = performance.now();
  for (const store of file.matrices) {
    const scan = await scanMatrix(store, sampleEntries);
    judged.push(await judgeMatrix(scan, libraries, sampleEntries));
    entries += Math.min(store.stored, sampleEntries ?? Infinity);
    onShare(judged.length / file.matrices.length);
  }
  return {
    matrices: judged,
    speed: { entries, seconds: (performance.now() - started) / 1000 },
  };
}

/** Assembles the summary of a judged file. */
export function summarise(file: CellFile, { matrices: judged, speed }: JudgedFile): FileSummary {
  const info = (where: string) => {
    const found = judged.find((matrix) => matrix.scan.store.where === where);
    return found ? matrixInfo(found.scan) : null;
  };
  const obs = [...file.obs.columns].map(([name, column]) => describeColumn(file, name, column));
  const counts = listSources(judged);
  const columns = steerableColumns(file, obs);
  return {
    fileName: file.name,
    format: file.format,
    parts: file.parts,
    part: file.part,
    ...(file.kinds ? { kinds: file.kinds } : {}),
    bytes: file.bytes,
    nObs: file.obs.index.length,
    nVars: file.var.index.length,
    obsNames: file.obs.index,
    varNames: file.var.index,
    X: info('X'),
    layers: judged
      .filter((matrix) => matrix.scan.store.where.startsWith('layers/'))
      .map((matrix) => matrixInfo(matrix.scan)),
    raw: info('raw/X'),
    obs,
    geneNames: geneNamings(file.var),
    obsm: Object.fromEntries([...file.obsm].map(([key, { shape }]) => [key, shape])),
    maps: mapKeys(file),
    counts,
    chosen: counts.find((source) => source.usable)?.where ?? null,
    proposed: proposeAttributes(columns),
    estimate: estimateLoad(file, counts, speed),
    warnings: [
      ...bigFileWarning(file),
      ...file.warnings,
      ...duplicateNames(file),
      ...copyWarnings(columns),
    ],
  };
}

/** Names that occur twice get a number; the page must say so before it shows them. */
function duplicateNames(file: CellFile): readonly string[] {
  const twice = file.var.index.length - new Set(file.var.index).size;
  if (twice === 0) return [];
  const names = twice === 1 ? '1 gene name occurs' : `${formatCount(twice)} gene names occur`;
  return [`${names} more than once. They are numbered, as anndata does: NAME-1, NAME-2.`];
}

function bigFileWarning(file: CellFile): readonly string[] {
  if (file.bytes < bigFile) return [];
  return [`${formatBytes(file.bytes)}: only the needed rows are read.`];
}

function copyWarnings(columns: readonly NamedColumn[]): readonly string[] {
  return nearCopies(columns)
    .slice(0, 3)
    .map(
      ([second, first]) =>
        `${second} says almost the same as ${first}. Steering both at once can pull twice.`,
    );
}

function steerableColumns(file: CellFile, obs: readonly ObsColumn[]): readonly NamedColumn[] {
  return obs.flatMap(({ name, steerable }) => {
    const column = file.obs.columns.get(name);
    const categorical = steerable && column ? asAttribute(column) : null;
    return categorical ? [{ name, ...categorical }] : [];
  });
}

function describeColumn(file: CellFile, name: string, column: Column): ObsColumn {
  const categorical = asAttribute(column);
  if (categorical === null) {
    const why =
      column.kind === 'unreadable'
        ? `It is stored as ${column.why}, which cannot be read.`
        : 'It holds numbers, not categories.';
    const missing = column.kind === 'number' ? column.values.filter(Number.isNaN).length : 0;
    const kind = column.kind === 'unreadable' ? 'unreadable' : 'number';
    return { name, kind, categories: [], cells: [], missing, steerable: false, why, colours: null };
  }
  const { categories, codes } = categorical;
  const cells = new Array<number>(categories.length).fill(0);
  let missing = 0;
  for (const code of codes) {
    if (code < 0) missing++;
    else cells[code]++;
  }
  const why = whyNot(cells);
  const longText = column.kind === 'text' && categories.length > mostCategories;
  const listed = column.kind !== 'text' || categories.length <= mostListed;
  return {
    name,
    kind:
      column.kind === 'boolean' || column.kind === 'number'
        ? column.kind
        : longText
          ? 'text'
          : 'categorical',
    categories: listed ? categories : [],
    cells: listed ? cells : [],
    missing,
    steerable: why === null,
    why,
    colours: file.colours(name, categories.length),
  };
}

function whyNot(cells: readonly number[]): string | null {
  const used = cells.filter((n) => n > 0);
  if (used.length === 0) return 'It has no values.';
  if (used.length === 1) return 'All cells have the same value.';
  if (used.every((n) => n === 1)) return 'Every cell has its own value.';
  if (used.length <= mostCategories) return null;
  return `It has ${formatCount(used.length)} different values; ${mostCategories} is the most.`;
}
