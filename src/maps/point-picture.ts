/** @file Points drawn as one picture, away from the page's thread: a figure of 75,000 cells takes seconds to draw and pack. */
import type { PicturePoints, PictureRequest } from '../protocol/map.ts';
import { StudioError } from '../protocol/errors.ts';

const css = (colour: number): string => `#${colour.toString(16).padStart(6, '0')}`;

/** What is needed of a 2D context. */
export type PointContext = Pick<
  OffscreenCanvasRenderingContext2D,
  'globalAlpha' | 'lineWidth' | 'fillStyle' | 'strokeStyle' | 'beginPath' | 'arc' | 'fill' | 'stroke' // prettier-ignore
>;

/** Draws the kinds of points in their order; points without a finite place are left out. `scale`: pixels a figure's pixel. */
export function paintPoints(
  context: PointContext,
  kinds: readonly PicturePoints[],
  scale: number,
  ring: string,
): void {
  context.strokeStyle = ring;
  for (const points of kinds) {
    context.globalAlpha = points.opacity;
    context.lineWidth = points.ring * scale;
    let last = -1;
    points.colours.forEach((colour, i) => {
      const x = points.xy[2 * i] * scale;
      const y = points.xy[2 * i + 1] * scale;
      if (!Number.isFinite(x) || !Number.isFinite(y)) return;
      if (colour !== last) context.fillStyle = css(colour);
      last = colour;
      context.beginPath();
      context.arc(x, y, points.radius * scale, 0, 2 * Math.PI);
      context.fill();
      if (points.ring > 0) context.stroke();
    });
  }
}

/** Draws ground, points and what lies over them, on a canvas of its own. @returns a PNG, or its data URL as text. Error: internal, where no canvas can be had. */
export async function drawPoints(request: PictureRequest): Promise<Blob> {
  const { width, height, scale, kinds, ring, ground, over, form } = request;
  const canvas = new OffscreenCanvas(Math.round(width * scale), Math.round(height * scale));
  const context = canvas.getContext('2d');
  if (!context)
    throw new StudioError(
      'internal',
      'The picture could not be drawn.',
      'This browser has no memory for a picture of this size. Close other tabs and try again.',
    );
  if (ground) {
    context.fillStyle = ground;
    context.fillRect(0, 0, canvas.width, canvas.height);
  }
  paintPoints(context, kinds, scale, ring);
  context.globalAlpha = 1;
  let top = 0;
  for (const strip of over) {
    context.drawImage(strip, 0, top);
    top += strip.height;
    strip.close();
  }
  const png = await canvas.convertToBlob({ type: 'image/png' });
  return form === 'png' ? png : dataUrl(png);
}

/** Bytes coded at a time: a multiple of 3, few enough to be arguments of one call. */
const codedAtOnce = 3 * 8192;

/** A file as the text of a data URL, so that the page never holds it as a string. */
async function dataUrl(file: Blob): Promise<Blob> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const parts = [`data:${file.type};base64,`];
  for (let from = 0; from < bytes.length; from += codedAtOnce)
    parts.push(btoa(String.fromCharCode(...bytes.subarray(from, from + codedAtOnce))));
  return new Blob(parts);
}
