/** @file The checks on one axis: the floor's band first, then hollow marks of trivial methods, then these cells. */
import type { Ref } from 'react';
import type { Check } from '../../protocol/judge.ts';
import { baselineWords, marked, markPath, shortBaselines } from './baseline-marks.ts';
import { axis, most, multipleOf, ticks } from './floor-scale.ts';
import { ScaleTicks } from './ScaleTicks.tsx';

const ROW = 24;
const TOP = 22;
const LABELS = 176;
const NUMBERS = 116;
/** Room right of the axis on narrow screens. */
const FEW_NUMBERS = 108;

/** Height of a plot of this many checks, with its axis. */
function plotHeight(checks: number): number {
  return TOP + checks * ROW + 34;
}

/** Draws the checks `width` pixels wide. */
export function FloorPlot({
  checks,
  width,
  svg,
}: {
  checks: readonly Check[];
  width: number;
  svg?: Ref<SVGSVGElement>;
}) {
  const wide = width >= 430;
  const left = LABELS;
  const right = Math.max(left + 60, width - (wide ? NUMBERS : FEW_NUMBERS));
  const x = axis(left, right);
  const bottom = TOP + checks.length * ROW;
  const height = plotHeight(checks.length);
  return (
    <svg
      ref={svg}
      className="plot floor-plot"
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={nameOf(checks)}
    >
      <ScaleTicks
        multiples={ticks.filter((tick) => wide || tick === 1 || tick === 4 || tick === 16)}
        x={x}
        top={TOP}
        bottom={bottom}
      />
      <text x={x(1)} y={13} textAnchor="middle">
        real vs real
      </text>
      <text className="dim" x={width - 52} y={13} textAnchor="end">
        synthetic
      </text>
      <text className="dim" x={width} y={13} textAnchor="end">
        floor
      </text>
      {checks.map((check, row) => (
        <Row key={check.id} check={check} x={x} y={TOP + row * ROW} width={width} />
      ))}
      <text className="dim" x={(left + right) / 2} y={bottom + 30} textAnchor="middle">
        {wide
          ? 'distance from real cells, in multiples of the floor (left is better)'
          : 'multiples of the floor (left is better)'}
      </text>
    </svg>
  );
}

function nameOf(checks: readonly Check[]): string {
  const said = checks.map(({ name, inside }) => `${name}: ${inside ? 'inside' : 'outside'}`);
  return `Distance from real cells in multiples of the real-versus-real floor. ${said.join('; ')}.`;
}

interface RowProps {
  readonly check: Check;
  readonly x: (multiple: number) => number;
  readonly y: number;
  readonly width: number;
}

function Row({ check, x, y, width }: RowProps) {
  const middle = y + ROW / 2;
  const at = (value: number): number => x(multipleOf(check, value));
  const [low, high] = [at(check.low), Math.max(at(check.high), at(check.low) + 2)];
  const beyond = multipleOf(check, check.value) > most;
  const out = check.inside ? '' : 'out';
  return (
    <g>
      <rect className="floor" x={low} width={high - low} y={y + 2} height={ROW - 4} />
      <path className="floorline" d={`M${low} ${y + 2}v${ROW - 4}M${high} ${y + 2}v${ROW - 4}`} />
      <line
        className="floorline"
        strokeDasharray="2 2"
        x1={x(1)}
        x2={x(1)}
        y1={y + 2}
        y2={y + ROW - 2}
      />
      <text className="lab" x={0} y={middle + 4.5}>
        {check.name}
      </text>
      {check.interval && (
        <line
          className="whisker"
          x1={at(check.interval[0])}
          x2={at(check.interval[1])}
          y1={middle}
          y2={middle}
        />
      )}
      {marked.map((name) => {
        const value = check.baselines[name];
        return value === undefined ? null : (
          <path key={name} className="base" d={markPath(name, at(value), middle)} />
        );
      })}
      <circle className="syn" cx={at(check.value)} cy={middle} r={5}>
        <title>{check.says}</title>
      </circle>
      {beyond && (
        <text className="lab out" x={x(most) + 9} y={middle + 4.5}>
          ›
        </text>
      )}
      <text className={`lab ${out}`} x={width - 52} y={middle + 4.5} textAnchor="end">
        {check.shown}
      </text>
      <text x={width} y={middle + 4.5} textAnchor="end">
        {check.floorShown}
      </text>
    </g>
  );
}

/** What the marks mean. */
export function FloorKey() {
  return (
    <div className="row small floor-key">
      <span className="row">
        <svg width="12" height="12" className="plot" aria-hidden="true">
          <circle className="syn" cx="6" cy="6" r="4.6" />
        </svg>
        synthetic
      </span>
      <span className="row">
        <svg width="18" height="12" className="plot" aria-hidden="true">
          <rect className="floor" width="18" height="12" />
          <line className="floorline" x1="9" x2="9" y2="12" />
        </svg>
        floor
      </span>
      {marked.map((name) => (
        <span className="row" key={name} title={baselineWords[name]}>
          <svg width="12" height="12" className="plot" aria-hidden="true">
            <path className="base" d={markPath(name, 6, 6)} />
          </svg>
          {shortBaselines[name]}
        </span>
      ))}
    </div>
  );
}
