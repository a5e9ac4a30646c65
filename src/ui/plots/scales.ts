/** @file Axes of plots: ticks as text, and the sizes that all plots share. */
import { scaleLinear, scaleLog, type ScaleContinuousNumeric } from 'd3-scale';
import { formatNumber } from '../../state/format.ts';

/** Number scale of a plot. */
export type NumberScale = ScaleContinuousNumeric<number, number>;

/** Room around the drawn area. */
export const plotMargin = { top: 16, right: 72, bottom: 34, left: 46 } as const;

/** A number as a tick says it: 0.1, 3, 1,200, 30k. */
export function tickText(value: number): string {
  const size = Math.abs(value);
  if (size >= 10_000) return `${Number((value / 1000).toPrecision(3))}k`;
  if (size >= 1000) return formatNumber(value);
  return String(Number(value.toPrecision(3))).replace('-', '\u2212');
}

/** A linear scale from the lowest to the highest value, ending on round numbers. */
export function linearScale(low: number, high: number, from: number, to: number): NumberScale {
  const top = high > low ? high : low + 1;
  return scaleLinear().domain([low, top]).nice(5).range([from, to]);
}

/** A log scale; ends are kept above 0. */
export function logScale(low: number, high: number, from: number, to: number): NumberScale {
  const bottom = low > 0 ? low : 1e-3;
  return scaleLog()
    .domain([bottom, Math.max(high, bottom * 10)])
    .range([from, to]);
}

/** At most five ticks; on log scales powers of ten. */
export function ticksOf(scale: NumberScale, log = false): number[] {
  if (!log) return scale.ticks(5);
  const [low, high] = scale.domain();
  const powers: number[] = [];
  for (let power = Math.ceil(Math.log10(low) - 1e-9); 10 ** power <= high * 1.001; power += 1)
    powers.push(10 ** power);
  const step = Math.ceil(powers.length / 5);
  return powers.filter((_, i) => i % step === 0);
}

/** Values at evenly spread shares of sorted data, (i + ½) / n. */
export function evenQuantiles(values: Float32Array, n: number): number[] {
  const sorted = values.slice().sort();
  return Array.from({ length: n }, (_, i) => {
    const at = ((i + 0.5) / n) * sorted.length - 0.5;
    const low = Math.max(0, Math.floor(at));
    const high = Math.min(sorted.length - 1, low + 1);
    return sorted[low] + (sorted[high] - sorted[low]) * Math.max(0, at - low);
  });
}

/** Cells per bin as a share of all, over equal bins. */
export function histogramShares(
  values: Float32Array,
  low: number,
  high: number,
  bins: number,
): number[] {
  const counts = new Array<number>(bins).fill(0);
  const scale = bins / (high - low || 1);
  for (const value of values)
    counts[Math.min(bins - 1, Math.max(0, Math.floor((value - low) * scale)))] += 1;
  return counts.map((count) => count / Math.max(1, values.length));
}
