/** @file A verdict for a person at a terminal: the words first, then checks, measures and types in columns. JSON has all the rest. */
import { measureNames, measureOrder } from '../src/protocol/measure-names.ts';
import type { GroupResult, Verdict } from '../src/protocol/judge.ts';

/** Where the cells came from; the verdict itself. */
export type JudgedFiles = Omit<Verdict, 'key' | 'complete'> & {
  readonly real: string;
  readonly generated: string;
};

/** Types and combinations that are listed; JSON has all. */
const MOST_GROUPS = 24;

/** Columns with two spaces between them; the first one is aligned left, the others right. */
function columns(rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const widths = rows[0].map((_, c) => Math.max(...rows.map((row) => row[c].length)));
  return rows.map((row) =>
    row.map((text, c) => (c === 0 ? text.padEnd(widths[c]) : text.padStart(widths[c]))).join('  '),
  );
}

/** Three digits. */
function short(value: number | null | undefined): string {
  return value === undefined || value === null ? '–' : String(Number(value.toPrecision(3)));
}

function range(ends: readonly [number, number] | null | undefined): string {
  return ends ? `${short(ends[0])} … ${short(ends[1])}` : '';
}

function checkRows({ checks }: JudgedFiles): string[][] {
  if (checks.length === 0) return [];
  const rows = checks.map((check) => [
    check.name,
    check.inside ? 'inside' : check.light === 'near' ? 'just outside' : 'far outside',
    check.shown,
    check.floorShown,
  ]);
  return [['check', 'verdict', 'cells', 'real cells'], ...rows];
}

function measureRows({ measures, intervals, floor }: JudgedFiles): string[][] {
  const names = measureOrder.filter((name) => measures[name] !== undefined);
  const without = Object.keys(floor).length === 0;
  const rows = names.map((name) => {
    const own = floor[name];
    const cells = [measureNames[name], short(measures[name]), range(intervals[name])];
    return without ? cells : [...cells, short(own?.mean), own ? range([own.low, own.high]) : ''];
  });
  return [['measure', 'cells', '90 %', ...(without ? [] : ['real cells', '90 %'])], ...rows];
}

/** CFGen's tables, where they were asked for. */
function paperRows({ paper }: JudgedFiles): string[][] {
  if (paper === null) return [];
  const rows = paper.rows.map((row) => [
    row.name,
    ...[row.wasserstein1, row.wasserstein2, row.mmd, row.classWasserstein2, row.classMmd].map(
      short,
    ),
  ]);
  return [['as in CFGen’s tables', 'W1', 'W2', 'MMD', 'W2 per type', 'MMD per type'], ...rows];
}

const groupColumns = ['energy', 'toldApart', 'coverage', 'hits', 'diversity'] as const;

function groupRow({ attribute, value, heldOut, synthetic, measures, floor }: GroupResult) {
  const both = groupColumns.map((name) =>
    measures[name] === undefined ? '–' : `${short(measures[name])} (${short(floor[name]?.mean)})`,
  );
  return [`${attribute}: ${value}`, String(heldOut), String(synthetic), ...both];
}

function groupRows({ groups }: JudgedFiles): string[][] {
  if (groups.length === 0) return [];
  const heads = ['energy', '1-NN', 'coverage', 'recognised', 'spread'].map((name) => `${name} (real)`); // prettier-ignore
  return [['cells', 'real', 'cells', ...heads], ...groups.slice(0, MOST_GROUPS).map(groupRow)];
}

/** The lines of a verdict. What is empty has none. */
export function verdictLines(report: JudgedFiles): string {
  const { cells, genes, seconds, groups, advice, notes } = report;
  const training = cells.training > 0 ? `, ${cells.training} training cells` : '';
  const compared = `${cells.synthetic} cells of ${report.generated} against ${cells.heldOut} of ${report.real}${training}, ${genes} genes, ${Math.round(seconds)} s`;
  const words = [report.headline || 'No verdict', report.sentence, report.numbers];
  const more = groups.length - MOST_GROUPS;
  const parts = [
    [...words, ...notes, report.weakest ?? '', report.fitFor],
    advice.length > 0 ? ['What to do', ...advice.map((text) => `  ${text}`)] : [],
    ...[checkRows(report), measureRows(report), groupRows(report)].map(columns),
    more > 0 ? [`and ${more} more`] : [],
    [...columns(paperRows(report)), report.paper?.says ?? ''],
    [compared, '--json has intervals, trivial methods and every measure of every type and combination.'], // prettier-ignore
  ];
  return parts
    .map((lines) => lines.filter((line) => line !== '').join('\n'))
    .filter((part) => part !== '')
    .join('\n\n');
}
