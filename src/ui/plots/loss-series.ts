/** @file Loss points as the columns that a curve draws, and what a curve's axes show of them. */
import { extent } from 'd3-array';
import { scaleLinear, type ScaleLinear } from 'd3-scale';
import { formatNumber } from '../../state/format.ts';
import type { LossPoint } from '../../state/types.ts';

/** Columns x, training, held-out; held-out is null where it was not measured. */
export type LossColumns = [number[], number[], (number | null)[]];

/** Points drawn at most; a longer curve is thinned evenly, keeping its last point and every measured held-out loss. */
const mostPoints = 600;
/** Ticks on an axis at most. */
const mostTicks = 5;

/** Room around a curve: its unit above, y labels at the left, names of the series at the right, the x axis below. */
export const lossRoom = { top: 18, right: 62, bottom: 34, left: 48 } as const;

/** Turns points into columns; not finite losses become gaps. */
export function lossColumns(points: readonly LossPoint[], most: number = mostPoints): LossColumns {
  const stride = Math.max(1, Math.ceil(points.length / most));
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
  return axisOf(scaleLinear([low - room, high + room], range).nice(4), 34);
}

/** A loss with three significant digits, or in full from 100 on. */
export function lossText(value: number): string {
  return value >= 100 ? formatNumber(value) : value.toPrecision(3);
}

/** Decimals that tell the ticks of an axis apart, at most 3. */
export function decimals(ticks: readonly number[]): number {
  const exact = (digits: number): boolean =>
    ticks.every((tick) => Math.abs(tick - Number(tick.toFixed(digits))) < 1e-9);
  return [0, 1, 2].find(exact) ?? 3;
}

/** A tick of the loss axis. */
export function lossTick(tick: number, digits: number): string {
  return tick >= 100 && digits === 0 ? formatNumber(tick) : tick.toFixed(digits);
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

/** One sentence a point, for reading a curve step by step: "Epoch 12: training 2,084, held-out 2,130 nats per cell." */
export function lossMarks(
  [xs, train, heldOut]: LossColumns,
  counts: string,
  unit: string,
): string[] {
  const what = counts.slice(0, 1).toUpperCase() + counts.slice(1);
  return xs.map((at, i) => {
    const measured = heldOut[i];
    const held = measured === null ? '' : `, held-out ${lossText(measured)}`;
    return `${what} ${formatNumber(at)}: training ${lossText(train[i])}${held} ${unit}.`;
  });
}

/** The point nearest to x, −1 when there is none. */
export function nearestX(xs: readonly number[], x: number): number {
  let best = -1;
  xs.forEach((own, i) => {
    if (best < 0 || Math.abs(own - x) < Math.abs(xs[best] - x)) best = i;
  });
  return best;
}
