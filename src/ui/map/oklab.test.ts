import { describe, expect, it } from 'vitest';
import {
  fromOklab,
  inkOn,
  oklabDistance,
  parseColour,
  toLinear,
  toOklab,
  type Rgb,
} from './oklab.ts';

// CSS Color 4, sample conversions of the sRGB primaries to OKLab.
const known = [
  { text: '#ff0000', lab: [0.62796, 0.22486, 0.12585] },
  { text: '#00ff00', lab: [0.86644, -0.23389, 0.1795] },
  { text: '#0000ff', lab: [0.45201, -0.03246, -0.31153] },
  { text: '#ffffff', lab: [1, 0, 0] },
  { text: '#000000', lab: [0, 0, 0] },
] as const;

describe('OKLab', () => {
  it.each(known)('converts $text', ({ text, lab }) => {
    toOklab(parseColour(text)).forEach((value, axis) => expect(value).toBeCloseTo(lab[axis], 4));
  });

  it('comes back to the same bytes', () => {
    for (let word = 0; word < 0xffffff; word += 40_503) {
      const rgb = [word >> 16, (word >> 8) & 255, word & 255] as const;
      expect(fromOklab(toOklab(rgb))).toEqual(rgb);
    }
  });

  it('clamps colours outside sRGB', () => {
    expect(fromOklab([0.9, 0.4, 0.4]).every((channel) => channel >= 0 && channel <= 255)).toBe(
      true,
    );
  });

  it('measures distance', () => {
    expect(oklabDistance([0, 0, 0], [0.3, 0.4, 0])).toBeCloseTo(0.5, 12);
  });
});

describe('ink on a colour', () => {
  it('has a contrast of 4.5 on every colour', () => {
    const light = (rgb: Rgb): number => {
      const [r, g, b] = rgb.map(toLinear);
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    let least = Infinity;
    for (let red = 0; red < 256; red += 15)
      for (let green = 0; green < 256; green += 15)
        for (let blue = 0; blue < 256; blue += 15) {
          const ground = light([red, green, blue]);
          const ink = inkOn([red, green, blue]) === '#ffffff' ? 1 : 0;
          least = Math.min(least, (Math.max(ground, ink) + 0.05) / (Math.min(ground, ink) + 0.05));
        }
    expect(least).toBeGreaterThanOrEqual(4.5);
  });
});

describe('reading colours', () => {
  it.each([
    ['#abc', [170, 187, 204]],
    ['#0072B2', [0, 114, 178]],
    ['#0072b2ff', [0, 114, 178]],
    ['rgb(1 2 3 / 0.5)', [1, 2, 3]],
    ['rgba(10, 20, 30, 1)', [10, 20, 30]],
    ['tomato', [128, 128, 128]],
    ['', [128, 128, 128]],
  ] as const)('%s', (text, rgb) => expect(parseColour(text)).toEqual(rgb));
});
