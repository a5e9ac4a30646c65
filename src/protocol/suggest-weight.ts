/** @file The weight that guidance curves speak for. */
import type { CurveChoice, CurvePoint, Suggestion } from './curves.ts';

/** Hit rates this near to each other count as equal. */
const SAME_HITS = 0.03;

/**
 * The smallest weight whose distance cannot be told from the least one (by the width of the floor's band) and whose hit rate reaches that of
 * real cells, or the best that those weights reach. Null with fewer than three points, or without distances.
 *
 * @param points of one attribute and one combination
 */
export function suggestWeight(
  choice: CurveChoice,
  attribute: number,
  points: readonly CurvePoint[],
): Suggestion | null {
  const known = points.filter(({ distance }) => distance !== null);
  if (known.length < 3 || choice.floor === null) return null;
  const at = (point: CurvePoint): number => point.distance ?? Infinity;
  const least = Math.min(...known.map(at));
  const slack = choice.floor.high - choice.floor.low;
  const near = known.filter((point) => at(point) <= least + slack);
  const best = Math.max(...near.map(({ hits }) => hits[attribute]));
  const enough = Math.min(best, choice.realHits[attribute] ?? 1) - SAME_HITS;
  const [chosen] = near
    .filter(({ hits }) => hits[attribute] >= enough)
    .sort((a, b) => a.weight - b.weight);
  return { weight: chosen.weight, says: wordsOf(chosen, choice, attribute) };
}

function wordsOf(point: CurvePoint, choice: CurveChoice, attribute: number): string {
  const percent = (share: number): string => `${Math.round(100 * share)}\u202f%`;
  const real = choice.realHits[attribute];
  const hits = percent(point.hits[attribute]);
  const beside = real === null ? '' : `, real cells: ${percent(real)}`;
  const alike =
    point.diversity !== null && point.diversity < 0.9
      ? ` Their spread is ${point.diversity.toFixed(2)} of the real spread.`
      : '';
  return `Weight ${point.weight}: ${hits} recognised${beside}, no other weight is closer to real cells.${alike}`;
}
