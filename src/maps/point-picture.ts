/** @file Points drawn as one picture, away from the page's thread: a figure of 75,000 cells takes seconds to draw and pack. */
import type { PictureRequest } from '../protocol/map.ts';
import { StudioError } from '../protocol/errors.ts';

const css = (colour: number): string => `#${colour.toString(16).padStart(6, '0')}`;

/** Draws the kinds of points in their order on a transparent ground. @returns a PNG. Error: internal, where no canvas can be had. */
export async function drawPoints(request: PictureRequest): Promise<Blob> {
  const { width, height, scale, kinds, ring } = request;
  const canvas = new OffscreenCanvas(Math.round(width * scale), Math.round(height * scale));
  const context = canvas.getContext('2d');
  if (!context)
    throw new StudioError(
      'internal',
      'The picture could not be drawn.',
      'This browser has no memory for a picture of this size. Close other tabs and try again.',
    );
  context.strokeStyle = ring;
  for (const points of kinds) {
    context.globalAlpha = points.opacity;
    context.lineWidth = points.ring * scale;
    points.colours.forEach((colour, i) => {
      const x = points.xy[2 * i] * scale;
      const y = points.xy[2 * i + 1] * scale;
      if (!Number.isFinite(x) || !Number.isFinite(y)) return;
      if (i === 0 || colour !== points.colours[i - 1]) context.fillStyle = css(colour);
      context.beginPath();
      context.arc(x, y, points.radius * scale, 0, 2 * Math.PI);
      context.fill();
      if (points.ring > 0) context.stroke();
    });
  }
  return canvas.convertToBlob({ type: 'image/png' });
}
