/** @file Where cells lie on the map, coarsely: how much of a rectangle they cover. Names of categories keep clear of them. */
import type { PlaceCost } from './label-layout.ts';
import { boundsOf, type View } from './view-fit.ts';

/** Squares along each side of the map. */
const side = 192;
/** More cells than this are drawn about one square wide. */
const manyCells = 5000;

/** Share of a rectangle (in cells' coordinates) that cells cover, 0–1. */
export type Crowd = (minX: number, minY: number, maxX: number, maxY: number) => number;

/** Marks the squares with a cell once, so that every question costs four reads of a summed table; null without a cell. */
export function crowdOf(positions: Float32Array): Crowd | null {
  const bounds = boundsOf([positions]);
  if (!bounds) return null;
  const scaleX = side / (bounds.maxX - bounds.minX || 1);
  const scaleY = side / (bounds.maxY - bounds.minY || 1);
  const column = (x: number): number =>
    Math.min(side, Math.max(0, Math.floor((x - bounds.minX) * scaleX)));
  const row = (y: number): number =>
    Math.min(side, Math.max(0, Math.floor((y - bounds.minY) * scaleY)));
  const wide = side + 1;
  const sums = new Uint32Array(wide * wide);
  // a cell is drawn wider than one square, more so where there are few
  const reach = positions.length / 2 > manyCells ? 0 : 1;
  const mark = (x: number, y: number): void => {
    for (let v = Math.max(0, y - reach); v <= Math.min(side - 1, y + reach); v += 1)
      for (let u = Math.max(0, x - reach); u <= Math.min(side - 1, x + reach); u += 1)
        sums[(v + 1) * wide + u + 1] = 1;
  };
  for (let at = 0; at + 1 < positions.length; at += 2) {
    const [x, y] = [positions[at], positions[at + 1]];
    if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
    mark(Math.min(side - 1, column(x)), Math.min(side - 1, row(y)));
  }
  for (let y = 1; y < wide; y += 1)
    for (let x = 1; x < wide; x += 1)
      sums[y * wide + x] +=
        sums[(y - 1) * wide + x] + sums[y * wide + x - 1] - sums[(y - 1) * wide + x - 1];
  return (minX, minY, maxX, maxY) => {
    const left = column(minX);
    const right = column(maxX);
    const low = row(minY);
    const high = row(maxY);
    const squares = (maxX - minX) * scaleX * (maxY - minY) * scaleY;
    if (right <= left || high <= low || squares <= 0) return 0;
    const marked =
      sums[high * wide + right] -
      sums[low * wide + right] -
      sums[high * wide + left] +
      sums[low * wide + left];
    return Math.min(1, marked / squares);
  };
}

/** A name that would lie on cells with all its length rather moves so far, in pixels. */
const awayFromCells = 64;

/** Where the note under the map may stand: so far from the left and from the bottom, in pixels. */
const note = { width: 410, height: 46 } as const;

/** Cost of a name's place: the share of it that covers cells, and whether it slips under the note (`noted`) or `top` pixels of legend, or leaves the picture. */
export function clearOf(
  crowd: Crowd,
  view: View,
  { top = 0, noted = false }: { readonly top?: number; readonly noted?: boolean } = {},
): PlaceCost {
  const scale = 2 ** view.zoom;
  return (x, y, width, height) => {
    const underLegend = y - height / 2 < top && y + height / 2 > 0;
    const underNote =
      noted &&
      x - width / 2 < note.width && Math.abs(view.height - note.height / 2 - y) < (note.height + height) / 2; // prettier-ignore
    const outside =
      y - height / 2 < 0 || y + height / 2 > view.height || x - width / 2 < 0 || x + width / 2 > view.width; // prettier-ignore
    if (underLegend || underNote || outside) return 3 * awayFromCells;
    const atX = view.x + (x - view.width / 2) / scale;
    const atY = view.y - (y - view.height / 2) / scale;
    const halfX = width / 2 / scale;
    const halfY = height / 2 / scale;
    const covered = crowd(atX - halfX, atY - halfY, atX + halfX, atY + halfY);
    return awayFromCells * Math.min(1, 2 * covered);
  };
}
