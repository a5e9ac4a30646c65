/** @file Figures as PNGs: text and lines are drawn here strip by strip; points, packing and joining are the map worker's. */
import type { PicturePoints } from '../../protocol/map.ts';
import { drawFigurePoints } from '../../state/actions/figure-points.ts';
import { annotatePng, ringColour, type FigureText } from './figure-file.ts';
import { nextTask } from './next-task.ts';

/** CSS pixels per inch. */
const cssInch = 96;
/** Pixels of a strip: few enough that drawing one is not felt. */
const stripPixels = 600_000;

/** A loaded picture from top to bottom in strips as wide as it is, `scale` times as fine. Error when the browser has no canvas. */
async function stripsOf(
  image: HTMLImageElement,
  width: number,
  height: number,
  scale: number,
): Promise<ImageBitmap[]> {
  const strips: ImageBitmap[] = [];
  const rows = Math.max(1, Math.floor(stripPixels / width));
  for (let top = 0; top < height; top += rows) {
    const canvas = new OffscreenCanvas(width, Math.min(rows, height - top));
    const context = canvas.getContext('2d');
    if (!context) throw new Error('no 2D canvas');
    context.setTransform(scale, 0, 0, scale, 0, -top);
    context.drawImage(image, 0, 0);
    strips.push(canvas.transferToImageBitmap());
    await nextTask();
  }
  return strips;
}

/** Draws an SVG file over points at so many dots per inch, on white. @returns a PNG with its size on paper and its words. Error when the browser cannot. */
export async function rasterise(
  svg: Blob,
  dotsPerInch: number,
  text: FigureText,
  points: readonly PicturePoints[] = [],
): Promise<Blob> {
  const url = URL.createObjectURL(svg);
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const scale = dotsPerInch / cssInch;
    const [width, height] = [Math.round(image.width * scale), Math.round(image.height * scale)];
    const over = await stripsOf(image, width, height, scale);
    const size = { width: image.width, height: image.height, scale };
    const request = { ...size, kinds: points, ring: ringColour, ground: '#ffffff', over };
    const png = await drawFigurePoints({ ...request, form: 'png' });
    const bytes = annotatePng(new Uint8Array(await png.arrayBuffer()), dotsPerInch, {
      Title: text.title,
      Description: text.caption,
      Source: JSON.stringify(text.provenance),
    });
    return new Blob([bytes as BlobPart], { type: 'image/png' });
  } finally {
    URL.revokeObjectURL(url);
  }
}
