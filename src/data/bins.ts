/** @file A number column cut into ranges with about as many cells each, so that it can be an attribute. */
import type { BinnedColumn } from '../protocol/dataset.ts';
import { StudioError } from '../protocol/errors.ts';

/** Ranges a column may be cut into. */
const fewestBins = 2;
const mostBins = 20;

/** bad-attribute: only number columns are cut. */
export function notNumbers(name: string): StudioError {
  return new StudioError(
    'bad-attribute',
    `obs['${name}'] cannot be cut into ranges.`,
    'It is not a column of numbers in this file. Choose another one.',
    { attribute: name },
  );
}

/** Three significant digits, without an exponent where that is short. */
function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/**
 * Cuts at the quantiles; equal values stay together, so there may be fewer ranges than asked for. Missing values stay missing.
 * The last range includes its upper end. Error: bad-attribute, when the values cannot be cut in two.
 */
export function binColumn(name: string, values: Float64Array, bins: number): BinnedColumn {
  const sorted = values.filter(Number.isFinite).sort();
  const wanted = Math.min(mostBins, Math.max(fewestBins, Math.floor(bins)));
  const cuts: number[] = [];
  for (let i = 1; i < wanted; i++) {
    const cut = sorted[Math.floor((i * sorted.length) / wanted)];
    if (cut > (cuts.at(-1) ?? sorted[0])) cuts.push(cut);
  }
  if (cuts.length === 0) {
    throw new StudioError(
      'bad-attribute',
      `obs['${name}'] cannot be cut into ranges.`,
      'Nearly all of its values are the same, or missing. Choose another column.',
      { attribute: name },
    );
  }
  const codes = Int32Array.from(values, (value) => {
    if (!Number.isFinite(value)) return -1;
    const above = cuts.findIndex((cut) => value < cut);
    return above < 0 ? cuts.length : above;
  });
  const edges = [sorted[0], ...cuts, sorted[sorted.length - 1]].map(short);
  const categories = distinct(cuts.map((_, i) => i).concat(cuts.length), edges);
  const cells = new Array<number>(categories.length).fill(0);
  let missing = 0;
  for (const code of codes) {
    if (code < 0) missing++;
    else cells[code]++;
  }
  return {
    codes,
    column: {
      name: `${name} (${categories.length} ranges)`,
      kind: 'categorical',
      categories,
      cells,
      missing,
      steerable: true,
      why: null,
      colours: null,
    },
  };
}

/** "0.2 to 1.5"; close edges that read the same get a number. */
function distinct(bins: readonly number[], edges: readonly string[]): readonly string[] {
  const seen = new Map<string, number>();
  return bins.map((bin) => {
    const text = `${edges[bin]} to ${edges[bin + 1]}`;
    const times = (seen.get(text) ?? 0) + 1;
    seen.set(text, times);
    return times === 1 ? text : `${text} (${times})`;
  });
}
