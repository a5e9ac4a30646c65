/** @file One shared axis for seven units: multiples of the real-versus-real floor, on a log scale from a half to 24 times. */
import { scaleLog } from 'd3-scale';
import type { Check } from '../../protocol/judge.ts';

/** Ends of the axis. */
export const least = 0.5;
/** Where marks that are worse still are drawn. */
export const most = 24;

/** Multiples at which the axis has a line. */
export const ticks: readonly number[] = [0.5, 1, 2, 4, 8, 16];

/** Position of a multiple between `from` and `to`; what lies outside sits at the end. */
export function axis(from: number, to: number): (multiple: number) => number {
  const scale = scaleLog([least, most], [from, to]).clamp(true);
  return (multiple) => scale(Math.max(multiple, 1e-6));
}

/** A distance from ideal as a multiple of what real cells usually show. */
export function multipleOf(check: Pick<Check, 'middle'>, value: number): number {
  return value / check.middle;
}
