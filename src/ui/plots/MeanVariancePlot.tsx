/** @file Variance against mean of every gene's counts, real and synthetic, with the line of pure counting noise. */
import type { GeneMoments } from '../../protocol/study.ts';
import { BottomAxis, LeftAxis } from './Axes.tsx';
import { logScale, plotMargin } from './scales.ts';

/** Genes drawn at most; an even choice by mean shows the same cloud. */
export const mostGenesDrawn = 700;

/** Positions of at most so many genes with counts in real cells, evenly chosen by their mean. */
export function genesByMean({ realMean }: GeneMoments, most: number): number[] {
  const order = Array.from(realMean.keys())
    .filter((g) => realMean[g] > 0)
    .sort((a, b) => realMean[a] - realMean[b]);
  if (order.length <= most) return order;
  return Array.from({ length: most }, (_, i) => order[Math.floor(((i + 0.5) * order.length) / most)]); // prettier-ignore
}

/** Properties of the plot. */
export interface MeanVariancePlotProps {
  readonly moments: GeneMoments;
  readonly genes: readonly number[];
  readonly width: number;
  readonly height: number;
  readonly active: number;
}

/** Two clouds on log axes. */
export function MeanVariancePlot({ moments, genes, width, height, active }: MeanVariancePlotProps) {
  const { realMean, realVariance, syntheticMean, syntheticVariance } = moments;
  const both = genes.some((g) => Number.isFinite(syntheticMean[g]));
  const ends = (own: Float32Array, other: Float32Array): readonly [number, number] => {
    const values = genes.flatMap((g) => [own[g], other[g]]).filter((value) => value > 0);
    return [Math.min(...values), Math.max(...values)];
  };
  const x = logScale(...ends(realMean, syntheticMean), plotMargin.left, width - plotMargin.right);
  const y = logScale(...ends(realVariance, syntheticVariance), height - plotMargin.bottom, plotMargin.top); // prettier-ignore
  const [low, high] = x.domain();
  const [bottom, top] = y.domain();
  const from = Math.max(low, bottom);
  const to = Math.min(high, top);
  const dot = (g: number, mean: Float32Array, variance: Float32Array, name: string) =>
    mean[g] > 0 && variance[g] > 0 ? (
      <circle key={`${name} ${g}`} className={name} cx={x(mean[g])} cy={y(variance[g])} r={1.9} />
    ) : null;
  const read = active >= 0 ? genes[active] : -1;
  return (
    <svg className="plot" width={width} height={height} viewBox={`0 0 ${width} ${height}`}>
      <LeftAxis
        scale={y}
        from={plotMargin.left}
        to={width - plotMargin.right}
        log
        title="variance of counts"
      />
      {genes.map((g) => dot(g, realMean, realVariance, 'real-dot'))}
      {both && genes.map((g) => dot(g, syntheticMean, syntheticVariance, 'synthetic-dot thin'))}
      <line className="diagonal" x1={x(from)} y1={y(from)} x2={x(to)} y2={y(to)} />
      <text x={x(to) + 4} y={y(to) + 4}>
        Poisson
      </text>
      {read >= 0 && (
        <circle className="reading-ring" cx={x(realMean[read])} cy={y(realVariance[read])} r={6} />
      )}
      <BottomAxis scale={x} y={height - plotMargin.bottom} log title="mean counts" />
      <text className="name-real" x={width - plotMargin.right + 6} y={plotMargin.top + 30}>
        real
      </text>
      {both && (
        <text className="name-synthetic" x={width - plotMargin.right + 6} y={plotMargin.top + 46}>
          synthetic
        </text>
      )}
    </svg>
  );
}
