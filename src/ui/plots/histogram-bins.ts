/** @file Histograms of quality measures: axis, bins, and the values that a grip can take. */
import { scaleLinear, scaleLog, type ScaleContinuousNumeric } from 'd3-scale';

/** One bar: values in [from, to). */
export interface Bin {
  readonly from: number;
  readonly to: number;
  readonly cells: number;
}

/** Bars over an axis from low to high. */
export interface Histogram {
  readonly low: number;
  readonly high: number;
  readonly log: boolean;
  readonly bins: readonly Bin[];
}

/**
 * Counts values into bars of equal width on the axis (of logarithms when `log`).
 *
 * The axis runs over all finite values; with `log` values below 1 fall into the first bar. The last bar includes its end.
 * @returns null without finite values
 */
export function histogramOf(values: Float32Array, log: boolean, bars: number): Histogram | null {
  let least = Infinity;
  let most = -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  if (least > most) return null;
  const low = log ? Math.max(1, least) : least;
  const high = most > low ? most : low + 1;
  const { place, value } = axisOf(low, high, log);
  const cells = new Array<number>(bars).fill(0);
  for (const each of values) {
    if (!Number.isFinite(each)) continue;
    const bar = Math.floor(place(Math.max(low, each)) * bars);
    cells[Math.min(bars - 1, Math.max(0, bar))] += 1;
  }
  const bins = cells.map((count, bar) => ({
    from: value(bar / bars),
    to: value((bar + 1) / bars),
    cells: count,
  }));
  return { low, high, log, bins };
}

/** An axis as two functions: value to share 0–1 of its length, and back. */
export interface ShareAxis {
  readonly place: (value: number) => number;
  readonly value: (share: number) => number;
}

/** A linear or logarithmic axis from low to high; low must be > 0 for logarithms. */
export function axisOf(low: number, high: number, log: boolean): ShareAxis {
  if (!log)
    return {
      place: (value) => (value - low) / (high - low),
      value: (share) => low + share * (high - low),
    };
  const start = Math.log(low);
  const length = Math.log(high) - start;
  return {
    place: (value) => (Math.log(Math.max(value, 1e-9)) - start) / length,
    value: (share) => Math.exp(start + share * length),
  };
}

/** A d3 scale for the same axis, for ticks. */
export function scaleOf(histogram: Histogram): ScaleContinuousNumeric<number, number> {
  const { low, high, log } = histogram;
  return (log ? scaleLog() : scaleLinear()).domain([low, high]);
}

/** Ticks of an axis: at most so many round values; logarithmic ones are 1, 2 or 5 times a power of ten. */
export function ticksOf(histogram: Histogram, most: number): number[] {
  const { low, high, log } = histogram;
  if (!log) {
    for (let wanted = most; wanted >= 1; wanted -= 1) {
      const ticks = scaleOf(histogram).ticks(wanted);
      if (ticks.length <= most) return ticks;
    }
    return [];
  }
  for (const leading of [[1, 2, 5], [1, 3], [1]]) {
    const ticks: number[] = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power += 1)
      for (const lead of leading) {
        const tick = lead * 10 ** power;
        if (tick >= low && tick <= high) ticks.push(tick);
      }
    if (ticks.length <= most) return ticks;
  }
  return [];
}

/** A tick in few letters: 500, 1k, 1.5k, 20k, 1M. */
export function tickText(value: number): string {
  if (value >= 1e6) return `${Number((value / 1e6).toPrecision(3))}M`;
  if (value >= 10_000) return `${Number((value / 1000).toPrecision(3))}k`;
  if (value >= 1000 && value % 100 === 0) return `${value / 1000}k`;
  return String(Number(value.toPrecision(4)));
}

/** Rounds a value where a grip was dropped: to the largest 1, 2 or 5 times a power of ten that is at most a hundredth of the axis there. */
export function roundOnAxis(value: number, { low, high, log }: Histogram): number {
  const hundredth = (log ? Math.abs(value) * Math.log(high / low) : high - low) / 100;
  const power = 10 ** Math.floor(Math.log10(Math.max(hundredth, 1e-9)) + 1e-9);
  const lead = [5, 2].find((factor) => factor * power <= hundredth * (1 + 1e-9)) ?? 1;
  const step = lead * power;
  return Number((Math.round(value / step) * step).toPrecision(12));
}
