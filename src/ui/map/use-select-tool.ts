/** @file Drawing a lasso or a rectangle on the map. The line is drawn without React; the cells are looked up once, on release. */
import { useEffect, useRef, type RefObject } from 'react';
import { selectInside, type DrawnCells } from '../../state/actions/selection.ts';
import { explored, type MapTool } from '../../state/explore.ts';
import type { SelectMode } from '../../state/lasso.ts';
import { unproject } from './view-fit.ts';
import type { Viewport } from './viewport.ts';

/** Pixels between two corners of a lasso. */
const apart = 3;
/** A line shorter than this many pixels is a click. */
const shortest = 8;

/** What the keys held at the start of a drag mean. */
export function modeOf(keys: { readonly shiftKey: boolean; readonly altKey: boolean }): SelectMode {
  if (keys.altKey) return 'subtract';
  return keys.shiftKey ? 'add' : 'replace';
}

/** The four corners of a rectangle, or the lasso's own points, in pixels. */
export function outlineOf(tool: MapTool, points: readonly number[]): number[] {
  if (tool !== 'rectangle') return [...points];
  const [x0, y0] = points;
  const [x1, y1] = points.slice(-2);
  return [x0, y0, x1, y0, x1, y1, x0, y1];
}

function pathText(outline: readonly number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < outline.length; i += 2)
    parts.push(`${i === 0 ? 'M' : 'L'}${outline[i].toFixed(1)} ${outline[i + 1].toFixed(1)}`);
  return parts.length > 0 ? `${parts.join('')}Z` : '';
}

/** Which tool a press starts: the chosen one; with Shift or Alt held the lasso, whatever is chosen. */
export function toolOf(
  chosen: MapTool,
  event: { readonly shiftKey: boolean; readonly altKey: boolean; readonly button: number },
): MapTool {
  if (event.button !== 0) return 'move';
  return chosen === 'move' && (event.shiftKey || event.altKey) ? 'lasso' : chosen;
}

/** Listens for drags while a tool is chosen; Esc gives a drag up. @param line the path that shows it */
export function useSelectTool(
  host: RefObject<HTMLElement | null>,
  line: RefObject<SVGPathElement | null>,
  viewport: Viewport,
  drawn: DrawnCells,
): void {
  const latest = useRef(drawn);
  useEffect(() => {
    latest.current = drawn;
  });
  useEffect(() => {
    const element = host.current;
    if (!element) return undefined;
    let drag: { tool: MapTool; mode: SelectMode; points: number[]; pointer: number } | null = null;
    const show = (): void => {
      const outline = drag ? outlineOf(drag.tool, drag.points) : [];
      line.current?.setAttribute('d', pathText(outline));
      line.current?.setAttribute('class', `lasso ${drag?.mode ?? ''}`);
    };
    const at = (event: PointerEvent): readonly [number, number] => {
      const box = element.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    const onDown = (event: PointerEvent): void => {
      const tool = toolOf(explored().tool, event);
      if (tool === 'move') return;
      event.stopPropagation();
      event.preventDefault();
      (element.querySelector('canvas') as HTMLElement | null)?.focus({ preventScroll: true });
      element.setPointerCapture(event.pointerId);
      drag = { tool, mode: modeOf(event), points: [...at(event)], pointer: event.pointerId };
      show();
    };
    const onMove = (event: PointerEvent): void => {
      if (event.pointerId !== drag?.pointer) return;
      event.stopPropagation();
      const [x, y] = at(event);
      const [lastX, lastY] = drag.points.slice(-2);
      if (Math.hypot(x - lastX, y - lastY) < apart) return;
      if (drag.tool === 'rectangle') drag.points.length = 2;
      drag.points.push(x, y);
      show();
    };
    const end = (): typeof drag => {
      const done = drag;
      drag = null;
      show();
      return done;
    };
    const onUp = (event: PointerEvent): void => {
      if (event.pointerId !== drag?.pointer) return;
      event.stopPropagation();
      const done = end();
      if (!done) return;
      const outline = outlineOf(done.tool, done.points);
      if (extent(outline) < shortest) return;
      const view = viewport.get();
      const polygon = new Float32Array(outline.length);
      for (let i = 0; i < outline.length; i += 2)
        polygon.set(unproject(view, outline[i], outline[i + 1]), i);
      selectInside(polygon, latest.current, done.mode);
    };
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' || !drag) return;
      event.preventDefault();
      end();
    };
    element.addEventListener('pointerdown', onDown, { capture: true });
    element.addEventListener('pointermove', onMove, { capture: true });
    element.addEventListener('pointerup', onUp, { capture: true });
    element.addEventListener('pointercancel', end);
    window.addEventListener('keydown', onKey, { capture: true });
    return () => {
      element.removeEventListener('pointerdown', onDown, { capture: true });
      element.removeEventListener('pointermove', onMove, { capture: true });
      element.removeEventListener('pointerup', onUp, { capture: true });
      element.removeEventListener('pointercancel', end);
      window.removeEventListener('keydown', onKey, { capture: true });
    };
  }, [host, line, viewport]);
}

/** The larger side of an outline's box, in pixels. */
function extent(outline: readonly number[]): number {
  const side = (axis: number): number => {
    const own = outline.filter((_, i) => i % 2 === axis);
    return Math.max(...own) - Math.min(...own);
  };
  return Math.max(side(0), side(1));
}
