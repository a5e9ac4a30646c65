/** @file Cells as points of a figure: their colours and their places on paper. */
import type { SequenceName } from '../../state/explore.ts';
import { nextTask } from '../plots/next-task.ts';
import { sequenceColour, tableSize } from './colour-scale.ts';
import type { Colouring } from './colouring.ts';
import type { FigurePoints } from './map-figure.ts';
import { parseColour, type Rgb } from './oklab.ts';
import { project, type View } from './view-fit.ts';

/** Cells between two breaths of the page. */
const block = 50_000;
const plainInk: Rgb = [0x67, 0x6d, 0x74];
const missingInk: Rgb = [0xb4, 0xb6, 0xb3];

/** 0xRRGGBB of a colour. */
export const packed = ([red, green, blue]: Rgb): number =>
  (Math.round(red) << 16) | (Math.round(green) << 8) | Math.round(blue);

/** Colour of one cell on paper, 0xRRGGBB; −1: not drawn. */
export function painter(
  colouring: Colouring,
  kind: 'real' | 'synthetic',
  sequence: SequenceName,
): (cell: number) => number {
  const plain = packed(kind === 'real' ? missingInk : plainInk);
  if (colouring.kind === 'plain') return () => plain;
  if (colouring.kind === 'categories') {
    const codes = kind === 'real' ? colouring.codes : colouring.synthetic;
    const table = colouring.colours.map((colour) => packed(parseColour(colour)));
    return (cell) => {
      const code = codes?.[cell] ?? -1;
      if (code < 0) return plain;
      return colouring.shown[code] === 1 ? table[code] : -1;
    };
  }
  const values = kind === 'real' ? colouring.real : colouring.synthetic;
  const { low, high } = colouring.range;
  const last = tableSize - 1;
  const table = Array.from({ length: tableSize }, (_, i) =>
    packed(sequenceColour(i / last, false, sequence)),
  );
  return (cell) => {
    const share = ((values?.[cell] ?? Number.NaN) - low) / (high - low);
    if (!Number.isFinite(share)) return plain;
    return table[Math.round(last * Math.min(1, Math.max(0, share)))];
  };
}

/** Cells in drawing order as points, without those that are not drawn; the page breathes in between. */
export async function figurePoints(
  xy: Float32Array,
  order: Uint32Array,
  view: View,
  paint: (cell: number) => number,
  size: Pick<FigurePoints, 'radius' | 'ring' | 'opacity'>,
): Promise<FigurePoints> {
  const places = new Float32Array(2 * order.length);
  const colours = new Uint32Array(order.length);
  let drawn = 0;
  for (let from = 0; from < order.length; from += block) {
    if (from > 0) await nextTask();
    for (const cell of order.subarray(from, from + block)) {
      const colour = paint(cell);
      if (colour < 0) continue;
      places.set(project(view, xy[2 * cell], xy[2 * cell + 1]), 2 * drawn);
      colours[drawn] = colour;
      drawn += 1;
    }
  }
  return { xy: places.subarray(0, 2 * drawn), colours: colours.subarray(0, drawn), ...size };
}
