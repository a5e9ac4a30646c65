/** @file When the map fits itself: on request, on new data, on another overlay, and on resizing while nobody moved it. */
import { useEffect, useRef, type RefObject } from 'react';
import { boundsOf, fitPadding, fitView } from './view-fit.ts';
import type { Viewport } from './viewport.ts';

/** What a fit looks at. */
export interface FitSubject {
  readonly real: Float32Array | null;
  readonly synthetic: Float32Array | null;
  /** Changes when the map must fit anew: file, overlay, request. */
  readonly key: string;
  /** Changes when the legend may have become wider; the map then makes room if nobody moved it. */
  readonly legendKey: string;
}

interface LastFit {
  readonly key: string | null;
  readonly real: Float32Array | null;
  readonly size: { readonly width: number; readonly height: number };
  readonly legendRight: number;
}

/** Fits the viewport to the cells; the legend's width stays free. */
export function useFit(
  viewport: Viewport,
  size: { readonly width: number; readonly height: number },
  legend: RefObject<HTMLElement | null>,
  { real, synthetic, key, legendKey }: FitSubject,
): void {
  const last = useRef<LastFit>({ key: null, real: null, size, legendRight: 0 });
  const latest = useRef(synthetic);
  useEffect(() => {
    latest.current = synthetic;
  });
  useEffect(() => {
    viewport.resize(size.width, size.height);
    const places = latest.current;
    if (size.width === 0 || size.height === 0 || (!real && !places)) return;
    const before = last.current;
    const sameCells = before.key === key;
    if (sameCells && viewport.get().touched) return;
    const legendRight = legend.current ? legend.current.offsetLeft + legend.current.offsetWidth : 0;
    const sameRoom = before.size === size && legendRight <= before.legendRight;
    if (sameCells && before.real === real && sameRoom) return;
    const bounds = boundsOf([...(real ? [real] : []), ...(places ? [places] : [])]);
    if (!bounds) return;
    const padding = fitPadding(size.width, size.height, legendRight);
    viewport.fit(fitView(bounds, size, padding));
    last.current = { key, real, size, legendRight };
  }, [viewport, size, legend, real, key, legendKey]);
}
