/** @file A thin bar of how cells are shared among the values of a column. */
import type { CSSProperties } from 'react';

/** Properties of the bar. */
export interface ShareBarProps {
  /** Cells per value. */
  readonly cells: readonly number[];
  /** Colour per value; without, greys. */
  readonly colours?: readonly string[];
}

/** Values below this share of all cells are drawn together at the end. */
const least = 0.01;

/** Parts of the bar, largest first, and the rest as one. */
export function shareParts(cells: readonly number[]): {
  readonly parts: readonly { readonly index: number; readonly cells: number }[];
  readonly rest: number;
} {
  const total = cells.reduce((sum, count) => sum + count, 0);
  const parts = cells
    .map((count, index) => ({ index, cells: count }))
    .filter((part) => part.cells > 0 && part.cells >= total * least)
    .sort((a, b) => b.cells - a.cells || a.index - b.index);
  return { parts, rest: total - parts.reduce((sum, part) => sum + part.cells, 0) };
}

/** The bar; a decoration beside the number of values, so it is hidden from screen readers. */
export function ShareBar({ cells, colours }: ShareBarProps) {
  const { parts, rest } = shareParts(cells);
  const grey = (rank: number): string =>
    `color-mix(in srgb, var(--ink-3) ${Math.max(24, 90 - 13 * rank)}%, var(--panel))`;
  return (
    <span className="share" aria-hidden="true">
      {parts.map((part, rank) => (
        <i
          key={part.index}
          style={{ '--c': colours?.[part.index] ?? grey(rank), flex: part.cells } as CSSProperties}
        />
      ))}
      {rest > 0 && <i style={{ '--c': 'var(--line-strong)', flex: rest } as CSSProperties} />}
    </span>
  );
}
