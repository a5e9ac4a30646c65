/** @file Violins in halves: real cells left in grey, synthetic cells right in the accent, one axis for all. */
import { area, curveLinear } from 'd3-shape';
import type { SetExpression } from '../../protocol/study.ts';
import { formatNumber } from '../../state/format.ts';
import { LeftAxis } from './Axes.tsx';
import { linearScale, type NumberScale } from './scales.ts';
import { textWidth, wrapText } from './text-fit.ts';

/** One violin: two halves, either may be missing. */
export interface ViolinPair {
  readonly name: string;
  readonly real: SetExpression | null;
  readonly synthetic: SetExpression | null;
}

/** Properties of the plot. */
export interface ViolinPlotProps {
  readonly pairs: readonly ViolinPair[];
  readonly width: number;
  readonly height: number;
  readonly active: number;
  readonly unit: string;
  /** What the halves are; the right one in the accent when it is synthetic. */
  readonly names?: readonly [string, string];
}

const top = 16;
/** Room for the numbers of cells, and for each line of a name above them. */
const numbersRoom = 20;
const lineRoom = 13;
/** Lines of a name at most, in a low and in a high plot. */
const fewLines = 2;
const mostLines = 3;
const highFrom = 220;
const left = 40;

/** Widest density of a violin: its halves compare with each other, and no violin is too thin to read. */
function widest({ real, synthetic }: ViolinPair): number {
  let most = 0;
  for (const half of [real, synthetic])
    if (half) for (const value of half.density) most = Math.max(most, value);
  return most || 1;
}

/** Text of one violin. */
export function violinText(
  { name, real, synthetic }: ViolinPair,
  names: readonly [string, string] = ['real', 'synthetic'],
): string {
  const side = (kind: string, half: SetExpression | null): string =>
    half && half.cells > 0
      ? `${kind} median ${half.median.toFixed(2)}, ${Math.round(100 * half.fraction)} % of ${formatNumber(half.cells)} cells`
      : `no ${kind} cells`;
  return `${name}: ${side(names[0], real)}; ${side(names[1], synthetic)}.`;
}

function cellsOf({ real, synthetic }: ViolinPair): string {
  const own = formatNumber(real?.cells ?? 0);
  return synthetic ? `${own} | ${formatNumber(synthetic.cells)}` : own;
}

/** The violins side by side. */
export function ViolinPlot(props: ViolinPlotProps) {
  const { pairs, width, height, active, unit, names = ['real', 'synthetic'] } = props;
  const right = names[1] === 'synthetic' ? 'synthetic' : 'others';
  const high = pairs.reduce(
    (most, { real, synthetic }) => Math.max(most, real?.high ?? 0, synthetic?.high ?? 0),
    0,
  );
  const step = (width - left - 64) / Math.max(1, pairs.length);
  const labels = pairs.map(({ name }) =>
    wrapText(name, step - 4, height < highFrom ? fewLines : mostLines),
  );
  const lines = Math.max(1, ...labels.map((own) => own.length));
  const floor = height - numbersRoom - lineRoom * lines;
  const y = linearScale(0, high, floor, top);
  const half = Math.min(34, step * 0.42);
  const last = pairs.at(-1);
  const sizes = pairs.map(cellsOf);
  // Numbers of cells under every violin where there is room; else once, or under the violin that is read.
  const roomy = sizes.every((text) => textWidth(text) <= step - 4);
  const alike = new Set(sizes).size === 1;
  return (
    <svg className="plot violins" width={width} height={height} viewBox={`0 0 ${width} ${height}`}>
      <LeftAxis scale={y} from={left} to={width - 60} title={unit} />
      {pairs.map((pair, i) => {
        const x = left + step * (i + 0.5);
        const scale = half / widest(pair);
        return (
          <g key={pair.name} className={active === i ? 'on' : undefined}>
            <Half own={pair.real} x={x} y={y} scale={-scale} kind="real" half={half} />
            <Half own={pair.synthetic} x={x} y={y} scale={scale} kind={right} half={half} />
            <text className="tag" x={x} y={floor + lineRoom} textAnchor="middle">
              <title>{pair.name}</title>
              {labels[i].map((own, at) => (
                <tspan key={at} x={x} dy={at === 0 ? 0 : lineRoom}>
                  {own}
                </tspan>
              ))}
            </text>
            {(roomy || (!alike && active === i)) && (
              <text x={x} y={height - 5} textAnchor="middle">
                {sizes[i]}
              </text>
            )}
          </g>
        );
      })}
      {!roomy && alike && (
        <text x={left + (step * pairs.length) / 2} y={height - 5} textAnchor="middle">
          {sizes[0]} cells each
        </text>
      )}
      {last && (
        <EndNames
          last={last}
          x={left + step * (pairs.length - 0.5) + half + 5}
          y={y}
          lowest={floor - 4}
          names={names}
          kind={right}
        />
      )}
    </svg>
  );
}

/** The two kinds, named beside the last violin. */
function EndNames({
  last,
  x,
  y,
  lowest,
  names,
  kind,
}: {
  readonly last: ViolinPair;
  readonly x: number;
  readonly y: NumberScale;
  readonly lowest: number;
  readonly names: readonly [string, string];
  readonly kind: string;
}) {
  const own = y(last.real?.median ?? 0);
  const made = y(last.synthetic?.median ?? 0);
  const close = Math.abs(own - made) < 13;
  // names stay above the axis
  const middle = Math.min((own + made) / 2, lowest - 11);
  const at = (alone: number, shift: number): number =>
    close ? middle + shift + 4 : Math.min(alone + 4, lowest);
  return (
    <>
      <text className="name-real" x={x} y={at(own, -7)}>
        {names[0]}
      </text>
      {last.synthetic && (
        <text className={`name-${kind}`} x={x} y={at(made, 7)}>
          {names[1]}
        </text>
      )}
    </>
  );
}

interface HalfProps {
  readonly own: SetExpression | null;
  readonly x: number;
  readonly y: NumberScale;
  /** Pixels per density; negative to the left. */
  readonly scale: number;
  readonly kind: 'real' | 'synthetic' | 'others';
  readonly half: number;
}

function Half({ own, x, y, scale, kind, half }: HalfProps) {
  if (!own || own.cells === 0) return null;
  const points = own.density.length;
  const at = (p: number): number => own.low + ((own.high - own.low) * p) / Math.max(1, points - 1);
  const shape = area<number>()
    .y((_, p) => y(at(p)))
    .x0(x)
    .x1((density) => x + density * scale)
    .curve(curveLinear);
  const side = scale < 0 ? -half : half;
  return (
    <>
      {points > 0 && <path className={`violin ${kind}`} d={shape(Array.from(own.density)) ?? ''} />}
      <line
        className={`median ${kind}`}
        x1={x}
        x2={x + side * 0.8}
        y1={y(own.median)}
        y2={y(own.median)}
      />
    </>
  );
}
