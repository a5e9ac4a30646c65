/** @file Behind the points of a PCA: the two axes, and the ways of some cells from noise. A UMAP has neither. */
import { useMemo, useSyncExternalStore } from 'react';
import { formatPercent } from '../../state/format.ts';
import type { Colouring } from './colouring.ts';
import { flowPaths } from './flow-frames.ts';
import type { FlowPlaces, MapPicture } from './use-map-picture.ts';
import { project, type View } from './view-fit.ts';
import type { Viewport } from './viewport.ts';

/** Properties of the underlay. */
export interface MapUnderlayProps {
  readonly viewport: Viewport;
  readonly picture: MapPicture;
  /** Variance shares of the axes, 0–1. */
  readonly variance: readonly number[];
}

/** Cells whose way is drawn. */
const mostPaths = 24;

/** Axes, and below flow time 1 the ways: solid as far as the cells have come, dotted where they will go. */
export function MapUnderlay({ viewport, picture, variance }: MapUnderlayProps) {
  const view = useSyncExternalStore(viewport.subscribe, viewport.get);
  const flow = picture.synthetic?.flow ?? null;
  return (
    <svg className="overlay" aria-hidden="true">
      <Axes view={view} variance={variance} />
      {flow && <Ways view={view} flow={flow} colouring={picture.colouring} />}
    </svg>
  );
}

interface WaysProps {
  readonly view: View;
  readonly flow: FlowPlaces;
  readonly colouring: Colouring;
}

function Ways({ view, flow, colouring }: WaysProps) {
  const { frames, count, time } = flow;
  const paths = useMemo(() => flowPaths(frames, count, time, mostPaths), [frames, count, time]);
  const line = (points: Float32Array): string => {
    const parts: string[] = [];
    for (let index = 0; index < points.length; index += 2)
      parts.push(
        project(view, points[index], points[index + 1])
          .map((value) => value.toFixed(1))
          .join(' '),
      );
    return parts.join(',');
  };
  return paths.map(({ cell, past, future }) => {
    const code = colouring.kind === 'categories' ? (colouring.synthetic?.[cell] ?? -1) : -1;
    if (colouring.kind === 'categories' && code >= 0 && colouring.shown[code] === 0) return null;
    const stroke =
      colouring.kind === 'categories' && code >= 0 ? colouring.colours[code] : 'var(--ink-3)';
    return (
      <g key={cell} stroke={stroke} fill="none">
        <polyline className="way" points={line(past)} />
        <polyline className="way ahead" points={line(future)} />
      </g>
    );
  });
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
