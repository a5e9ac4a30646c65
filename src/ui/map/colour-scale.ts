/** @file Sequences for genes, quality and distance: 256 ready colours, interpolated in OKLab, and their value range. */
import type { SequenceName } from '../../state/explore.ts';
import { fromOklab, parseColour, toOklab, type Rgb } from './oklab.ts';

const stops = {
  light: ['#d2d4d1', '#a3bfc9', '#69a0ba', '#33769f', '#072f57'],
  dark: ['#33383d', '#375a68', '#428295', '#6bafbc', '#e3f3f4'],
  // every 16th colour of the published tables (van der Walt and Smith 2015; Nuñez, Anderton and Renslow 2018)
  viridis:
    '440154 48186a 472d7b 424086 3b528b 33638d 2c728e 26828e 21918c 1fa088 28ae80 3fbc73 5ec962 84d44b addc30 d8e219 fde725',
  cividis:
    '00224e 002e6a 1a386f 32436d 434e6c 535a6d 61656f 6f7073 7d7c78 8c8878 9b9476 aba072 bcae6c cdbb63 dec958 f0d846 fee838',
  magma:
    '000004 0a0822 1d1147 36106b 51127c 6a1c81 832681 9c2e7f b73779 d0416f e75263 f56b5c fc8961 fea772 fec488 fde2a3 fcfdbf',
} as const;

/** The sequences a person can choose from, with their names. */
export const sequenceNames: Readonly<Record<SequenceName, string>> = {
  house: 'Petrol',
  viridis: 'Viridis',
  cividis: 'Cividis',
  magma: 'Magma',
};

function stopsOf(name: SequenceName, dark: boolean): readonly string[] {
  if (name === 'house') return dark ? stops.dark : stops.light;
  return stops[name].split(' ').map((hex) => `#${hex}`);
}

/** Entries of a sequence table. */
export const tableSize = 256;

/** One RGBA colour as the 32-bit word that a little-endian Uint8 RGBA array holds. Channels and alpha 0–255. */
export function packColour([red, green, blue]: Rgb, alpha: number): number {
  return (red | (green << 8) | (blue << 16) | (Math.round(alpha) << 24)) >>> 0;
}

/** Colour of a sequence at a share 0–1 of its range; the house's own has a light and a dark form. */
export function sequenceColour(share: number, dark: boolean, name: SequenceName = 'house'): Rgb {
  const list = stopsOf(name, dark);
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
export function sequenceTable(
  dark: boolean,
  alpha: number,
  name: SequenceName = 'house',
): Uint32Array {
  return Uint32Array.from({ length: tableSize }, (_, index) =>
    packColour(sequenceColour(index / (tableSize - 1), dark, name), alpha),
  );
}

/** The sequence as a CSS gradient, low end first, for the legend's colour bar. */
export function sequenceGradient(
  dark: boolean,
  direction: string,
  name: SequenceName = 'house',
): string {
  const steps = Array.from({ length: 17 }, (_, index) => {
    const [red, green, blue] = sequenceColour(index / 16, dark, name);
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
