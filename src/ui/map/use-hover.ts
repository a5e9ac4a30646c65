/** @file Which cell rests under the pointer: after 60 ms of stillness, never while dragging. */
import { useCallback, useEffect, useRef, useState, type RefObject } from 'react';
import type { MapScene } from './map-scene.ts';
import { nearestPoint } from './nearest-point.ts';
import type { CellRef } from './tooltip-facts.ts';
import { project, unproject } from './view-fit.ts';
import type { Viewport } from './viewport.ts';

/** A cell and where it is drawn, in pixels. */
export interface HoveredCell extends CellRef {
  readonly x: number;
  readonly y: number;
}

/** The drawn points to look among. */
export interface HoverSubject {
  readonly real: Float32Array | null;
  /** Whether a real cell is drawn; null: none is. */
  readonly isDrawn: ((cell: number) => boolean) | null;
  readonly synthetic: Float32Array | null;
  /** 1 for synthetic cells that are drawn */
  readonly shown: Float32Array | null;
}

const rest = 60;
/** Pixels around a point that count as on it. */
const reach = 3;

function pick(
  subject: HoverSubject,
  viewport: Viewport,
  scene: MapScene,
  px: number,
  py: number,
): HoveredCell | null {
  const view = viewport.get();
  const [x, y] = unproject(view, px, py);
  const scale = 2 ** view.zoom;
  const sizes = scene.sizes();
  const { synthetic, shown, real, isDrawn } = subject;
  if (synthetic && shown) {
    const visible = (cell: number): boolean => shown[cell] === 1;
    const index = nearestPoint(synthetic, visible, x, y, (sizes.synthetic + reach) / scale);
    if (index >= 0) return placed('synthetic', index, synthetic);
  }
  if (real && isDrawn) {
    const index = nearestPoint(real, isDrawn, x, y, (sizes.real + reach) / scale);
    if (index >= 0) return placed('real', index, real);
  }
  return null;

  function placed(kind: CellRef['kind'], index: number, places: Float32Array): HoveredCell {
    const [left, top] = project(view, places[2 * index], places[2 * index + 1]);
    return { kind, index, x: left, y: top };
  }
}

/** The cell under the pointer, or null; and a switch for the time of a drag. */
export function useHover(
  host: RefObject<HTMLElement | null>,
  viewport: Viewport,
  scene: MapScene | null,
  subject: HoverSubject,
): HoveredCell | null {
  const [hovered, setHovered] = useState<HoveredCell | null>(null);
  const latest = useRef(subject);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => {
    latest.current = subject;
  });
  const clear = useCallback(() => {
    clearTimeout(timer.current);
    setHovered(null);
  }, []);
  useEffect(() => {
    const element = host.current;
    if (!element || !scene) return undefined;
    const onMove = (event: PointerEvent): void => {
      clear();
      if (event.buttons !== 0 || event.pointerType === 'touch') return;
      const box = element.getBoundingClientRect();
      const px = event.clientX - box.left;
      const py = event.clientY - box.top;
      timer.current = setTimeout(
        () => setHovered(pick(latest.current, viewport, scene, px, py)),
        rest,
      );
    };
    element.addEventListener('pointermove', onMove);
    element.addEventListener('pointerdown', clear);
    element.addEventListener('pointerleave', clear);
    element.addEventListener('wheel', clear, { passive: true });
    const stop = viewport.subscribe(clear);
    return () => {
      element.removeEventListener('pointermove', onMove);
      element.removeEventListener('pointerdown', clear);
      element.removeEventListener('pointerleave', clear);
      element.removeEventListener('wheel', clear);
      stop();
      clear();
    };
  }, [host, viewport, scene, clear]);
  return hovered;
}
