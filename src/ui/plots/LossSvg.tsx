/** @file A loss curve as SVG, for files and for where there is no canvas: series named at their ends. */
import { line } from 'd3-shape';
import { tickText } from './histogram-bins.ts';
import {
  axisX,
  axisY,
  decimals,
  lastOf,
  lossRoom as room,
  lossTick,
  spreadLabels,
  type Axis,
  type LossColumns,
} from './loss-series.ts';

/** A loss curve in a box of pixels. */
export interface LossView {
  readonly columns: LossColumns;
  /** What x counts: "epoch" or "step". */
  readonly counts: string;
  readonly unit: string;
  /** End of the x axis while training runs, or null: the last point. */
  readonly until: number | null;
  /** Where it is read, in x; null nowhere. */
  readonly reading: number | null;
  readonly width: number;
  readonly height: number;
}

/** The curve of training and held-out loss. */
export function LossSvg({ columns, counts, unit, until, reading, width, height }: LossView) {
  const [xs, train, heldOut] = columns;
  const right = width - room.right;
  const bottom = height - room.bottom;
  const x = axisX(columns, until, [room.left, right]);
  const y = axisY(columns, [bottom, room.top]);
  const present = until === null ? null : Math.round(x.scale(xs[xs.length - 1])) + 0.5;
  return (
    <svg
      className="plot loss-svg"
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      aria-hidden="true"
    >
      <text className="dim" x={room.left} y={9}>
        {unit}
      </text>
      <AxisY axis={y} left={room.left} right={right} />
      <AxisX axis={x} at={bottom} label={counts} />
      {present !== null && (
        <line className="present" x1={present} x2={present} y1={room.top} y2={bottom} />
      )}
      {reading !== null && (
        <line
          className="read-line"
          x1={x.scale(reading)}
          x2={x.scale(reading)}
          y1={room.top}
          y2={bottom}
        />
      )}
      <path className="held-out" d={pathOf(xs, heldOut, x, y)} />
      <path className="training" d={pathOf(xs, train, x, y)} />
      <EndLabels columns={columns} x={x} y={y} />
    </svg>
  );
}

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
              {lossTick(tick, digits)}
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
