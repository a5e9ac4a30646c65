import { describe, expect, it } from 'vitest';
import {
  packColour,
  sequenceColour,
  sequenceTable,
  tableSize,
  valueRange,
} from './colour-scale.ts';
import { toOklab } from './oklab.ts';

describe('sequences', () => {
  it('meets its stops', () => {
    expect(sequenceColour(0, false)).toEqual([0xd2, 0xd4, 0xd1]);
    expect(sequenceColour(0.5, false)).toEqual([0x69, 0xa0, 0xba]);
    expect(sequenceColour(1, false)).toEqual([0x07, 0x2f, 0x57]);
    expect(sequenceColour(0.75, true)).toEqual([0x6b, 0xaf, 0xbc]);
  });

  // Midpoints computed with numpy in float64 from Ottosson's matrices and their inverses.
  it.each([
    { share: 0.125, dark: false, rgb: [187, 202, 205] },
    { share: 0.875, dark: false, rgb: [28, 81, 122] },
    { share: 0.875, dark: true, rgb: [168, 209, 216] },
  ])('interpolates in OKLab at $share', ({ share, dark, rgb }) => {
    sequenceColour(share, dark).forEach((channel, index) =>
      expect(Math.abs(channel - rgb[index])).toBeLessThanOrEqual(1),
    );
  });

  it.each([false, true])('changes lightness in one direction (dark: %s)', (dark) => {
    const lightness = Array.from(
      { length: 65 },
      (_, index) => toOklab(sequenceColour(index / 64, dark))[0],
    );
    const sign = dark ? 1 : -1;
    lightness.slice(1).forEach((value, index) => {
      expect(sign * (value - lightness[index])).toBeGreaterThan(-0.003);
    });
  });

  it('packs bytes as RGBA', () => {
    const bytes = new Uint8Array(Uint32Array.of(packColour([1, 2, 3], 200)).buffer);
    expect([...bytes]).toEqual([1, 2, 3, 200]);
    expect(sequenceTable(false, 255)).toHaveLength(tableSize);
  });
});

describe('value range', () => {
  it('runs from 0 to the 99th percentile', () => {
    const values = Float32Array.from({ length: 1000 }, (_, index) => index);
    expect(valueRange(values)).toEqual({ low: 0, high: 990 });
  });

  it('uses the largest value when nearly all are zero', () => {
    const values = new Float32Array(500);
    values[3] = 7;
    expect(valueRange(values)).toEqual({ low: 0, high: 7 });
  });

  it('stays usable for nothing, zeros, and missing values', () => {
    expect(valueRange(new Float32Array(0))).toEqual({ low: 0, high: 1 });
    expect(valueRange(new Float32Array(9))).toEqual({ low: 0, high: 1 });
    expect(valueRange(Float32Array.of(Number.NaN, 4, Infinity))).toEqual({ low: 0, high: 4 });
  });

  it('starts at the 1st percentile when values are negative', () => {
    const values = Float32Array.from({ length: 200 }, (_, index) => index - 100);
    expect(valueRange(values)).toEqual({ low: -98, high: 98 });
  });
});
