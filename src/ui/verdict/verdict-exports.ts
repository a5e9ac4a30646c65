/** @file The verdict on paper: a table (CSV) and a report (HTML, ready to print: all cells on one page, types and curves behind it). */
import type { Curves } from '../../protocol/curves.ts';
import type { BaselineName, Measures, Surroundings, Verdict } from '../../protocol/judge.ts';
import { measureNames, measureOrder } from '../../protocol/measure-names.ts';
import { formatDuration, formatNumber } from '../../state/format.ts';
import { baselineNames, marked, shortBaselines } from './baseline-marks.ts';
import { numberText, shownNumber } from './measure-names.ts';
import { insideWords } from './lights.ts';
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
body{font:11px/15px Inter,'Helvetica Neue',Arial,sans-serif;color:#1a1d20;max-width:190mm;margin:8mm auto;padding:0 3mm}
h1{font-size:18px;line-height:23px;margin:0 0 3px}h2{font-size:12px;margin:9px 0 2px}p,ul{margin:0 0 4px}ul{padding-left:15px}
.sentence{font-size:13px;line-height:18px}.mute{color:#555b61}.top{display:grid;grid-template-columns:1fr 400px;gap:0 14px}
table{border-collapse:collapse;width:100%;font-size:8.5px;line-height:11px;margin-top:3px}
th{font-weight:400;color:#676d74;text-align:right;vertical-align:bottom}
th,td{padding:0 0 0 5px}td{border-top:1px solid #dededa;text-align:right}th:first-child,td:first-child{text-align:left;padding:0}
.short td+td{white-space:nowrap}tr{break-inside:avoid}.next{break-before:page}
ul.lights{list-style:none;padding:0}.lights li{padding-left:13px;text-indent:-13px}.lights li::before{content:'';display:inline-block;width:7px;height:7px;border-radius:50%;margin-right:6px;background:#22663a}
.lights li.near::before{background:#d98e04;border-radius:0}.lights li.far::before{background:#b3261e;border-radius:0;transform:rotate(45deg)}.lights li.good{color:#555b61}
svg text{font:10px Inter,'Helvetica Neue',Arial,sans-serif;fill:#555b61}svg text.lab{font-size:11px;fill:#1a1d20}
svg text.out{fill:#7a4d00;font-weight:600}.gl{stroke:#dededa}.floor{fill:#dfe4e2}.floorline{stroke:#7b8684;fill:none}
.syn{fill:#0b6477;stroke:#15181b;stroke-width:1.2}.base{fill:#fff;stroke:#676d74;stroke-width:1.3}.whisker{stroke:#0b6477;stroke-opacity:.5}
.curve path{stroke:#0b6477;stroke-width:1.6;fill:none}.curve.old path{stroke:#8a9298;stroke-width:1}.curve.old .syn{fill:#8a9298;stroke:none}
.suggested{stroke:#0b6477;stroke-dasharray:2 2}.plots{display:flex;flex-wrap:wrap;gap:0 14px}
.row{display:inline-flex;gap:4px;align-items:center;margin-right:8px;font-size:9px;color:#555b61}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}@page{size:A4;margin:8mm}@media print{body{margin:0 auto;padding:0}}`;

type Titled = { readonly title: string; readonly figure: string };

const pair = ({ title, figure }: Titled): string =>
  `<h2>${escape(title)}</h2><div class="plots">${figure}</div>`;

const sideBySide = (figures: readonly Titled[]): string =>
  figures.length > 0
    ? `<div class="plots">${figures.map((own) => `<div>${pair(own)}</div>`).join('')}</div>`
    : '';

/** Two digits, for the ends of a range on paper. */
function endText(value: number): string {
  return String(Number(value.toPrecision(2))).replace('-', '−');
}

/** Every measure of all cells in a line each, in three digits: value and floor with their ends, trivial methods. */
function shortRows(verdict: Verdict): string[][] {
  const within = (value: number | null | undefined, ends?: readonly [number, number] | null): string =>
    `${shownNumber(value)}${ends ? ` (${ends.map(endText).join('…')})` : ''}`; // prettier-ignore
  const head = ['measure', 'synthetic (90 %)', 'floor (90 %)', ...marked.map((own) => shortBaselines[own])]; // prettier-ignore
  const measures = measureOrder
    .filter((name) => verdict.measures[name] !== undefined)
    .map((name) => {
      const floor = verdict.floor[name];
      return [
        measureNames[name],
        within(verdict.measures[name], verdict.intervals[name]),
        within(floor?.mean, floor && [floor.low, floor.high]),
        ...marked.map((own) => shownNumber(verdict.baselines[own]?.[name])),
      ];
    });
  const hits = Object.entries(verdict.hits).map(([attribute, own]) => [
    `Recognised as asked: ${attribute}`,
    within(own.synthetic, own.interval),
    within(own.real),
    ...marked.map((name) => shownNumber(own.baselines[name])),
  ]);
  return [head, ...measures, ...hits];
}

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

/** Figures of groups on the first page; the others stand behind it. */
const FIRST_GROUPS = 2;

/** A document of its own; its first page has the words, the figures and every measure of all cells. @param figures plots as SVG text */
export function verdictReport(
  verdict: Verdict,
  curves: Curves | null,
  source: string,
  figures: ReportFigures,
): string {
  const { cells, checks, genes, seconds, paper, unseen } = verdict;
  const lit = [...checks].sort((a, b) => Number(a.inside) - Number(b.inside));
  const reasons = lit.map((check) => `<li class="${check.light}">${escape(check.inside ? insideWords(check) : check.says)}</li>`); // prettier-ignore
  const words = [verdict.numbers, verdict.weakest, verdict.fitFor, ...(verdict.peaks?.sentences ?? []), verdict.advice.length > 0 ? `What to do: ${verdict.advice.join(' ')}` : '', ...unseen.map(unseenWords), ...verdict.notes]; // prettier-ignore
  const counted = `${formatNumber(cells.synthetic)} synthetic cells against ${formatNumber(cells.heldOut)} held-out real cells; ${formatNumber(cells.training)} training cells; ${formatNumber(genes)} genes; ${formatDuration(seconds)}.`;
  const behind = [
    sideBySide(figures.groups.slice(FIRST_GROUPS)),
    verdict.groups.length > 0 ? `<h2>Types and combinations</h2>${table(groupTable(verdict))}` : '',
    curves && figures.curves.length > 0
      ? `<h2>Guidance weights</h2>${figures.curves.map(pair).join('')}`
      : '',
    paper
      ? `<h2>As in CFGen’s tables</h2><p>${escape(paper.says)}</p>${table(paperRows(paper))}`
      : '',
  ].join('');
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Verdict: ${escape(source)}</title><style>${style}</style></head><body>
<p class="mute">Cellsmith · ${escape(source)} · ${new Date().toISOString().slice(0, 10)}</p>
<h1>${escape(verdict.headline || 'No verdict')}</h1>
<div class="top"><div>
<p class="sentence">${escape(verdict.sentence)}</p>
<ul class="lights">${reasons.join('')}</ul>
${words.map((text) => (text ? `<p>${escape(text)}</p>` : '')).join('\n')}
</div><div>${figures.checks}</div></div>
<p class="mute">${escape(counted)} The floor is how far draws of real training cells lie from the same held-out cells.</p>
${sideBySide(figures.groups.slice(0, FIRST_GROUPS))}
<h2>All cells</h2>
<div class="short">${table(shortRows(verdict))}</div>
${behind && `<div class="next">${behind}</div>`}
</body></html>
`;
}
