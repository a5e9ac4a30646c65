/** @file The verdict on paper: a table (CSV) and a one-page report (HTML with its figure, ready to print). */
import type { Curves } from '../../protocol/curves.ts';
import type { BaselineName, Measures, Surroundings, Verdict } from '../../protocol/judge.ts';
import { formatDuration, formatNumber } from '../../state/format.ts';
import { baselineNames } from './baseline-marks.ts';
import { measureNames, measureOrder, numberText } from './measure-names.ts';
import { unseenWords } from './unseen-words.ts';
import type { ReportFigures } from './verdict-figure.tsx';

const baselines = Object.keys(baselineNames) as BaselineName[];

type Part = Surroundings & { readonly measures: Measures };

const columns = ['synthetic', 'low', 'high', 'floor', 'floor 5 %', 'floor 95 %', 'draws'];

/** One row a measure: synthetic with its 90 % interval, floor (mean, 5 %, 95 %, draws), baselines. */
function measureRows(part: Part): string[][] {
  return measureOrder
    .filter((name) => part.measures[name] !== undefined)
    .map((name) => {
      const floor = part.floor[name];
      const ends = part.intervals[name];
      return [
        measureNames[name],
        ...[part.measures[name], ends?.[0], ends?.[1]].map(numberText),
        ...[floor?.mean, floor?.low, floor?.high, floor?.draws].map(numberText),
        ...baselines.map((own) => numberText(part.baselines[own]?.[name])),
      ];
    });
}

function verdictRows(verdict: Verdict): string[][] {
  const head = ['measure', ...columns, ...baselines.map((own) => baselineNames[own])];
  const hits = Object.entries(verdict.hits).map(([attribute, own]) => [
    `Recognised as asked: ${attribute} (floor: held-out cells)`,
    ...[own.synthetic, own.interval?.[0], own.interval?.[1], own.real].map(numberText),
    ...['', '', ''],
    ...baselines.map((name) => numberText(own.baselines[name])),
  ]);
  return [head, ...measureRows(verdict), ...hits];
}

const csvLine = (row: readonly string[]): string =>
  row.map((text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)).join(',');

/** Every measure of all cells, of every category and combination, then curves and CFGen's tables, as comma-separated values. */
export function verdictCsv(verdict: Verdict, curves: Curves | null = null): string {
  const { cells, groups, unseen, paper } = verdict;
  const [head, ...all] = verdictRows(verdict);
  const lead = (attribute: string, value: string, heldOut: number, synthetic: number) => (row: string[]) => [attribute, value, String(heldOut), String(synthetic), ...row]; // prettier-ignore
  const rows = [
    ['attribute', 'value', 'held-out cells', 'synthetic cells', ...head],
    ...all.map(lead('', 'all cells', cells.heldOut, cells.synthetic)),
    ...groups.flatMap((group) =>
      measureRows(group).map(lead(group.attribute, group.value, group.heldOut, group.synthetic)),
    ),
    ...unseen.map((own) =>
      lead(
        'hidden from training',
        own.value,
        own.heldOut,
        own.synthetic,
      )([
        measureNames.energy,
        ...[own.energy, own.interval?.[0], own.interval?.[1]].map(numberText),
        ...[own.floor.mean, own.floor.low, own.floor.high, own.floor.draws].map(numberText),
      ]),
    ),
  ];
  const extra = [...(curves ? curveRows(curves) : []), ...(paper ? paperRows(paper) : [])];
  return [...rows, ...extra].map(csvLine).join('\n') + '\n';
}

function curveRows({ attributes, choices, points }: Curves): string[][] {
  const head = ['curve of', 'combination', 'real cells', 'cells', 'weight', 'recognised', 'distance', 'floor', 'diversity']; // prettier-ignore
  return [
    head,
    ...points.map((point) => {
      const choice = choices[point.choice];
      return [
        attributes[point.attribute],
        choice.value,
        ...[choice.realCells, choice.cells, point.weight].map(String),
        ...[point.hits[point.attribute], point.distance, choice.floor?.mean, point.diversity].map(numberText), // prettier-ignore
      ];
    }),
  ];
}

function paperRows(paper: NonNullable<Verdict['paper']>): string[][] {
  return [
    ['as in CFGen’s tables', 'W1', 'W2', 'MMD', 'W2 per type', 'MMD per type'],
    ...paper.rows.map((row) => [
      row.name,
      ...[row.wasserstein1, row.wasserstein2, row.mmd, row.classWasserstein2, row.classMmd].map(numberText), // prettier-ignore
    ]),
  ];
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
}

function table(rows: readonly (readonly string[])[]): string {
  const [head, ...body] = rows;
  const cells = (row: readonly string[], tag: 'th' | 'td'): string =>
    `<tr>${row.map((text) => `<${tag}>${escape(text)}</${tag}>`).join('')}</tr>`;
  return `<table><thead>${cells(head, 'th')}</thead><tbody>${body.map((row) => cells(row, 'td')).join('')}</tbody></table>`;
}

const style = `
body{font:13px/20px Inter,system-ui,sans-serif;color:#1a1d20;max-width:180mm;margin:12mm auto;padding:0 4mm}
h1{font-size:20px;line-height:26px;margin:0 0 4px}.sentence{font-size:15px;line-height:22px}.mute{color:#555b61}
table{border-collapse:collapse;width:100%;font-size:10px;line-height:15px;margin-top:10px}
th{font-weight:400;color:#676d74;text-align:right;vertical-align:bottom}
td{border-top:1px solid #dededa;text-align:right;padding:1px 3px}th:first-child,td:first-child{text-align:left}
svg text{font:11px Inter,system-ui,sans-serif;fill:#555b61}svg text.lab{font-size:13px;fill:#1a1d20}
svg text.out{fill:#7a4d00;font-weight:600}.gl{stroke:#dededa}.floor{fill:#dfe4e2}.floorline{stroke:#7b8684;fill:none}
.syn{fill:#0b6477;stroke:#15181b;stroke-width:1.2}.base{fill:#fff;stroke:#676d74;stroke-width:1.3}.whisker{stroke:#0b6477;stroke-opacity:.5}
.curve path{stroke:#0b6477;stroke-width:1.6;fill:none}.curve.old path{stroke:#8a9298;stroke-width:1}.curve.old .syn{fill:#8a9298;stroke:none}
.suggested{stroke:#0b6477;stroke-dasharray:2 2}.plots{display:flex;flex-wrap:wrap;gap:6px}h2{font-size:13px;margin:14px 0 2px}
.row{display:inline-flex;gap:5px;align-items:center;margin-right:12px;font-size:11px;color:#555b61}
@page{margin:10mm}`;

const pair = ({ title, figure }: { readonly title: string; readonly figure: string }): string =>
  `<h2>${escape(title)}</h2><div class="plots">${figure}</div>`;

/** One line a group: the measures that tell types apart best. */
function groupTable({ groups }: Verdict): string[][] {
  const chosen = ['energy', 'toldApart', 'coverage', 'recall', 'zeros', 'logLibrary', 'hits', 'diversity'] as const; // prettier-ignore
  const short = (value: number | undefined): string =>
    value === undefined ? '' : String(Number(value.toPrecision(3)));
  return [
    ['cells', 'held-out', 'synthetic', ...chosen.map((name) => `${measureNames[name].split(/[,(]/)[0]} (floor)`)], // prettier-ignore
    ...groups.map((group) => [
      `${group.attribute}: ${group.value}`,
      String(group.heldOut),
      String(group.synthetic),
      ...chosen.map((name) => {
        const floor = group.floor[name];
        return `${short(group.measures[name])}${floor ? ` (${short(floor.mean)})` : ''}`;
      }),
    ]),
  ];
}

/** A page of its own: words, figures, every measure. @param figures plots as SVG text */
export function verdictReport(
  verdict: Verdict,
  curves: Curves | null,
  source: string,
  figures: ReportFigures,
): string {
  const { cells, checks, genes, seconds, paper, unseen } = verdict;
  const gaps = checks.filter(({ inside }) => !inside).map(({ says }) => `<li>${escape(says)}</li>`);
  const words = [verdict.numbers, verdict.weakest, verdict.fitFor, ...(verdict.peaks?.sentences ?? []), ...verdict.advice, ...unseen.map(unseenWords), ...verdict.notes]; // prettier-ignore
  const counted = `${formatNumber(cells.synthetic)} synthetic cells against ${formatNumber(cells.heldOut)} held-out real cells; ${formatNumber(cells.training)} training cells; ${formatNumber(genes)} genes; ${formatDuration(seconds)}.`;
  const curvePart =
    curves && figures.curves.length > 0
      ? `<h2>Guidance weights</h2>${figures.curves.map(pair).join('')}`
      : '';
  const paperPart = paper
    ? `<h2>As in CFGen’s tables</h2><p>${escape(paper.says)}</p>${table(paperRows(paper))}`
    : '';
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Verdict: ${escape(source)}</title><style>${style}</style></head><body>
<p class="mute">Cellsmith · ${escape(source)} · ${new Date().toISOString().slice(0, 10)}</p>
<h1>${escape(verdict.headline || 'No verdict')}</h1>
<p class="sentence">${escape(verdict.sentence)}</p>
<ul>${gaps.join('')}</ul>
${words.map((text) => (text ? `<p>${escape(text)}</p>` : '')).join('\n')}
${figures.checks}
<p class="mute">${escape(counted)} The floor is how far draws of real training cells lie from the same held-out cells.</p>
<div class="plots">${figures.groups.map((own) => `<div>${pair(own)}</div>`).join('')}</div>
${curvePart}
<h2>All measures</h2>
${table(verdictRows(verdict))}
${verdict.groups.length > 0 ? `<h2>Types and combinations</h2>${table(groupTable(verdict))}` : ''}
${paperPart}
</body></html>
`;
}
