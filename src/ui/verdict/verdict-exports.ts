/** @file The verdict on paper: a table (CSV) and a one-page report (HTML with its figure, ready to print). */
import type { BaselineName, MeasureName, Verdict } from '../../protocol/judge.ts';
import { formatDuration, formatNumber } from '../../state/format.ts';
import { baselineNames } from './baseline-marks.ts';

const names: Readonly<Record<MeasureName, string>> = {
  energy: 'Squared energy distance (PCA)',
  wasserstein1: 'Wasserstein-1 (PCA, exact)',
  wasserstein2: 'Wasserstein-2 (PCA, exact)',
  mmdFiveWidths: 'MMD, five widths, biased, squared',
  mmdMedian: 'MMD, median width, unbiased, squared',
  toldApart: '1-nearest-neighbour two-sample accuracy (0.5 ideal)',
  auc: 'Classifier two-sample AUC (0.5 ideal)',
  precision: 'Precision (k = 5)',
  recall: 'Recall (k = 5)',
  density: 'Density (k = 5)',
  coverage: 'Coverage (k = 5)',
  zeros: 'Zeros per cell, Wasserstein-1 (genes)',
  detectedShift: 'Detected genes, mean difference',
  logLibrary: 'Log library size, Wasserstein-1',
  varianceOverMean: 'Variance over mean per gene, Wasserstein-1',
  zeroFraction: 'Zero fraction per gene, mean error',
  geneMeans: 'Log gene means, Pearson (1 ideal)',
  geneCorrelation: 'Gene–gene correlations, mean error',
  copies: 'Cells that sit on a training cell',
  exactCopies: 'Exact copies of training cells',
  nearTraining: 'Nearer to training cells than 99 % of real cells (0.01 ideal)',
  copyRatio: 'Distance to nearest training cell, over that of held-out cells',
  hits: 'Recognised as asked',
  diversity: 'Spread inside a class, over that of held-out cells',
};

const order = Object.keys(names) as MeasureName[];
const baselines = Object.keys(baselineNames) as BaselineName[];

function numberText(value: number | undefined): string {
  return value === undefined ? '' : String(Number(value.toPrecision(6)));
}

/** Header and one row a measure: synthetic, floor (mean, 5 %, 95 %, draws), baselines. */
function verdictRows(verdict: Verdict): string[][] {
  const head = ['measure', 'synthetic', 'floor', 'floor 5 %', 'floor 95 %', 'draws'];
  const rows = order
    .filter((name) => verdict.measures[name] !== undefined)
    .map((name) => {
      const floor = verdict.floor[name];
      return [
        names[name],
        numberText(verdict.measures[name]),
        ...[floor?.mean, floor?.low, floor?.high, floor?.draws].map(numberText),
        ...baselines.map((own) => numberText(verdict.baselines[own]?.[name])),
      ];
    });
  return [[...head, ...baselines.map((own) => baselineNames[own])], ...rows];
}

/** Every measure, then every category and combination, as comma-separated values. */
export function verdictCsv(verdict: Verdict): string {
  const quote = (text: string): string =>
    /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  const groups = verdict.groups.map((group) => [
    `${group.attribute}: ${group.value} (energy, ${group.heldOut} held-out cells)`,
    numberText(group.energy),
    ...[group.floor.mean, group.floor.low, group.floor.high, group.floor.draws].map(numberText),
  ]);
  const rows = [...verdictRows(verdict), ...groups];
  return rows.map((row) => row.map(quote).join(',')).join('\n') + '\n';
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
@page{margin:10mm}`;

/** A page of its own: words, figure, every measure. @param figure the plot as SVG text */
export function verdictReport(verdict: Verdict, source: string, figure: string): string {
  const { cells, checks, genes, seconds } = verdict;
  const gaps = checks.filter(({ inside }) => !inside).map(({ says }) => `<li>${escape(says)}</li>`);
  const words = [verdict.weakest, verdict.fitFor, ...verdict.advice, ...verdict.notes];
  const counted = `${formatNumber(cells.synthetic)} synthetic cells against ${formatNumber(cells.heldOut)} held-out real cells; ${formatNumber(cells.training)} training cells; ${formatNumber(genes)} genes; ${formatDuration(seconds)}.`;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Verdict: ${escape(source)}</title><style>${style}</style></head><body>
<p class="mute">Cellsmith · ${escape(source)} · ${new Date().toISOString().slice(0, 10)}</p>
<h1>${escape(verdict.headline || 'No verdict')}</h1>
<p class="sentence">${escape(verdict.sentence)}</p>
<ul>${gaps.join('')}</ul>
${words.map((text) => (text ? `<p>${escape(text)}</p>` : '')).join('\n')}
${figure}
<p class="mute">${escape(counted)} The floor is how far draws of real training cells lie from the same held-out cells.</p>
${table(verdictRows(verdict))}
</body></html>
`;
}
