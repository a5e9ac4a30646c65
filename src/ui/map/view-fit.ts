/** @file Where the map looks: bounds, fit, projection between cells' coordinates and pixels, zoom limits. */

/** Extent of points. */
export interface Bounds {
  readonly minX: number;
  readonly maxX: number;
  readonly minY: number;
  readonly maxY: number;
}

/** Centre in cells' coordinates and log₂ of pixels per unit; y points up. */
export interface Look {
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
}

/** A look through a window of some size, in CSS pixels. */
export interface View extends Look {
  readonly width: number;
  readonly height: number;
}

/** Free space kept around the points, in pixels. */
export interface Padding {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}

/** Bounds of all finite points in arrays of x, y pairs; null if there is none. */
export function boundsOf(arrays: readonly Float32Array[]): Bounds | null {
  let minX = Infinity;
  let maxX = -Infinity;
  let minY = Infinity;
  let maxY = -Infinity;
  for (const xy of arrays) {
    for (let index = 0; index + 1 < xy.length; index += 2) {
      const x = xy[index];
      const y = xy[index + 1];
      if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
      if (x < minX) minX = x;
      if (x > maxX) maxX = x;
      if (y < minY) minY = y;
      if (y > maxY) maxY = y;
    }
  }
  return minX <= maxX ? { minX, maxX, minY, maxY } : null;
}

/** Below this width of the map, in pixels, the legend is one line at the top that opens. */
export const legendLineBelow = 720;
/** Height of that line with its margins. */
export const legendLine = 36;

/** Padding of a fit that leaves the legend's width free at the left (half the map at most); on narrow maps the legend is a line at the top. */
export function fitPadding(width: number, height: number, legendRight: number): Padding {
  if (width < legendLineBelow) return { top: 44, right: 28, bottom: 50, left: 28 };
  const short = height < 500;
  const left = legendRight > 0 ? Math.min(legendRight + 20, width * 0.5) : 28;
  return { top: short ? 22 : 34, right: 44, bottom: short ? 30 : 44, left };
}

/** The look that shows all bounds inside the padding, as large as possible. A single point gets one unit of extent. */
export function fitView(
  bounds: Bounds,
  size: { readonly width: number; readonly height: number },
  padding: Padding,
): Look {
  const freeWidth = Math.max(40, size.width - padding.left - padding.right);
  const freeHeight = Math.max(40, size.height - padding.top - padding.bottom);
  const spanX = bounds.maxX - bounds.minX;
  const spanY = bounds.maxY - bounds.minY;
  const flat = spanX <= 0 && spanY <= 0;
  const scale = flat
    ? Math.min(freeWidth, freeHeight)
    : Math.min(freeWidth / Math.max(spanX, 1e-9), freeHeight / Math.max(spanY, 1e-9));
  const middleX = padding.left + freeWidth / 2 - size.width / 2;
  const middleY = padding.top + freeHeight / 2 - size.height / 2;
  return {
    x: (bounds.minX + bounds.maxX) / 2 - middleX / scale,
    y: (bounds.minY + bounds.maxY) / 2 + middleY / scale,
    zoom: Math.log2(scale),
  };
}

/** Pixel position of a point. */
export function project(view: View, x: number, y: number): readonly [number, number] {
  const scale = 2 ** view.zoom;
  return [view.width / 2 + (x - view.x) * scale, view.height / 2 - (y - view.y) * scale];
}

/** Point under a pixel. */
export function unproject(view: View, px: number, py: number): readonly [number, number] {
  const scale = 2 ** view.zoom;
  return [view.x + (px - view.width / 2) / scale, view.y - (py - view.height / 2) / scale];
}

/** Zoom levels allowed around a fitted one: 0.5 to 40 times. */
export function zoomLimits(fitZoom: number): { readonly min: number; readonly max: number } {
  return { min: fitZoom - 1, max: fitZoom + Math.log2(40) };
}

/** Zooms by a factor about the middle of the window, within the limits. */
export function zoomBy(view: View, fitZoom: number, factor: number): Look {
  const { min, max } = zoomLimits(fitZoom);
  return {
    x: view.x,
    y: view.y,
    zoom: Math.min(max, Math.max(min, view.zoom + Math.log2(factor))),
  };
}

/** Moves the window by pixels: positive looks further right and down. */
export function panBy(view: View, dx: number, dy: number): Look {
  const scale = 2 ** view.zoom;
  return { x: view.x + dx / scale, y: view.y - dy / scale, zoom: view.zoom };
}
