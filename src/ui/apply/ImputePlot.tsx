/** @file Hidden counts against what was filled in: means of each way by the hidden count, and the range of what is written. */
import type { ImputeAnswer } from '../../protocol/apply.ts';
import { formatDecimal, formatNumber } from '../../state/format.ts';
import '../plots/plot-figure.css';
import { PlotFigure } from '../plots/PlotFigure.tsx';
import { plotMargin } from '../plots/scales.ts';

type Test = NonNullable<ImputeAnswer['test']>;
type Bin = Test['byCount'][number];

const ticks = [0, 1, 2, 5, 10, 20, 50, 100, 200, 500];
/** Ways beside what is written, with their marks. */
const others = [
  ['nearest', 'kNN-smoothing'],
  ['kind', 'means of kinds'],
] as const;

const binName = ({ from, to }: Bin): string =>
  from === to ? formatNumber(from) : `${formatNumber(from)}–${formatNumber(to)}`;

/** The plot with its table and files. */
export function ImputePlot({ test }: { test: Test }) {
  const bins = test.byCount;
  if (bins.length < 2) return null;
  const marks = bins.map(
    (bin) =>
      `${binName(bin)} hidden, ${formatNumber(bin.entries)} entries: written ${formatDecimal(bin.means.combined ?? 0, 2)} on average, 80 per cent between ${formatDecimal(bin.low, 2)} and ${formatDecimal(bin.high, 2)}.`,
  );
  return (
    <div className="impute-plot">
      <PlotFigure
        title="Filled in against what was hidden"
        kind="imputation"
        says={`What is written for hidden counts, by the count that was hidden. ${marks.join(' ')}`}
        caption="Expected counts that imputation writes for hidden counts of held-out cells: mean and the range of 80 %, beside kNN-smoothing and means of kinds; line: equal."
        marks={marks}
        table={{
          head: ['hidden count', 'entries', 'mean hidden', 'written', '10 %', '90 %', 'kNN-smoothing', 'means of kinds'], // prettier-ignore
          rows: bins.map((bin) => [binName(bin), bin.entries, bin.hidden, bin.means.combined ?? NaN, bin.low, bin.high, bin.means.nearest ?? NaN, bin.means.kind ?? NaN]), // prettier-ignore
        }}
      >
        {({ width, height, active }) => <Plot {...{ bins, width, height, active }} />}
      </PlotFigure>
    </div>
  );
}

function Plot(props: {
  readonly bins: readonly Bin[];
  readonly width: number;
  readonly height: number;
  readonly active: number;
}) {
  const { bins, width, height, active } = props;
  const { top, bottom, left } = plotMargin;
  const right = 132;
  const floor = height - bottom;
  const most = Math.max(1, ...bins.map((bin) => Math.max(bin.high, bin.hidden)));
  const y = (value: number): number => floor - ((floor - top) * Math.log1p(value)) / Math.log1p(most); // prettier-ignore
  const step = (width - left - right) / bins.length;
  const x = (k: number): number => left + (k + 0.5) * step;
  const shown = ticks.filter((tick) => tick <= most);
  return (
    <svg className="plot" width={width} height={height} viewBox={`0 0 ${width} ${height}`}>
      {shown.map((tick) => (
        <g key={tick}>
          <line className="gl" x1={left} x2={width - right} y1={y(tick)} y2={y(tick)} />
          <text x={left - 6} y={y(tick) + 4} textAnchor="end">
            {formatNumber(tick)}
          </text>
        </g>
      ))}
      <text className="dim" x={left} y={9}>
        filled in
      </text>
      {bins.map((bin, k) => (
        <g key={bin.from} className={active === k ? 'mark on' : 'mark'}>
          <line className="synthetic-edge" x1={x(k)} x2={x(k)} y1={y(bin.low)} y2={y(bin.high)} />
          <line
            className="diagonal"
            x1={x(k) - 0.36 * step}
            x2={x(k) + 0.36 * step}
            y1={y(bin.hidden)}
            y2={y(bin.hidden)}
          />
          <Others bin={bin} x={x(k)} y={y} />
          <circle className="synthetic-dot" cx={x(k)} cy={y(bin.means.combined ?? 0)} r={4} />
          <text x={x(k)} y={floor + 15} textAnchor="middle">
            {binName(bin)}
          </text>
        </g>
      ))}
      <line className="ax" x1={left} x2={width - right} y1={floor} y2={floor} />
      <text className="dim" x={width - right} y={floor + 29} textAnchor="end">
        hidden count
      </text>
      <Key at={width - right + 14} />
    </svg>
  );
}

function Others({ bin, x, y }: { bin: Bin; x: number; y: (value: number) => number }) {
  const { nearest, kind } = bin.means;
  return (
    <>
      {nearest !== undefined && <path className="other-mark" d={diamond(x - 12, y(nearest))} />}
      {kind !== undefined && <path className="other-mark" d={triangle(x + 12, y(kind))} />}
    </>
  );
}

const diamond = (x: number, y: number): string => `M${x} ${y - 4.5}l4.5 4.5l-4.5 4.5l-4.5 -4.5z`;
const triangle = (x: number, y: number): string => `M${x} ${y - 4.5}l4.5 8h-9z`;

/** What the marks mean. */
function Key({ at }: { at: number }) {
  return (
    <g>
      <circle className="synthetic-dot" cx={at} cy={22} r={4} />
      <text x={at + 10} y={26}>
        written, 80 %
      </text>
      <path className="other-mark" d={diamond(at, 40)} />
      <path className="other-mark" d={triangle(at, 58)} />
      {others.map(([method, name], k) => (
        <text key={method} x={at + 10} y={44 + 18 * k}>
          {name}
        </text>
      ))}
      <line className="diagonal" x1={at - 6} x2={at + 6} y1={76} y2={76} />
      <text x={at + 10} y={80}>
        what was hidden
      </text>
    </g>
  );
}
