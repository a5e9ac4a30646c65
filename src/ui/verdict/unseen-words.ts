/** @file A hidden combination in words: how near the model comes to cells it never saw, beside simple guesses. */
import type { UnseenResult } from '../../protocol/judge.ts';
import { shownNumber } from './measure-names.ts';

/** "CD4 T × stimulated (61 real cells): 0.41 from real cells, floor 0.20. Simple guesses: 0.9 (nearest real cells), 0.5 (…)." */
export function unseenWords(result: UnseenResult): string {
  const { value, heldOut, energy, floor, nearest, shifted, hits, realHits } = result;
  const two = (number: number): string => shownNumber(Number(number.toPrecision(2)));
  const guesses = [
    ...(nearest === null ? [] : [`${two(nearest)} (real cells that differ in one value)`]),
    ...(shifted === null ? [] : [`${two(shifted)} (these, moved as other types move)`]),
  ];
  const best = Math.min(nearest ?? Infinity, shifted ?? Infinity);
  const rank =
    best === Infinity
      ? ''
      : energy < best
        ? ' The model is nearer than these.'
        : ' The model is no better than that.';
  const percent = (share: number): string => `${Math.round(100 * share)}\u202f%`;
  const seen =
    hits === null || realHits === null
      ? ''
      : ` Recognised: ${percent(hits)}, real ${percent(realHits)}.`;
  return (
    `${value} (${heldOut} real cells): ${two(energy)} from real cells, floor ${two(floor.mean)}.` +
    (guesses.length > 0 ? ` Simple guesses: ${guesses.join(', ')}.${rank}` : '') +
    seen
  );
}
