/** @file Loss points as the columns that uPlot draws. */
import type { LossPoint } from '../../state/types.ts';

/** Columns x, training, held-out; held-out is null where it was not measured. */
export type LossColumns = [number[], number[], (number | null)[]];

/** Points drawn at most; a longer curve is thinned evenly, keeping its last point and every measured held-out loss. */
const mostPoints = 1500;

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
