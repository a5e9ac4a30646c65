/** @file Behind the points of a PCA: its two axes. A UMAP has none. */
import { useSyncExternalStore } from 'react';
import { formatPercent } from '../../state/format.ts';
import { project, type View } from './view-fit.ts';
import type { Viewport } from './viewport.ts';

/** Properties of the underlay. */
export interface MapUnderlayProps {
  readonly viewport: Viewport;
  /** Variance shares of the axes, 0–1. */
  readonly variance: readonly number[];
}

/** A thin cross through the origin with the components' names. */
export function MapUnderlay({ viewport, variance }: MapUnderlayProps) {
  const view = useSyncExternalStore(viewport.subscribe, viewport.get);
  return (
    <svg className="overlay" aria-hidden="true">
      <Axes view={view} variance={variance} />
    </svg>
  );
}

function Axes({ view, variance }: { readonly view: View; readonly variance: readonly number[] }) {
  const [x0, y0] = project(view, 0, 0);
  const name = (axis: number): string =>
    variance[axis] === undefined
      ? `PC ${axis + 1}`
      : `PC ${axis + 1}, ${formatPercent(variance[axis])}`;
  const { width, height } = view;
  return (
    <>
      <line className="cross" x1={0} x2={width} y1={y0} y2={y0} />
      <line className="cross" x1={x0} x2={x0} y1={0} y2={height} />
      <text className="axis" x={width - 12} y={y0 - 9} style={{ textAnchor: 'end' }}>
        {name(0)}
      </text>
      <text className="axis" x={x0 + 7} y={14} style={{ textAnchor: 'start' }}>
        {name(1)}
      </text>
    </>
  );
}
