/** @file Lines of equal density over the points; drawn once in the map's coordinates and moved by one transform. */
import { useMemo, useSyncExternalStore } from 'react';
import type { ContourLines } from '../../protocol/study.ts';
import { useExplore } from '../../state/explore.ts';
import type { Colouring } from './colouring.ts';
import type { Viewport } from './viewport.ts';

/** Path data of all line strips of one level. */
export function contourPath({ points, starts }: ContourLines): string {
  const parts: string[] = [];
  starts.forEach((from, strip) => {
    const to = starts[strip + 1] ?? points.length / 2;
    for (let p = from; p < to; p += 1)
      parts.push(`${p === from ? 'M' : 'L'}${points[2 * p].toFixed(3)} ${points[2 * p + 1].toFixed(3)}`); // prettier-ignore
  });
  return parts.join('');
}

/** The contours of the present colouring, 1 px lines in its colours. */
export function MapContours({
  viewport,
  colouring,
}: {
  readonly viewport: Viewport;
  readonly colouring: Colouring;
}) {
  const view = useSyncExternalStore(viewport.subscribe, viewport.get);
  const contours = useExplore((state) => state.contours);
  const joint = useExplore((state) => state.joint.shown);
  const paths = useMemo(
    () => contours.map((lines) => ({ ...lines, d: contourPath(lines) })),
    [contours],
  );
  if (paths.length === 0 || joint) return null;
  const scale = 2 ** view.zoom;
  const transform = `matrix(${scale} 0 0 ${-scale} ${view.width / 2 - view.x * scale} ${view.height / 2 + view.y * scale})`;
  return (
    <svg className="overlay" aria-hidden="true">
      <g transform={transform} fill="none">
        {paths.map(({ category, level, d }) => (
          <path
            key={`${category} ${level}`}
            className="contour"
            d={d}
            stroke={colouring.kind === 'categories' ? colouring.colours[category] : 'var(--ink-2)'}
          />
        ))}
      </g>
    </svg>
  );
}
