import { describe, expect, it } from 'vitest';
import { categoryColours } from '../../state/palette.ts';
import { sequenceColour, sequenceNames } from './colour-scale.ts';
import { oklabDistance, parseColour, toLinear, toOklab, type Lab } from './oklab.ts';

type Matrix = readonly (readonly [number, number, number])[];

// Machado, Oliveira & Fernandes 2009, severity 1.0, on linear RGB.
const eyes: Readonly<Record<string, Matrix>> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function gamma(light: number): number {
  const c = light <= 0.0031308 ? light * 12.92 : 1.055 * light ** (1 / 2.4) - 0.055;
  return 255 * c;
}

function seen(colour: string, eye: Matrix): Lab {
  const light = parseColour(colour).map(toLinear);
  const [r, g, b] = eye.map((row) => {
    const sum = row[0] * light[0] + row[1] * light[1] + row[2] * light[2];
    return gamma(Math.min(1, Math.max(0, sum)));
  });
  return toOklab([r, g, b]);
}

function smallest(count: number, eye: Matrix): number {
  const labs = categoryColours(count).map((colour) => seen(colour, eye));
  let least = Infinity;
  labs.forEach((a, i) =>
    labs.slice(0, i).forEach((b) => (least = Math.min(least, oklabDistance(a, b)))),
  );
  return least;
}

describe('category colours stay apart in OKLab', () => {
  it.each([
    { count: 10, normal: 0.128, blind: 0.076 },
    { count: 24, normal: 0.06, blind: 0.046 },
  ])('$count categories', ({ count, normal, blind }) => {
    expect(smallest(count, eyes.normal)).toBeGreaterThanOrEqual(normal);
    expect(smallest(count, eyes.protanopia)).toBeGreaterThanOrEqual(blind);
    expect(smallest(count, eyes.deuteranopia)).toBeGreaterThanOrEqual(blind);
  });

  it('stays apart to rarer eyes too, where the palette was not chosen for them: 8 categories', () => {
    expect(smallest(8, eyes.tritanopia)).toBeGreaterThan(0.03);
  });

  it.each(Object.keys(sequenceNames) as (keyof typeof sequenceNames)[])(
    '%s gets steadily lighter or darker for every eye',
    (name) => {
      for (const eye of Object.values(eyes)) {
        const light = Array.from({ length: 33 }, (_, i) => {
          const rgb = sequenceColour(i / 32, false, name);
          return seen(`rgb(${rgb.join(' ')})`, eye)[0];
        });
        const rises = Math.sign(light[32] - light[0]);
        expect(Math.abs(light[32] - light[0])).toBeGreaterThan(0.45);
        light
          .slice(1)
          .forEach((value, i) => expect(rises * (value - light[i])).toBeGreaterThan(-0.006));
      }
    },
  );

  it('repeats after 24', () => {
    const colours = categoryColours(27);
    expect(new Set(colours).size).toBe(24);
    expect(colours[24]).toBe(colours[0]);
  });
});
