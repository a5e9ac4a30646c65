/** @file Keys on the focused map: arrows move it, + and − zoom. */
import { panBy, zoomBy } from './view-fit.ts';
import type { Viewport } from './viewport.ts';

const step = 48;
const arrows: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-step, 0],
  ArrowRight: [step, 0],
  ArrowUp: [0, -step],
  ArrowDown: [0, step],
};

/** Moves the viewport by one key; returns whether the key meant anything. */
export function moveByKey(
  viewport: Viewport,
  event: {
    readonly key: string;
    readonly ctrlKey: boolean;
    readonly metaKey: boolean;
    readonly altKey: boolean;
  },
): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const view = viewport.get();
  const arrow = arrows[event.key];
  if (arrow) viewport.move(panBy(view, arrow[0], arrow[1]));
  else if (event.key === '+' || event.key === '=')
    viewport.move(zoomBy(view, view.fitZoom, Math.SQRT2));
  else if (event.key === '-' || event.key === '_')
    viewport.move(zoomBy(view, view.fitZoom, Math.SQRT1_2));
  else return false;
  return true;
}
