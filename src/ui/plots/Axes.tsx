/** @file Axis lines, grid and tick texts of a plot. */
import type { NumberScale } from './scales.ts';
import { tickText, ticksOf } from './scales.ts';

/** Grid lines and values of the upright axis. */
export function LeftAxis(props: {
  readonly scale: NumberScale;
  readonly from: number;
  readonly to: number;
  readonly log?: boolean;
  readonly title?: string;
}) {
  const { scale, from, to, log = false, title } = props;
  return (
    <g>
      {ticksOf(scale, log).map((tick) => (
        <g key={tick}>
          <line className="gl" x1={from} x2={to} y1={scale(tick)} y2={scale(tick)} />
          <text x={from - 6} y={scale(tick) + 4} textAnchor="end">
            {tickText(tick)}
          </text>
        </g>
      ))}
      {title && (
        <text className="dim" x={from} y={9} textAnchor="start">
          {title}
        </text>
      )}
    </g>
  );
}

/** Line, ticks and values of the level axis, with its name at the end. */
export function BottomAxis(props: {
  readonly scale: NumberScale;
  readonly y: number;
  readonly log?: boolean;
  readonly title?: string;
}) {
  const { scale, y, log = false, title } = props;
  const [from, to] = scale.range();
  return (
    <g>
      <line className="ax" x1={from} x2={to} y1={y} y2={y} />
      {ticksOf(scale, log).map((tick) => (
        <g key={tick}>
          <line className="ax" x1={scale(tick)} x2={scale(tick)} y1={y} y2={y + 3} />
          <text x={scale(tick)} y={y + 15} textAnchor="middle">
            {tickText(tick)}
          </text>
        </g>
      ))}
      {title && (
        <text className="dim" x={to} y={y + 29} textAnchor="end">
          {title}
        </text>
      )}
    </g>
  );
}
