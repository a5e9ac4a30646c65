/** @file The three panels of guidance curves. */
import type { CurveKind } from './CurvePlot.tsx';

const percent = (value: number): string => `${Math.round(100 * value)}\u202f%`;
const short = (value: number): string => String(Number(value.toPrecision(2)));

/** Hit rate of an attribute, distance and diversity. */
export function curveKinds(attribute: number): CurveKind[] {
  return [
    {
      title: 'Recognised as asked',
      value: ({ hits }) => hits[attribute],
      interval: ({ hitInterval }) => hitInterval,
      real: ({ realHits }) => realHits[attribute],
      band: () => null,
      least: 0,
      most: 1,
      root: false,
      show: percent,
    },
    {
      title: 'Distance from real cells',
      value: ({ distance }) => distance,
      interval: ({ distanceInterval }) => distanceInterval,
      real: ({ floor }) => floor?.mean ?? null,
      band: ({ floor }) => floor && [floor.low, floor.high],
      least: 0,
      most: null,
      root: true,
      show: short,
    },
    {
      title: 'Spread, over that of real cells',
      value: ({ diversity }) => diversity,
      interval: () => null,
      real: () => 1,
      band: () => null,
      least: 0,
      most: null,
      root: false,
      show: short,
    },
  ];
}
