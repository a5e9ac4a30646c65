/** @file Quantiles of synthetic cells against the same quantiles of real cells; on the diagonal they agree. */
import type { CellValues } from '../../state/actions/plots.ts';
import { BottomAxis, LeftAxis } from './Axes.tsx';
import { evenQuantiles, linearScale, plotMargin } from './scales.ts';

/** Quantiles that are compared. */
export const qqPoints = 60;

/** Properties of the plot. */
export interface QqPlotProps {
  readonly values: CellValues;
  readonly unit: string;
  readonly width: number;
  readonly height: number;
  readonly active: number;
}

/** One dot a quantile, over the diagonal. */
export function QqPlot({ values, unit, width, height, active }: QqPlotProps) {
  const real = evenQuantiles(values.real, qqPoints);
  const made = evenQuantiles(values.synthetic, qqPoints);
  const tall = height - plotMargin.top - plotMargin.bottom;
  // wider than tall where there is room: only the diagonal must stay in view
  const wide = Math.min(width - plotMargin.left - plotMargin.right, 2 * tall);
  const low = Math.min(real[0], made[0]);
  const high = Math.max(real.at(-1) ?? 1, made.at(-1) ?? 1);
  const x = linearScale(low, high, plotMargin.left, plotMargin.left + wide);
  const y = linearScale(low, high, plotMargin.top + tall, plotMargin.top);
  const [from, to] = x.domain();
  return (
    <svg className="plot" width={width} height={height} viewBox={`0 0 ${width} ${height}`}>
      <LeftAxis
        scale={y}
        from={plotMargin.left}
        to={plotMargin.left + wide}
        title="synthetic cells"
      />
      <line className="diagonal" x1={x(from)} y1={y(from)} x2={x(to)} y2={y(to)} />
      <text x={x(to) + 5} y={y(to) + 4}>
        equal
      </text>
      {real.map((value, i) => (
        <circle
          key={i}
          className={active === i ? 'synthetic-dot on' : 'synthetic-dot'}
          cx={x(value)}
          cy={y(made[i])}
          r={active === i ? 5 : 2.6}
        />
      ))}
      <BottomAxis scale={x} y={plotMargin.top + tall} title={`real cells, ${unit}`} />
    </svg>
  );
}
