/** @file A picture drawn outside the page, for files. */
import type { ReactNode } from 'react';
import { flushSync } from 'react-dom';
import { createRoot } from 'react-dom/client';

/** Draws an SVG once, away from the page; null when there is none. Its parent is kept, because styles may hang on it. */
export function drawApart(picture: ReactNode): SVGSVGElement | null {
  const holder = document.createElement('div');
  const root = createRoot(holder);
  flushSync(() => root.render(picture));
  const copy = holder.querySelector('svg')?.cloneNode(true) ?? null;
  root.unmount();
  return copy as SVGSVGElement | null;
}
