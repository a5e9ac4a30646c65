/** @file What was asked (rows) against what a classifier of real cells sees (columns), as shares of each row. */
import type { Confusion } from '../../state/actions/plots.ts';
import { formatNumber, formatPercent } from '../../state/format.ts';
import { sequenceColour } from '../map/colour-scale.ts';
import { shortName } from './ViolinPlot.tsx';

const left = 128;
const top = 96;

/** Share of each row, row-major; rows without cells are 0. */
export function rowShares({ categories, cells }: Confusion): number[] {
  const n = categories.length;
  return Array.from(cells, (count, at) => {
    const row = Math.floor(at / n);
    const sum = cells.subarray(row * n, (row + 1) * n).reduce((total, own) => total + own, 0);
    return sum > 0 ? count / sum : 0;
  });
}

/** Sentences for the cells with at least one synthetic cell in their row. */
export function confusionMarks({ categories, cells }: Confusion): string[] {
  const n = categories.length;
  const shares = rowShares({ categories, cells, realHits: null });
  return categories.flatMap((asked, row) =>
    categories.map(
      (seen, column) =>
        `Asked ${asked}, seen as ${seen}: ${formatNumber(cells[row * n + column])} cells, ${formatPercent(shares[row * n + column], 0)}.`,
    ),
  );
}

/** Properties of the plot. */
export interface ConfusionPlotProps {
  readonly confusion: Confusion;
  readonly width: number;
  readonly height: number;
  readonly active: number;
  readonly dark: boolean;
}

/** The matrix; darker is a larger share. */
export function ConfusionPlot({ confusion, width, height, active, dark }: ConfusionPlotProps) {
  const { categories } = confusion;
  const n = categories.length;
  const shares = rowShares(confusion);
  const step = Math.max(16, Math.min(38, (height - top - 6) / n, (width - left - 20) / n));
  return (
    <svg className="plot" width={width} height={height} viewBox={`0 0 ${width} ${height}`}>
      <text className="dim" x={left - 8} y={top - 8} textAnchor="end">
        asked ↓ seen as →
      </text>
      {categories.map((name, i) => (
        <g key={name}>
          <text className="tag" x={left - 8} y={top + step * (i + 0.5) + 4} textAnchor="end">
            {shortName(name, left - 8)}
            <title>{name}</title>
          </text>
          <text
            className="tag"
            transform={`translate(${left + step * (i + 0.5) + 3} ${top - 7}) rotate(-45)`}
          >
            {shortName(name, 104)}
          </text>
        </g>
      ))}
      {shares.map((share, at) => {
        const row = Math.floor(at / n);
        const column = at % n;
        const [red, green, blue] = sequenceColour(share, dark);
        const strong = dark ? share > 0.75 : share > 0.45;
        return (
          <g key={at} className={active === at ? 'mark on' : 'mark'}>
            <rect
              x={left + step * column + 0.5}
              y={top + step * row + 0.5}
              width={step - 1}
              height={step - 1}
              fill={`rgb(${Math.round(red)} ${Math.round(green)} ${Math.round(blue)})`}
            />
            {share >= 0.005 && step >= 24 && (
              <text
                x={left + step * (column + 0.5)}
                y={top + step * (row + 0.5) + 4}
                textAnchor="middle"
                fill={strong ? 'var(--stage)' : 'var(--ink)'}
                style={{ fill: strong ? 'var(--stage)' : 'var(--ink)' }}
              >
                {Math.round(100 * share)}
              </text>
            )}
          </g>
        );
      })}
    </svg>
  );
}
