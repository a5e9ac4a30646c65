/** @file Two histograms in one axis: real cells as grey steps, synthetic cells as a line, as shares of their kind. */
import { area, curveStepAfter, line } from 'd3-shape';
import type { CellValues } from '../../state/actions/plots.ts';
import { BottomAxis, LeftAxis } from './Axes.tsx';
import { histogramShares, linearScale, plotMargin } from './scales.ts';

/** Bins of every histogram. */
export const histogramBins = 36;

/** Lowest and highest value of both kinds, cut at the 99.5th percentile of the real cells if those of few lie far out. */
export function sharedRange({ real, synthetic }: CellValues): readonly [number, number] {
  const sorted = real.slice().sort();
  const far = sorted[Math.min(sorted.length - 1, Math.floor(0.995 * sorted.length))] ?? 1;
  let low = Infinity;
  let high = -Infinity;
  for (const values of [real, synthetic])
    for (const value of values) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  if (!(low <= high)) return [0, 1];
  return [low, Math.max(low + 1e-9, Math.min(high, far * 1.15))];
}

/** Properties of the plot. */
export interface HistogramPlotProps {
  readonly values: CellValues;
  readonly unit: string;
  readonly width: number;
  readonly height: number;
  readonly active: number;
}

/** The two histograms with their names at the highest bins. */
export function HistogramPlot({ values, unit, width, height, active }: HistogramPlotProps) {
  const [low, high] = sharedRange(values);
  const shares = (own: Float32Array): number[] => histogramShares(own, low, high, histogramBins);
  const real = shares(values.real);
  const made = values.synthetic.length > 0 ? shares(values.synthetic) : null;
  const x = linearScale(low, high, plotMargin.left, width - plotMargin.right);
  const y = linearScale(0, Math.max(...real, ...(made ?? [0])), height - plotMargin.bottom, plotMargin.top); // prettier-ignore
  const edge = (bin: number): number => x(low + ((high - low) * bin) / histogramBins);
  const closed = (own: readonly number[]): number[] => [...own, own.at(-1) ?? 0];
  const filled = area<number>()
    .x((_, bin) => edge(bin))
    .y0(y(0))
    .y1((share) => y(share))
    .curve(curveStepAfter);
  const drawn = line<number>()
    .x((_, bin) => edge(bin))
    .y((share) => y(share))
    .curve(curveStepAfter);
  const top = (own: readonly number[]): number => own.indexOf(Math.max(...own));
  return (
    <svg className="plot" width={width} height={height} viewBox={`0 0 ${width} ${height}`}>
      <LeftAxis
        scale={y}
        from={plotMargin.left}
        to={width - plotMargin.right}
        title="share of cells"
      />
      <path className="hist real" d={filled(closed(real)) ?? ''} />
      {made && <path className="hist synthetic" d={drawn(closed(made)) ?? ''} />}
      {active >= 0 && (
        <rect
          className="reading"
          x={edge(active)}
          width={Math.max(1, edge(active + 1) - edge(active))}
          y={plotMargin.top}
          height={y(0) - plotMargin.top}
        />
      )}
      <BottomAxis scale={x} y={height - plotMargin.bottom} title={unit} />
      <text className="name-real" x={edge(top(real) + 1) + 6} y={y(Math.max(...real)) + 8}>
        real
      </text>
      {made && (
        <text
          className="name-synthetic"
          x={edge(top(made) + 1) + 6}
          y={
            y(Math.max(...made)) +
            (Math.abs(y(Math.max(...made)) - y(Math.max(...real))) < 14 ? 22 : 8)
          }
        >
          synthetic
        </text>
      )}
    </svg>
  );
}
