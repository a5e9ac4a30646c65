import { describe, expect, it } from 'vitest';
import { categoryColours } from '../../state/palette.ts';
import { sequenceColour, sequenceNames } from './colour-scale.ts';
import { alikeColours, closestPair, seenBy, type Eye } from './colour-vision.ts';

const eyes = ['normal', 'protanopia', 'deuteranopia', 'tritanopia'] as const;

function smallest(count: number, eye: Eye): number {
  return closestPair(categoryColours(count), eye)?.distance ?? Infinity;
}

describe('category colours stay apart in OKLab', () => {
  it.each([
    { count: 10, normal: 0.128, blind: 0.076 },
    { count: 24, normal: 0.06, blind: 0.046 },
  ])('$count categories', ({ count, normal, blind }) => {
    expect(smallest(count, 'normal')).toBeGreaterThanOrEqual(normal);
    expect(smallest(count, 'protanopia')).toBeGreaterThanOrEqual(blind);
    expect(smallest(count, 'deuteranopia')).toBeGreaterThanOrEqual(blind);
  });

  it('stays apart to rarer eyes too, where the palette was not chosen for them: 8 categories', () => {
    expect(smallest(8, 'tritanopia')).toBeGreaterThan(0.03);
  });

  it.each(Object.keys(sequenceNames) as (keyof typeof sequenceNames)[])(
    '%s gets steadily lighter or darker for every eye',
    (name) => {
      for (const eye of eyes) {
        const light = Array.from({ length: 33 }, (_, i) => {
          const rgb = sequenceColour(i / 32, false, name);
          return seenBy(eye, `rgb(${rgb.join(' ')})`)[0];
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

describe('colours of a file', () => {
  it('are too alike when they are nearly the same', () => {
    expect(alikeColours(['#1f77b4', '#ff7f0e', '#2078b5'])).toMatchObject({
      pair: [0, 2],
      eye: 'normal',
    });
  });

  it('are too alike when red-green blindness joins them: a red and a green of the same lightness', () => {
    // normal eyes see these two far apart
    const pair = ['#0072b2', '#d05a3a', '#7f8c2e'];
    const found = alikeColours(pair);
    expect(found?.pair).toEqual([1, 2]);
    expect(['protanopia', 'deuteranopia']).toContain(found?.eye);
    expect(closestPair(pair, 'normal')?.distance).toBeGreaterThan(0.15);
  });

  it('pass when they are ours, and when there is only one', () => {
    expect(alikeColours(categoryColours(24))).toBeNull();
    expect(alikeColours(['#ff0000'])).toBeNull();
    expect(alikeColours([])).toBeNull();
  });
});
