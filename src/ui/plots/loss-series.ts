/** @file Loss points as the columns that a curve draws, and what a curve's axes show of them. */
import { extent } from 'd3-array';
import { scaleLinear, type ScaleLinear } from 'd3-scale';
import type { LossPoint } from '../../state/types.ts';

/** Columns x, training, held-out; held-out is null where it was not measured. */
export type LossColumns = [number[], number[], (number | null)[]];

/** Points drawn at most; a longer curve is thinned evenly, keeping its last point and every measured held-out loss. */
const mostPoints = 600;
/** Ticks on an axis at most. */
const mostTicks = 5;

/** Turns points into columns; not finite losses become gaps. */
export function lossColumns(points: readonly LossPoint[]): LossColumns {
  const stride = Math.max(1, Math.ceil(points.length / mostPoints));
  const kept = points.filter(
    (point, index) => index % stride === 0 || index === points.length - 1 || point.heldOut !== null,
  );
  return [
    kept.map(({ at }) => at),
    kept.map(({ train }) => (Number.isFinite(train) ? train : Number.NaN)),
    kept.map(({ heldOut }) => (heldOut !== null && Number.isFinite(heldOut) ? heldOut : null)),
  ];
}

/** The last measured value of a column and where; null if there is none. */
export function lastOf(
  xs: readonly number[],
  values: readonly (number | null)[],
): { readonly at: number; readonly value: number } | null {
  for (let index = values.length - 1; index >= 0; index -= 1) {
    const value = values[index];
    if (value !== null && Number.isFinite(value)) return { at: xs[index], value };
  }
  return null;
}

/** Heights of two end labels, moved apart so that 15 px lie between them; order is kept. */
export function spreadLabels(first: number, second: number): readonly [number, number] {
  const gap = 15;
  const apart = Math.abs(first - second);
  if (apart >= gap) return [first, second];
  const push = (gap - apart) / 2;
  return first <= second ? [first - push, second + push] : [first + push, second - push];
}

/** A linear scale with its ticks, at most five. */
export interface Axis {
  readonly scale: ScaleLinear<number, number>;
  readonly ticks: readonly number[];
}

/** As many round ticks as fit, at most five, and at least `space` pixels each. */
function axisOf(scale: ScaleLinear<number, number>, space: number): Axis {
  const [from, to] = scale.range();
  const fit = Math.min(mostTicks, Math.max(1, Math.floor(Math.abs(to - from) / space)));
  for (let wanted = fit; wanted >= 1; wanted -= 1) {
    const ticks = scale.ticks(wanted);
    if (ticks.length <= fit) return { scale, ticks };
  }
  return { scale, ticks: scale.ticks(1).slice(0, 1) };
}

/** The x axis of a curve: from 0 (or the first point, if lower) to `until`, or to the last point. */
export function axisX(
  [xs]: LossColumns,
  until: number | null,
  range: readonly [number, number],
): Axis {
  const last = xs.at(-1) ?? 1;
  const high = Math.max(until ?? last, last, 1e-9);
  return axisOf(scaleLinear([Math.min(0, xs[0] ?? 0), high], range), 56);
}

/** The y axis of a curve: both losses between round numbers. */
export function axisY([, train, heldOut]: LossColumns, range: readonly [number, number]): Axis {
  const known = [...train, ...heldOut].filter((value) => value !== null && Number.isFinite(value));
  const [low = 0, high = 1] = extent(known as number[]);
  const room = high > low ? 0 : Math.max(Math.abs(high) * 0.1, 1e-6);
  return axisOf(scaleLinear([low - room, high + room], range).nice(4), 42);
}
