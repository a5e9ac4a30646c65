/** @file Finding the counts in a file by testing values, and saying in words what was found. */
import type { CountsSource, LogUndo, ValuesKind } from '../protocol/dataset.ts';
import { formatCount } from './file-errors.ts';
import { findLog, type LibraryColumn } from './log-undo.ts';
import type { MatrixScan } from './matrix-scan.ts';

/** A matrix with what its values are. */
export interface JudgedMatrix {
  readonly scan: MatrixScan;
  readonly kind: ValuesKind;
  readonly undo: LogUndo | null;
  /** The total of each cell (after expm1 if log-normalised) when it is the same for all. */
  readonly total: number | null;
}

/** Values above this are certainly not logarithms of counts: e^20 molecules of one gene in one cell. */
const largestLog = 20;

/** Decides what the values of a scanned matrix are. */
export async function judgeMatrix(
  scan: MatrixScan,
  libraries: readonly LibraryColumn[],
  sampleEntries: number | null,
): Promise<JudgedMatrix> {
  const plain = (kind: ValuesKind): JudgedMatrix => ({ scan, kind, undo: null, total: null });
  if (scan.nonzero === 0) return plain('empty');
  if (scan.notFinite > 0) return plain('not-finite');
  if (scan.negative) return plain('scaled');
  if (scan.integer) return plain('counts');
  const log = scan.max > largestLog ? null : await findLog(scan.store, libraries, sampleEntries);
  if (log?.logNormalised) {
    return { scan, kind: 'log-normalised', undo: log.undo, total: log.constantTotal };
  }
  const linear = await findLog(scan.store, libraries, sampleEntries, 'linear');
  const total = linear.constantTotal;
  if (total !== null || linear.undo !== null) {
    return { scan, kind: 'normalised', undo: linear.undo, total };
  }
  return plain('fractional');
}

/** Fractions that ambient correction or shared reads leave: most values stay near whole numbers, which no normalisation does. */
function isRoundable({ kind, scan }: JudgedMatrix): boolean {
  return kind === 'fractional' && scan.nearWhole >= 0.35 * scan.nonzero;
}

/** A matrix as a person writes it: X, layers['counts'], raw.X. */
export function matrixName(where: string): string {
  if (where.startsWith('layers/')) return `layers['${where.slice('layers/'.length)}']`;
  return where === 'raw/X' ? 'raw.X' : where;
}

/** Order in which sources are preferred: X, layers named like counts, raw.X, other layers. */
function rank(where: string): number {
  if (where === 'X') return 0;
  if (/^layers\/.*(count|umi|raw)/i.test(where)) return 1;
  return where === 'raw/X' ? 2 : 3;
}

/** Candidates in order of preference, usable ones with the words that say why they are or are not used. */
export function listSources(matrices: readonly JudgedMatrix[]): readonly CountsSource[] {
  const ordered = [...matrices].sort((a, b) => rank(a.scan.store.where) - rank(b.scan.store.where));
  const chosen = ordered.find((matrix) => matrix.kind === 'counts') ?? null;
  const X = matrices.find((matrix) => matrix.scan.store.where === 'X') ?? null;
  return ordered.map((matrix) => ({
    where: matrix.scan.store.where,
    kind: matrix.kind,
    reason: matrix === chosen ? chosenReason(matrix, X) : otherReason(matrix, chosen),
    max: matrix.scan.max,
    usable: matrix.kind === 'counts',
    undo: matrix.undo,
    roundable: isRoundable(matrix),
  }));
}

function chosenReason(chosen: JudgedMatrix, X: JudgedMatrix | null): string {
  const found = `Found in ${matrixName(chosen.scan.store.where)}: whole numbers.`;
  if (X === null || X === chosen) return found;
  return `${found} X ${clause(X)}, so it is not used.`;
}

function otherReason(matrix: JudgedMatrix, chosen: JudgedMatrix | null): string {
  const name = matrixName(matrix.scan.store.where);
  const first = chosen === null ? '' : matrixName(chosen.scan.store.where);
  if (matrix.kind === 'counts') return `${name} holds whole numbers too; ${first} comes first.`;
  if (chosen === null && isRoundable(matrix)) {
    return `${name} ${clause(matrix)}, most of them near whole numbers, as ambient correction leaves them. They can be rounded.`;
  }
  if (chosen === null && matrix.kind === 'normalised' && matrix.undo !== null) {
    return `${name} ${clause(matrix)}. That can be undone exactly, because ${undoReason(matrix)}.`;
  }
  if (matrix.kind !== 'log-normalised' || chosen !== null)
    return `${name} ${clause(matrix)}, so it is not used.`;
  const looks = `${name} looks log-normalised, not counts (largest value ${matrix.scan.max.toFixed(2)}, not whole).`;
  if (matrix.undo === null) return `${looks} The logarithm cannot be undone exactly.`;
  return `${looks} The logarithm can be undone exactly, because ${undoReason(matrix)}.`;
}

function undoReason({ kind, undo, total }: JudgedMatrix): string {
  if (total !== null && kind === 'log-normalised')
    return `each cell then sums to ${formatCount(total)}`;
  if (undo?.totalsColumn != null) {
    return `obs['${undo.totalsColumn}'] holds each cell's total, and whole numbers come back`;
  }
  return "each cell's values are whole multiples of its smallest one";
}

/** What the values are, to follow the matrix's name: "X is log-normalised". */
function clause({ kind, scan, total }: JudgedMatrix): string {
  switch (kind) {
    case 'counts':
      return 'holds whole numbers';
    case 'log-normalised':
      return 'is log-normalised';
    case 'normalised':
      return normalisedClause(total);
    case 'scaled':
      return scan.integer ? 'holds negative numbers' : 'holds scaled values with negative numbers';
    case 'fractional':
      return `holds fractions such as ${(scan.example ?? 0).toPrecision(3)}`;
    case 'not-finite':
      return `holds ${formatCount(scan.notFinite)} values that are not numbers (missing or infinite)`;
    case 'empty':
      return 'holds only zeros';
  }
}

function normalisedClause(total: number | null): string {
  if (total === null) return 'is normalised (each cell by its own factor)';
  const known = total === 1e6 ? 'counts per million: ' : '';
  return `is normalised (${known}each cell sums to ${formatCount(total)})`;
}

/** Why no source can be used, for the error no-counts: "X and raw.X hold scaled values with negative numbers". */
export function describeUnusable(sources: readonly CountsSource[]): string {
  const words: Readonly<Record<ValuesKind, string>> = {
    counts: 'whole numbers',
    'log-normalised': 'log-normalised values',
    normalised: 'normalised values',
    scaled: 'scaled values with negative numbers',
    fractional: 'fractions',
    'not-finite': 'missing or infinite values',
    empty: 'only zeros',
  };
  const kinds = [...new Set(sources.map((source) => source.kind))];
  const sentences = kinds.map((kind) => {
    const of = sources.filter((source) => source.kind === kind).map((source) => source.where);
    const layers = of.filter((where) => where.startsWith('layers/'));
    const names = of.filter((where) => !where.startsWith('layers/')).map(matrixName);
    if (layers.length === 1) names.push(matrixName(layers[0]));
    if (layers.length > 1) names.push(`${layers.length} layers`);
    const verb = of.length > 1 ? 'hold' : 'holds';
    return `${joinWords(names)} ${verb} ${words[kind]}`;
  });
  return joinWords(sentences);
}

function joinWords(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]}`;
}
