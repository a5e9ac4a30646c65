/** @file Sequences for genes, quality and distance: 256 ready colours, interpolated in OKLab, and their value range. */
import { fromOklab, parseColour, toOklab, type Rgb } from './oklab.ts';

const stops = {
  light: ['#d2d4d1', '#a3bfc9', '#69a0ba', '#33769f', '#072f57'],
  dark: ['#33383d', '#375a68', '#428295', '#6bafbc', '#e3f3f4'],
} as const;

/** Entries of a sequence table. */
export const tableSize = 256;

/** One RGBA colour as the 32-bit word that a little-endian Uint8 RGBA array holds. Channels and alpha 0–255. */
export function packColour([red, green, blue]: Rgb, alpha: number): number {
  return (red | (green << 8) | (blue << 16) | (Math.round(alpha) << 24)) >>> 0;
}

/** Colour of the sequence at a share 0–1 of its range. */
export function sequenceColour(share: number, dark: boolean): Rgb {
  const list = dark ? stops.dark : stops.light;
  const at = Math.min(1, Math.max(0, share)) * (list.length - 1);
  const index = Math.min(list.length - 2, Math.floor(at));
  const from = toOklab(parseColour(list[index]));
  const to = toOklab(parseColour(list[index + 1]));
  const t = at - index;
  return fromOklab([
    from[0] + (to[0] - from[0]) * t,
    from[1] + (to[1] - from[1]) * t,
    from[2] + (to[2] - from[2]) * t,
  ]);
}

/** The sequence as packed colours, [256], all with one alpha (0–255). */
export function sequenceTable(dark: boolean, alpha: number): Uint32Array {
  return Uint32Array.from({ length: tableSize }, (_, index) =>
    packColour(sequenceColour(index / (tableSize - 1), dark), alpha),
  );
}

/** The sequence as a CSS gradient, low end first, for the legend's colour bar. */
export function sequenceGradient(dark: boolean, direction: string): string {
  const steps = Array.from({ length: 13 }, (_, index) => {
    const [red, green, blue] = sequenceColour(index / 12, dark);
    return `rgb(${red} ${green} ${blue})`;
  });
  return `linear-gradient(${direction}, ${steps.join(', ')})`;
}

/** Lowest and highest value of a colour scale. */
export interface ValueRange {
  readonly low: number;
  readonly high: number;
}

/**
 * From 0 to the 99th percentile; columns with negative values start at their 1st percentile.
 *
 * Not finite values do not count. When the percentile is not above the start, the largest value is used,
 * and when that is not either, start + 1. Above 50,000 values every k-th one is looked at.
 */
export function valueRange(values: Float32Array): ValueRange {
  const stride = Math.max(1, Math.ceil(values.length / 50_000));
  const sample = new Float32Array(Math.ceil(values.length / stride));
  let count = 0;
  for (let index = 0; index < values.length; index += stride) {
    if (Number.isFinite(values[index])) sample[count++] = values[index];
  }
  const sorted = sample.subarray(0, count).sort();
  if (count === 0) return { low: 0, high: 1 };
  const at = (share: number): number => sorted[Math.min(count - 1, Math.floor(share * count))];
  const low = sorted[0] < 0 ? at(0.01) : 0;
  const high = at(0.99) > low ? at(0.99) : sorted[count - 1];
  return { low, high: high > low ? high : low + 1 };
}
