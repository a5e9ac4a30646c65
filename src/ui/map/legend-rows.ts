/** @file The legend as rows: each category with its real and synthetic cells. */
import type { LegendOrder } from '../../state/explore.ts';
import { countCategories } from './cell-colours.ts';
import type { CategoryColouring } from './colouring.ts';

/** More rows than this scroll. */
export const mostRows = 14;

/** One category in the legend. */
export interface LegendRow {
  readonly code: number;
  readonly name: string;
  readonly colour: string;
  /** A larger category has the same colour, as beyond 24 of them: this one carries a square. */
  readonly square: boolean;
  readonly shown: boolean;
  readonly real: number;
  /** null when the model does not know the column. */
  readonly synthetic: number | null;
  /** This is the value the person steers towards. */
  readonly current: boolean;
}

const orders: Readonly<Record<LegendOrder, (a: LegendRow, b: LegendRow) => number>> = {
  real: (a, b) => b.real - a.real,
  synthetic: (a, b) => (b.synthetic ?? 0) - (a.synthetic ?? 0),
  name: (a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }),
  file: () => 0,
};

/** Rows by number of real cells, largest first, or in the order asked for; with more than 14, the current value comes first. */
export function legendRows(
  { categories, colours, codes, synthetic, shown }: CategoryColouring,
  current: string | null,
  order: LegendOrder = 'real',
): LegendRow[] {
  const real = countCategories(codes, categories.length);
  const made = synthetic ? countCategories(synthetic, categories.length) : null;
  const square = sharedColours(colours, real);
  const rows = categories.map((name, code) => ({
    code,
    name,
    colour: colours[code],
    square: square[code],
    shown: shown[code] === 1,
    real: real[code],
    synthetic: made ? made[code] : null,
    current: name === current,
  }));
  rows.sort((a, b) => orders[order](a, b) || a.code - b.code);
  if (rows.length > mostRows) rows.sort((a, b) => Number(b.current) - Number(a.current));
  return rows;
}

/** Whether a category's colour is that of a larger one (of equal ones, of the earlier). */
function sharedColours(colours: readonly string[], cells: Uint32Array): boolean[] {
  const shared = colours.map(() => false);
  const seen = new Set<string>();
  const bySize = colours.map((_, code) => code).sort((a, b) => cells[b] - cells[a] || a - b);
  for (const code of bySize) {
    const colour = colours[code].toLowerCase();
    shared[code] = seen.has(colour);
    seen.add(colour);
  }
  return shared;
}

/** Real and synthetic cells without a category. */
export function missingCells({ categories, codes, synthetic }: CategoryColouring): {
  readonly real: number;
  readonly synthetic: number;
} {
  const count = (list: Int32Array | null): number =>
    list ? countCategories(list, categories.length)[categories.length] : 0;
  return { real: count(codes), synthetic: count(synthetic) };
}
