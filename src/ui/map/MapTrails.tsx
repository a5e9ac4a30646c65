/** @file Ways of some cells from noise: true on the PCA, on the UMAP by their nearest real cells at each moment. */
import { useMemo, useSyncExternalStore } from 'react';
import { chosenTrails } from '../../state/actions/trails.ts';
import { floatArray } from '../../state/array-registry.ts';
import { useExplore } from '../../state/explore.ts';
import { useStudio } from '../../state/store.ts';
import type { Colouring } from './colouring.ts';
import { flowPaths, type FlowPath } from './flow-frames.ts';
import type { MapPicture } from './use-map-picture.ts';
import { project, type View } from './view-fit.ts';
import type { Viewport } from './viewport.ts';

/** Cells whose way is drawn below flow time 1 without Trails. */
const fewPaths = 24;

/** Properties of the ways. */
export interface MapTrailsProps {
  readonly viewport: Viewport;
  readonly picture: MapPicture;
}

/** Solid as far as the cells have come, dotted where they will go. */
export function MapTrails({ viewport, picture }: MapTrailsProps) {
  const view = useSyncExternalStore(viewport.subscribe, viewport.get);
  const paths = usePaths(picture);
  if (paths.length === 0) return null;
  return (
    <svg className="overlay" aria-hidden="true">
      {paths.map((path) => (
        <Way key={path.cell} path={path} view={view} colouring={picture.colouring} />
      ))}
    </svg>
  );
}

function usePaths({ overlay, synthetic }: MapPicture): readonly FlowPath[] {
  const trails = useExplore((state) => state.trails);
  const places = useExplore((state) => state.trailPlaces);
  const joint = useExplore((state) => state.joint.shown);
  const selected = useExplore((state) => state.selection.synthetic);
  const frames = useStudio((state) => state.synthetic.frames);
  const flow = synthetic?.flow ?? null;
  const time = flow?.time ?? 1;
  const inFlow = flow !== null;
  return useMemo(() => {
    if (overlay === 'umap') {
      const xy = trails && !joint && places ? floatArray(places.umap) : null;
      if (!xy || !places) return [];
      const own = Int32Array.from(places.cells.keys());
      return flowPaths(xy, places.frames, 1, own).map((path) => ({
        ...path,
        cell: places.cells[path.cell],
      }));
    }
    const xy = frames && (trails || inFlow) ? floatArray(frames.id) : null;
    if (!xy || !frames) return [];
    const cells = xy.length / 2 / frames.count;
    const chosen = chosenTrails(cells);
    const some = trails || selected !== null ? chosen : chosen.slice(0, fewPaths);
    return flowPaths(xy, frames.count, time, some);
  }, [overlay, trails, joint, places, frames, inFlow, time, selected]);
}

interface WayProps {
  readonly path: FlowPath;
  readonly view: View;
  readonly colouring: Colouring;
}

function lineOf(view: View, points: Float32Array): string {
  const parts: string[] = [];
  for (let index = 0; index < points.length; index += 2)
    parts.push(
      project(view, points[index], points[index + 1])
        .map((value) => value.toFixed(1))
        .join(' '),
    );
  return parts.join(',');
}

function Way({ path, view, colouring }: WayProps) {
  const code = colouring.kind === 'categories' ? (colouring.synthetic?.[path.cell] ?? -1) : -1;
  if (colouring.kind === 'categories' && code >= 0 && colouring.shown[code] === 0) return null;
  const stroke =
    colouring.kind === 'categories' && code >= 0 ? colouring.colours[code] : 'var(--ink-3)';
  return (
    <g stroke={stroke} fill="none">
      <polyline className="way" points={lineOf(view, path.past)} />
      <polyline className="way ahead" points={lineOf(view, path.future)} />
    </g>
  );
}
