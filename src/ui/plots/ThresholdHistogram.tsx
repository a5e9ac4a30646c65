/** @file A histogram of a quality measure with two grips: cells outside them are left out. */
import { useMemo, useRef, type KeyboardEvent, type PointerEvent } from 'react';
import { formatNumber } from '../../state/format.ts';
import type { Range } from '../../state/types.ts';
import {
  axisOf,
  histogramOf,
  roundOnAxis,
  tickText,
  ticksOf,
  type Histogram,
  type ShareAxis,
} from './histogram-bins.ts';
import './plots.css';
import { useSize } from './use-size.ts';

/** Properties of the histogram. */
export interface ThresholdHistogramProps {
  /** What is counted, e.g. "Counts per cell"; the sliders are "Lowest …" and "Highest …" with a small first letter. */
  readonly label: string;
  readonly values: Float32Array;
  readonly log: boolean;
  readonly range: Range;
  readonly onChange: (range: Range) => void;
  /** Said after numbers, e.g. "%". */
  readonly unit?: string;
  /** Only the upper limit can be set. */
  readonly upperOnly?: boolean;
}

type Side = 'min' | 'max';

const height = 74;
const foot = 18;
const edge = 6;
const bars = 28;

/** The limits in words: "1,100 to 12,000", "from 500", "up to 12 %", "no limit". */
export function rangeText(range: Range, unit = ''): string {
  const text = (value: number): string =>
    `${value >= 100 ? formatNumber(value) : String(value)}${unit === '' ? '' : `\u2009${unit}`}`;
  if (range.min !== null && range.max !== null)
    return `${range.min >= 100 ? formatNumber(range.min) : range.min} to ${text(range.max)}`;
  if (range.min !== null) return `from ${text(range.min)}`;
  return range.max === null ? 'no limit' : `up to ${text(range.max)}`;
}

/** Where a key moves a grip on its axis (shares 0–1); null is "no limit", undefined no move. */
export function gripKey(key: string, share: number, side: Side): number | null | undefined {
  const step = { ArrowLeft: -0.01, ArrowDown: -0.01, ArrowRight: 0.01, ArrowUp: 0.01 }[key];
  const page = { PageDown: -0.1, PageUp: 0.1 }[key];
  if (step !== undefined) return share + step;
  if (page !== undefined) return share + page;
  if (key === 'Home') return side === 'min' ? null : 0;
  if (key === 'End') return side === 'max' ? null : 1;
  return key === 'Backspace' || key === 'Delete' ? null : undefined;
}

/** Bars with the cut part lighter, an axis, and two draggable grips that are sliders. */
export function ThresholdHistogram(props: ThresholdHistogramProps) {
  const { label, values, log, range, onChange, unit = '', upperOnly = false } = props;
  const box = useRef<HTMLDivElement>(null);
  const { width } = useSize(box);
  const histogram = useMemo(() => histogramOf(values, log, bars), [values, log]);
  const axis = useMemo(
    () => (histogram ? axisOf(histogram.low, histogram.high, log) : null),
    [histogram, log],
  );
  return (
    <figure className="threshold">
      <figcaption>
        {label}
        <span className="small">{rangeText(range, unit)}</span>
      </figcaption>
      <div ref={box} className="box">
        {histogram && axis && width > 0 && (
          <Drawing {...{ label, range, onChange, unit, upperOnly, histogram, axis, width }} />
        )}
      </div>
    </figure>
  );
}

interface DrawingProps {
  readonly label: string;
  readonly range: Range;
  readonly onChange: (range: Range) => void;
  readonly unit: string;
  readonly upperOnly: boolean;
  readonly histogram: Histogram;
  readonly axis: ShareAxis;
  readonly width: number;
}

function Drawing(props: DrawingProps) {
  const { label, range, onChange, unit, upperOnly, histogram, axis, width } = props;
  const length = width - 2 * edge;
  const base = height - foot;
  const x = (value: number): number => edge + Math.min(1, Math.max(0, axis.place(value))) * length;
  const top = Math.max(1, ...histogram.bins.map(({ cells }) => cells));
  const move = (side: Side, share: number | null): void => {
    const value =
      share === null || (side === 'min' ? share <= 0 : share >= 1)
        ? null
        : roundOnAxis(axis.value(share), histogram);
    const other = side === 'min' ? range.max : range.min;
    const crossed =
      value !== null && other !== null && (side === 'min' ? value > other : value < other);
    onChange({ ...range, [side]: crossed ? other : value });
  };
  return (
    <svg className="plot" width={width} height={height} role="group" aria-label={label}>
      {histogram.bins.map(({ from, to, cells }) => {
        const middle = axis.value((axis.place(from) + axis.place(to)) / 2);
        const cut =
          (range.min !== null && middle < range.min) || (range.max !== null && middle > range.max);
        const tall = (cells / top) * (base - 8);
        return cells === 0 ? null : (
          <rect
            key={from}
            className={cut ? 'bars cut' : 'bars'}
            x={x(from) + 0.4}
            y={base - Math.max(0.7, tall)}
            width={Math.max(0.5, x(to) - x(from) - 0.8)}
            height={Math.max(0.7, tall)}
          />
        );
      })}
      <line className="ax" x1={edge} x2={width - edge} y1={base} y2={base} />
      {ticksOf(histogram, width < 180 ? 3 : 5).map((tick) => (
        <g key={tick} aria-hidden="true">
          <line className="ax" x1={x(tick)} x2={x(tick)} y1={base} y2={base + 3} />
          <text x={Math.min(width - 12, Math.max(8, x(tick)))} y={base + 14} textAnchor="middle">
            {tickText(tick)}
          </text>
        </g>
      ))}
      {(upperOnly ? (['max'] as const) : (['min', 'max'] as const)).map((side) => (
        <Grip
          key={side}
          side={side}
          name={`${side === 'min' ? 'Lowest' : 'Highest'} ${label.charAt(0).toLowerCase()}${label.slice(1)}`}
          value={range[side]}
          at={range[side] === null ? (side === 'min' ? edge : width - edge) : x(range[side])}
          unit={unit}
          share={(px) => (px - edge) / length}
          histogram={histogram}
          onMove={(share) => move(side, share)}
        />
      ))}
    </svg>
  );
}

interface GripProps {
  readonly side: Side;
  readonly name: string;
  readonly value: number | null;
  readonly at: number;
  readonly unit: string;
  readonly share: (px: number) => number;
  readonly histogram: Histogram;
  readonly onMove: (share: number | null) => void;
}

function Grip({ side, name, value, at, unit, share, histogram, onMove }: GripProps) {
  const shown = value ?? (side === 'min' ? histogram.low : histogram.high);
  const onPointerDown = (event: PointerEvent<SVGGElement>): void => {
    event.preventDefault();
    event.currentTarget.focus();
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  const onPointerMove = (event: PointerEvent<SVGGElement>): void => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const left = event.currentTarget.ownerSVGElement?.getBoundingClientRect().left ?? 0;
    onMove(share(event.clientX - left));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = gripKey(event.key, share(at), side);
    if (next === undefined) return;
    event.preventDefault();
    onMove(next);
  };
  return (
    <g
      className="grip-handle"
      role="slider"
      tabIndex={0}
      aria-label={name}
      aria-valuemin={histogram.low}
      aria-valuemax={histogram.high}
      aria-valuenow={shown}
      aria-valuetext={
        value === null
          ? 'no limit'
          : rangeText({ min: null, max: value }, unit).replace('up to ', '')
      }
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onDoubleClick={() => onMove(null)}
      onKeyDown={onKeyDown}
    >
      <rect x={at - 12} y={0} width={24} height={height - foot} fill="transparent" />
      <line className="thr" x1={at} x2={at} y1={4} y2={height - foot} />
      <rect className="handle" x={at - 4} y={1} width={8} height={15} rx={2.5} />
    </g>
  );
}
