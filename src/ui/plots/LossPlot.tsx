/** @file One live loss curve, drawn as SVG: colours from the tokens, series named at their ends. */
import { line } from 'd3-shape';
import { memo, useRef } from 'react';
import { formatNumber } from '../../state/format.ts';
import type { LossPoint } from '../../state/types.ts';
import { tickText } from './histogram-bins.ts';
import { axisX, axisY, lastOf, lossColumns, spreadLabels, type Axis } from './loss-series.ts';
import type { LossColumns } from './loss-series.ts';
import { useSize } from './use-size.ts';
import { useThrottled } from './use-throttled.ts';

/** Properties of a loss curve. */
export interface LossPlotProps {
  readonly name: string;
  /** What x counts: "epoch" or "step". */
  readonly counts: string;
  readonly unit: string;
  readonly points: readonly LossPoint[];
  /** End of the x axis while training runs, or null: the last point. */
  readonly until: number | null;
}

/** Curves are redrawn at most five times a second. */
const interval = 200;
/** Room around the curve: y labels at the left, names of the series at the right, the x axis below. */
const room = { top: 8, right: 58, bottom: 34, left: 48 } as const;

function lossText(value: number): string {
  return value >= 100 ? formatNumber(value) : value.toPrecision(3);
}

/** Decimals that tell the ticks of an axis apart, at most 3. */
export function decimals(ticks: readonly number[]): number {
  const exact = (digits: number): boolean =>
    ticks.every((tick) => Math.abs(tick - Number(tick.toFixed(digits))) < 1e-9);
  return [0, 1, 2].find(exact) ?? 3;
}

/** The curve of training and held-out loss; the picture's name says the newest values. */
export function LossPlot({ name, counts, unit, points, until }: LossPlotProps) {
  const host = useRef<HTMLDivElement>(null);
  const { width, height } = useSize(host);
  const shown = useThrottled(points, interval);
  return (
    <div
      className="loss-plot"
      ref={host}
      role="img"
      aria-label={curveName(name, counts, unit, shown)}
    >
      {shown.length === 0 ? (
        <p className="wait">Not begun yet.</p>
      ) : (
        width >= 120 &&
        height >= 60 && (
          <Curve points={shown} width={width} height={height} counts={counts} until={until} />
        )
      )}
    </div>
  );
}

interface CurveProps extends Pick<LossPlotProps, 'points' | 'counts' | 'until'> {
  readonly width: number;
  readonly height: number;
}

const Curve = memo(function Curve({ points, width, height, counts, until }: CurveProps) {
  const columns = lossColumns(points);
  const [xs, train, heldOut] = columns;
  const right = width - room.right;
  const bottom = height - room.bottom;
  const x = axisX(columns, until, [room.left, right]);
  const y = axisY(columns, [bottom, room.top]);
  const present = until === null ? null : Math.round(x.scale(xs[xs.length - 1])) + 0.5;
  return (
    <svg width={width} height={height} aria-hidden="true">
      <AxisY axis={y} left={room.left} right={right} />
      <AxisX axis={x} at={bottom} label={counts} />
      {present !== null && (
        <line className="present" x1={present} x2={present} y1={room.top} y2={bottom} />
      )}
      <path className="held-out" d={pathOf(xs, heldOut, x, y)} />
      <path className="training" d={pathOf(xs, train, x, y)} />
      <EndLabels columns={columns} x={x} y={y} />
    </svg>
  );
});

/** The way through all measured points; gaps are bridged. */
function pathOf(xs: readonly number[], values: LossColumns[2], x: Axis, y: Axis): string {
  const measured = values.flatMap((value, index): [number, number][] =>
    value !== null && Number.isFinite(value) ? [[x.scale(xs[index]), y.scale(value)]] : [],
  );
  return line().digits(1)(measured) ?? '';
}

function AxisX({ axis, at, label }: { axis: Axis; at: number; label: string }) {
  const [left, right] = axis.scale.range();
  return (
    <g className="axis">
      <line x1={left} x2={right} y1={at + 0.5} y2={at + 0.5} />
      {axis.ticks.map((tick) => {
        const x = Math.round(axis.scale(tick));
        return (
          <g key={tick} transform={`translate(${x} ${at})`}>
            <line x1={0.5} x2={0.5} y1={0} y2={3} />
            <text y={15} textAnchor="middle">
              {tickText(tick)}
            </text>
          </g>
        );
      })}
      <text x={(left + right) / 2} y={at + 30} textAnchor="middle">
        {label}
      </text>
    </g>
  );
}

function AxisY({ axis, left, right }: { axis: Axis; left: number; right: number }) {
  const digits = decimals(axis.ticks);
  return (
    <g className="grid">
      {axis.ticks.map((tick) => {
        const y = Math.round(axis.scale(tick));
        return (
          <g key={tick} transform={`translate(0 ${y})`}>
            <line x1={left} x2={right} y1={0.5} y2={0.5} />
            <text x={left - 6} y={4} textAnchor="end">
              {tick >= 100 ? formatNumber(tick) : tick.toFixed(digits)}
            </text>
          </g>
        );
      })}
    </g>
  );
}

function EndLabels({ columns, x, y }: { columns: LossColumns; x: Axis; y: Axis }) {
  const [xs, train, heldOut] = columns;
  const first = lastOf(xs, train);
  const second = lastOf(xs, heldOut);
  const ends = [first, second].map((end) => (end ? y.scale(end.value) : 0));
  const [upper, lower] = first && second ? spreadLabels(ends[0], ends[1]) : ends;
  const right = Math.max(...[first, second].map((end) => (end ? x.scale(end.at) : 0))) + 7;
  return (
    <>
      {second && (
        <text className="end-label" x={right} y={lower + 4}>
          held-out
        </text>
      )}
      {first && (
        <text className="end-label training" x={right} y={upper + 4}>
          training
        </text>
      )}
    </>
  );
}

/** The curve in words: "Autoencoder loss by epoch: training 2,084, held-out 2,130 nats per cell at epoch 62". */
export function curveName(
  name: string,
  counts: string,
  unit: string,
  points: readonly LossPoint[],
): string {
  const last = points.at(-1);
  if (!last) return `${name} loss by ${counts}: not begun yet`;
  const measured = points.findLast(({ heldOut }) => heldOut !== null)?.heldOut ?? null;
  const held = measured === null ? '' : `, held-out ${lossText(measured)}`;
  return `${name} loss by ${counts}: training ${lossText(last.train)}${held} ${unit} at ${counts} ${formatNumber(last.at)}`;
}
