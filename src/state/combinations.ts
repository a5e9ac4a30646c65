/** @file How many cells each pair of values of two attributes has, and how many combinations have none. */
import type { CategoryColumn } from '../protocol/dataset.ts';

/** Cells of two attributes' values, over the values that have cells. */
export interface PairTable {
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** Cells, [rows][columns]. */
  readonly cells: readonly (readonly number[])[];
  readonly empty: number;
}

/** Codes of a column that have kept cells, in the file's order. */
function usedCodes({ categories, codes }: CategoryColumn, mask: Uint8Array): number[] {
  const used = new Uint8Array(categories.length);
  for (let cell = 0; cell < mask.length; cell += 1) {
    const code = codes[cell] ?? -1;
    if (mask[cell] === 1 && code >= 0) used[code] = 1;
  }
  return [...used.keys()].filter((code) => used[code] === 1);
}

/** The table of two columns; one pass over the cells. @param mask 1 for kept cells */
export function pairTable(
  down: CategoryColumn,
  across: CategoryColumn,
  mask: Uint8Array,
): PairTable {
  const width = across.categories.length;
  const counts = new Uint32Array(down.categories.length * width);
  for (let cell = 0; cell < mask.length; cell += 1) {
    const [row, column] = [down.codes[cell] ?? -1, across.codes[cell] ?? -1];
    if (mask[cell] === 1 && row >= 0 && column >= 0) counts[row * width + column] += 1;
  }
  const rows = usedCodes(down, mask);
  const columns = usedCodes(across, mask);
  const cells = rows.map((row) => columns.map((column) => counts[row * width + column] ?? 0));
  return {
    rows: rows.map((code) => down.categories[code] ?? ''),
    columns: columns.map((code) => across.categories[code] ?? ''),
    cells,
    empty: cells.flat().filter((n) => n === 0).length,
  };
}

const mostCombinations = 1_000_000;

/** How many combinations of all columns there are, and how many of them no kept cell has; null above a million. */
export function emptyCombinations(
  columns: readonly CategoryColumn[],
  mask: Uint8Array,
): { readonly all: number; readonly empty: number } | null {
  const all = columns.reduce((n, column) => n * usedCodes(column, mask).length, 1);
  const room = columns.reduce((n, { categories }) => n * categories.length, 1);
  if (room > mostCombinations) return null;
  const seen = new Uint8Array(room);
  let found = 0;
  for (let cell = 0; cell < mask.length; cell += 1) {
    if (mask[cell] !== 1) continue;
    let at = 0;
    for (const { categories, codes } of columns) {
      const code = codes[cell] ?? -1;
      at = code < 0 || at < 0 ? -1 : at * categories.length + code;
    }
    if (at < 0 || seen[at] === 1) continue;
    seen[at] = 1;
    found += 1;
  }
  return { all, empty: all - found };
}
