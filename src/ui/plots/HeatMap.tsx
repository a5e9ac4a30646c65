/** @file Mean expression of genes by category as a grid: upper half real, lower half synthetic, each gene scaled to its largest mean. */
import { geneMaxima, gridInk, GridNames, gridPlaces, type GridPlotProps } from './DotPlot.tsx';

/** The grid with its scale at the right. */
export function HeatMap({ data, width, height, active, dark, sequence }: GridPlotProps) {
  const shade = gridInk(dark, sequence);
  const { x, y, stepX, stepY } = gridPlaces(data, width, height);
  const maxima = geneMaxima(data);
  const keyX = x(data.genes.length - 1) + stepX / 2 + 18;
  const both = data.groups[0]?.synthetic !== null;
  return (
    <svg className="plot" width={width} height={height} viewBox={`0 0 ${width} ${height}`}>
      <GridNames data={data} x={x} y={y} />
      {data.groups.map(({ name, real, synthetic }, row) => (
        <g key={name}>
          {data.genes.map((gene, g) => {
            const at = row * data.genes.length + g;
            const edge = { x: x(g) - stepX / 2 + 0.5, width: stepX - 1 };
            const upper = y(row) - stepY / 2 + 0.5;
            const tall = (stepY - 1) / (synthetic ? 2 : 1);
            return (
              <g key={gene} className={active === at ? 'mark on' : 'mark'}>
                <rect {...edge} y={upper} height={tall} fill={shade(real[g].mean / maxima[g])} />
                {synthetic && (
                  <rect
                    {...edge}
                    y={upper + tall}
                    height={tall}
                    fill={shade(synthetic[g].mean / maxima[g])}
                  />
                )}
              </g>
            );
          })}
        </g>
      ))}
      <g transform={`translate(${keyX} ${y(0) - stepY / 2})`}>
        <text className="dim" x={0} y={-8}>
          mean of the gene
        </text>
        {Array.from({ length: 12 }, (_, i) => (
          <rect key={i} x={0} y={8 * i} width={10} height={8.5} fill={shade(1 - i / 11)} />
        ))}
        <text x={15} y={9}>
          largest
        </text>
        <text x={15} y={96}>
          0
        </text>
        {both && (
          <text x={0} y={114}>
            upper half: real
          </text>
        )}
        {both && (
          <text className="name-synthetic" x={0} y={128}>
            lower half: synthetic
          </text>
        )}
      </g>
    </svg>
  );
}
