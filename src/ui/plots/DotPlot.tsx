/** @file Genes against categories as half dots: left real, right synthetic; size is the share of cells, shade the mean. */
import type { GroupExpression } from '../../state/actions/plots.ts';
import { formatDecimal } from '../../state/format.ts';
import type { SequenceName } from '../../state/explore.ts';
import { sequenceColour } from '../map/colour-scale.ts';
import { fitText, textWidth } from './text-fit.ts';

/** Properties of the plot. */
export interface GridPlotProps {
  readonly data: GroupExpression;
  readonly width: number;
  readonly height: number;
  readonly active: number;
  readonly dark: boolean;
  /** The sequence that was chosen for the map; the house's own if left out. */
  readonly sequence?: SequenceName;
}

const top = 58;
const legend = 142;

/** Room at the left for the longest name of a category, within bounds. */
export function nameRoom(names: readonly string[]): number {
  return Math.min(208, Math.max(60, ...names.map((name) => textWidth(name) + 12)));
}

/** Half a disc about (x, y): −1 left, 1 right, 0 the whole disc. */
export function halfDisc(x: number, y: number, r: number, side: -1 | 0 | 1): string {
  if (side === 0) return `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;
  return `M${x} ${y - r}A${r} ${r} 0 0 ${side === 1 ? 1 : 0} ${x} ${y + r}Z`;
}

/** Largest mean of a gene over all groups and kinds, at least a little above 0. */
export function geneMaxima({ genes, groups }: GroupExpression): number[] {
  return genes.map((_, g) =>
    Math.max(
      1e-6,
      ...groups.flatMap(({ real, synthetic }) => [real[g].mean, synthetic?.[g].mean ?? 0]),
    ),
  );
}

/** One sentence a category and gene. */
export function gridMarks({ genes, groups }: GroupExpression): string[] {
  return groups.flatMap(({ name, real, synthetic }) =>
    genes.map((gene, g) => {
      const made = synthetic?.[g];
      const own = `${gene} in ${name}: real mean ${formatDecimal(real[g].mean, 2)} in ${Math.round(100 * real[g].fraction)} % of cells`;
      return made
        ? `${own}; synthetic ${formatDecimal(made.mean, 2)} in ${Math.round(100 * made.fraction)} %.`
        : `${own}.`;
    }),
  );
}

/** Colours of shares 0–1 in a sequence, as CSS. */
export const gridInk =
  (dark: boolean, sequence: SequenceName = 'house') =>
  (share: number): string => {
    const [red, green, blue] = sequenceColour(share, dark, sequence);
    return `rgb(${Math.round(red)} ${Math.round(green)} ${Math.round(blue)})`;
  };

/** Every sequence runs from dark to light but the house's own on a light ground. */
const lighterIsMore = (dark: boolean, sequence: SequenceName = 'house'): boolean =>
  dark || sequence !== 'house';

/** Least width of a grid: the names at the left, its scale at the right, 22 px a gene. */
export const gridLeast = ({ genes, groups }: GroupExpression): number =>
  nameRoom(groups.map(({ name }) => name)) + legend + 22 * Math.max(1, genes.length);

/** Names of the genes above and of the categories at the left. */
export function GridNames(props: {
  readonly data: GroupExpression;
  readonly x: (gene: number) => number;
  readonly y: (group: number) => number;
}) {
  const { data, x, y } = props;
  const left = nameRoom(data.groups.map(({ name }) => name));
  return (
    <>
      {data.genes.map((gene, g) => (
        <text
          key={gene}
          className="tag"
          transform={`translate(${x(g) + 4} ${top - 8}) rotate(-45)`}
          textAnchor="start"
        >
          {gene}
        </text>
      ))}
      {data.groups.map(({ name }, row) => (
        <text key={name} className="tag" x={left - 8} y={y(row) + 4} textAnchor="end">
          <title>{name}</title>
          {fitText(name, left - 10)}
        </text>
      ))}
    </>
  );
}

/** Places of a grid of genes and categories in a plot. */
export function gridPlaces(
  { genes, groups }: GroupExpression,
  width: number,
  height: number,
): {
  readonly x: (gene: number) => number;
  readonly y: (group: number) => number;
  readonly stepX: number;
  readonly stepY: number;
  /** Right end of the grid. */
  readonly end: number;
} {
  const left = nameRoom(groups.map(({ name }) => name));
  const stepX = Math.min(44, (width - left - legend) / Math.max(1, genes.length));
  const stepY = Math.min(30, (height - top - 8) / Math.max(1, groups.length));
  return {
    x: (gene) => left + stepX * (gene + 0.5),
    y: (group) => top + stepY * (group + 0.5),
    stepX,
    stepY,
    end: left + stepX * genes.length,
  };
}

/** The grid of half dots with its key at the right. */
export function DotPlot({ data, width, height, active, dark, sequence }: GridPlotProps) {
  const shade = gridInk(dark, sequence);
  const { x, y, stepX, stepY, end } = gridPlaces(data, width, height);
  const most = Math.max(2, Math.min(stepX, stepY) / 2 - 1);
  const maxima = geneMaxima(data);
  const keyX = end + 22;
  return (
    <svg className="plot" width={width} height={height} viewBox={`0 0 ${width} ${height}`}>
      <GridNames data={data} x={x} y={y} />
      {data.groups.map(({ name, real, synthetic }, row) => (
        <g key={name}>
          {data.genes.map((gene, g) => {
            const at = row * data.genes.length + g;
            const side = synthetic ? (-1 as const) : (0 as const);
            return (
              <g key={gene} className={active === at ? 'mark on' : 'mark'}>
                <path
                  d={halfDisc(x(g), y(row), most * Math.sqrt(real[g].fraction), side)}
                  fill={shade(real[g].mean / maxima[g])}
                />
                {synthetic && (
                  <path
                    className="synthetic-edge"
                    d={halfDisc(x(g) + 1, y(row), most * Math.sqrt(synthetic[g].fraction), 1)}
                    fill={shade(synthetic[g].mean / maxima[g])}
                  />
                )}
              </g>
            );
          })}
        </g>
      ))}
      <g transform={`translate(${keyX} ${top})`}>
        <text className="dim" x={0} y={-8}>
          cells with counts
        </text>
        {[0.25, 0.5, 1].map((share, i) => (
          <g key={share} transform={`translate(10 ${10 + 22 * i})`}>
            <path d={halfDisc(0, 0, most * Math.sqrt(share), 0)} fill={shade(0.6)} />
            <text x={18} y={4}>
              {100 * share} %
            </text>
          </g>
        ))}
        <text className="dim" x={0} y={78}>
          {lighterIsMore(dark, sequence) ? 'lighter' : 'darker'}: higher mean
        </text>
        {data.groups[0]?.synthetic && (
          <text x={0} y={98}>
            left half: real
          </text>
        )}
        {data.groups[0]?.synthetic && (
          <text className="name-synthetic" x={0} y={112}>
            right half: synthetic
          </text>
        )}
      </g>
    </svg>
  );
}
