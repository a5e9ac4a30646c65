/** @file Colours as colour-blind eyes see them, and which colours of a legend such eyes would take for one another. */
import { oklabDistance, parseColour, toLinear, toOklab, type Lab } from './oklab.ts';

type Matrix = readonly (readonly [number, number, number])[];

/** Kinds of sight that colours are checked for. */
export type Eye = 'normal' | 'protanopia' | 'deuteranopia' | 'tritanopia';

/** What each eye makes of linear RGB. Source: Machado, Oliveira & Fernandes 2009, severity 1.0. */
const eyes: Readonly<Record<Eye, Matrix>> = {
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

/** A CSS colour in OKLab as an eye sees it. */
export function seenBy(eye: Eye, colour: string): Lab {
  const light = parseColour(colour).map(toLinear);
  const [r, g, b] = eyes[eye].map((row) => {
    const sum = row[0] * light[0] + row[1] * light[1] + row[2] * light[2];
    return gamma(Math.min(1, Math.max(0, sum)));
  });
  return toOklab([r, g, b]);
}

/** Two colours of a list that are hard to tell apart. */
export interface AlikePair {
  /** Positions in the list, the earlier first. */
  readonly pair: readonly [number, number];
  /** Distance in OKLab; 0.02 is about one just noticeable difference. */
  readonly distance: number;
  readonly eye: Eye;
}

/** The closest two colours for an eye; null for fewer than two. */
export function closestPair(colours: readonly string[], eye: Eye): AlikePair | null {
  const labs = colours.map((colour) => seenBy(eye, colour));
  let best: AlikePair | null = null;
  for (let second = 1; second < labs.length; second += 1)
    for (let first = 0; first < second; first += 1) {
      const distance = oklabDistance(labs[first], labs[second]);
      if (!best || distance < best.distance) best = { pair: [first, second], distance, eye };
    }
  return best;
}

/** Below these distances two marks on a map are taken for one another: two just noticeable differences. */
const leastDistance = 0.04;

/**
 * The closest two colours of a legend when some are too alike: first for the usual eye, then for red-green blindness.
 *
 * @returns null when every two of them can be told apart
 */
export function alikeColours(colours: readonly string[]): AlikePair | null {
  const normal = closestPair(colours, 'normal');
  if (normal && normal.distance < leastDistance) return normal;
  const blind = (['protanopia', 'deuteranopia'] as const)
    .map((eye) => closestPair(colours, eye))
    .filter((found) => found !== null)
    .sort((a, b) => a.distance - b.distance);
  return blind.length > 0 && blind[0].distance < leastDistance ? blind[0] : null;
}
