/** @file What was asked (rows) against what a classifier of real cells sees (columns), as shares of each row. */
import type { Confusion } from '../../state/actions/plots.ts';
import type { SequenceName } from '../../state/explore.ts';
import { formatNumber, formatPercent } from '../../state/format.ts';
import { sequenceColour } from '../map/colour-scale.ts';
import { inkOn } from '../map/oklab.ts';
import { gridInk, nameRoom } from './DotPlot.tsx';
import { fitText } from './text-fit.ts';

const top = 84;
/** Room at the right for slanted names and the key. */
const right = 110;

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
  /** The sequence that was chosen for the map. */
  readonly sequence: SequenceName;
}

/** The matrix in the map's sequence, with its key at the right. */
export function ConfusionPlot(props: ConfusionPlotProps) {
  const { confusion, width, height, active, dark, sequence } = props;
  const { categories } = confusion;
  const n = categories.length;
  const shares = rowShares(confusion);
  const left = nameRoom(categories);
  const stepX = Math.max(18, Math.min(64, (width - left - right) / n));
  const stepY = Math.max(16, Math.min(38, (height - top - 6) / n));
  const roomy = stepX >= 26;
  const colour = gridInk(dark, sequence);
  return (
    <svg className="plot" width={width} height={height} viewBox={`0 0 ${width} ${height}`}>
      <text className="dim" x={left - 8} y={top - 8} textAnchor="end">
        asked ↓ seen as →
      </text>
      {categories.map((name, i) => (
        <g key={name}>
          <text className="tag" x={left - 8} y={top + stepY * (i + 0.5) + 4} textAnchor="end">
            <title>{name}</title>
            {fitText(name, left - 10)}
          </text>
          <text
            className="tag"
            transform={`translate(${left + stepX * (i + 0.5)} ${top - 7}) rotate(-${roomy ? 30 : 45})`}
          >
            <title>{name}</title>
            {fitText(name, 104)}
          </text>
        </g>
      ))}
      {shares.map((share, at) => {
        const row = Math.floor(at / n);
        const column = at % n;
        return (
          <g key={at} className={active === at ? 'mark on' : 'mark'}>
            <rect
              x={left + stepX * column + 0.5}
              y={top + stepY * row + 0.5}
              width={stepX - 1}
              height={stepY - 1}
              fill={colour(share)}
            />
            {share >= 0.005 && roomy && (
              <text
                x={left + stepX * (column + 0.5)}
                y={top + stepY * (row + 0.5) + 4}
                textAnchor="middle"
                style={{ fill: inkOn(sequenceColour(share, dark, sequence)) }}
              >
                {Math.round(100 * share)}
              </text>
            )}
          </g>
        );
      })}
      <g transform={`translate(${left + stepX * n + 16} ${top})`}>
        {[1, 0.75, 0.5, 0.25, 0].map((share, i) => (
          <g key={share} transform={`translate(0 ${15 * i})`}>
            <rect width={12} height={12} fill={colour(share)} />
            <text x={18} y={10}>
              {100 * share} %
            </text>
          </g>
        ))}
        <text className="dim" x={0} y={92}>
          of the row
        </text>
      </g>
    </svg>
  );
}
