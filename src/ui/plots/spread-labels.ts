/** @file Names beside marks of a plot so that no two lie over each other; a name without room is left out. */
import { textWidth } from './text-fit.ts';

/** A mark with its name. */
export interface NamedMark {
  readonly name: string;
  readonly x: number;
  readonly y: number;
}

/** Where a name stands. */
export interface PlacedName {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly anchor: 'start' | 'end' | 'middle';
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Height of a name, and its distance from its mark. */
const TALL = 13;
const GAP = 5;

/** The places that are tried, the first with room is taken. */
const sides = [
  { dx: GAP, dy: 4, anchor: 'start' },
  { dx: -GAP, dy: 4, anchor: 'end' },
  { dx: 0, dy: -GAP - 1, anchor: 'middle' },
  { dx: 0, dy: GAP + 10, anchor: 'middle' },
  { dx: GAP, dy: -GAP, anchor: 'start' },
  { dx: GAP, dy: GAP + 8, anchor: 'start' },
  { dx: -GAP, dy: -GAP, anchor: 'end' },
  { dx: -GAP, dy: GAP + 8, anchor: 'end' },
] as const;

/**
 * Names of the first marks first.
 *
 * @param marks in order of importance, in pixels @param others marks that names should not cover @param within where names may stand
 */
export function spreadNames(
  marks: readonly NamedMark[],
  others: readonly { readonly x: number; readonly y: number }[],
  within: Box,
): PlacedName[] {
  const taken: Box[] = [];
  const placed: PlacedName[] = [];
  for (const { name, x, y } of marks) {
    const width = textWidth(name);
    const free = sides
      .map(({ dx, dy, anchor }) => ({
        at: { name, x: x + dx, y: y + dy, anchor },
        box: boxOf(x + dx, y + dy, width, anchor),
      }))
      .filter(({ box }) => inside(box, within) && !taken.some((own) => overlap(own, box)));
    const hidden = free.map(({ box }) => others.filter((dot) => covers(box, dot)).length);
    const least = Math.min(...hidden);
    // More than a few marks under a name make both unreadable.
    const best = free[hidden.indexOf(least)];
    if (best === undefined || least > 3) continue;
    taken.push(best.box);
    placed.push(best.at);
  }
  return placed;
}

function boxOf(x: number, y: number, width: number, anchor: PlacedName['anchor']): Box {
  const left = anchor === 'start' ? x : anchor === 'end' ? x - width : x - width / 2;
  return { left, right: left + width, top: y - TALL + 3, bottom: y + 3 };
}

function overlap(a: Box, b: Box): boolean {
  return a.left < b.right + 3 && b.left < a.right + 3 && a.top < b.bottom && b.top < a.bottom;
}

function covers({ left, right, top, bottom }: Box, { x, y }: { x: number; y: number }): boolean {
  return x > left - 1 && x < right + 1 && y > top && y < bottom;
}

function inside(a: Box, b: Box): boolean {
  return a.left >= b.left && a.right <= b.right && a.top >= b.top && a.bottom <= b.bottom;
}
