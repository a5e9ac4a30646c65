/** @file Category names over the canvas, as SVG: crisp, and apart from the points. */
import { useMemo, useSyncExternalStore } from 'react';
import { clearOf, type Crowd } from './crowd.ts';
import { layoutLabels, leaderStart, type LabelAnchor } from './label-layout.ts';
import { project } from './view-fit.ts';
import type { Viewport } from './viewport.ts';

/** Names to show on the map. */
export interface LabelledColumn {
  readonly categories: readonly string[];
  readonly anchors: readonly LabelAnchor[];
  /** 1 for categories that are drawn, or null for all. */
  readonly shown: Uint8Array | null;
  /** Where cells lie, which names keep clear of. */
  readonly crowd: Crowd | null;
}

/** Properties of the overlay. */
export interface MapLabelsProps {
  readonly viewport: Viewport;
  readonly labels: LabelledColumn | null;
  readonly focus: number | null;
  readonly large: boolean;
  /** Pixels at the top that the legend takes with all the width. */
  readonly top: number;
}

/** Names may move this far, in pixels, before a line leads back to their cells. */
const leaderFrom = 24;
const widths = new Map<string, number>();
let context: CanvasRenderingContext2D | null = null;

function textWidth(text: string, size: number): number {
  const key = `${size} ${text}`;
  const known = widths.get(key);
  if (known !== undefined) return known;
  context ??= document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  if (!context) return text.length * size * 0.56;
  context.font = `600 ${size}px Inter, "Inter Variable", system-ui, sans-serif`;
  const { width } = context.measureText(text);
  widths.set(key, width);
  return width;
}

/** Moves a wanted centre so that its box stays inside the window, if the cells themselves are. */
function inside(wanted: number, half: number, size: number): number {
  if (wanted < 0 || wanted > size) return wanted;
  return Math.min(Math.max(wanted, half + 6), Math.max(half + 6, size - half - 6));
}

/** The overlay; re-renders with every move of the map, which costs less than a millisecond for 40 names. */
export function MapLabels({ viewport, labels, focus, large, top }: MapLabelsProps) {
  const view = useSyncExternalStore(viewport.subscribe, viewport.get);
  const size = large ? 14 : 12;
  const named = useMemo(() => {
    if (!labels || view.width === 0) return [];
    const wanted = labels.anchors
      .filter(({ category }) => !labels.shown || labels.shown[category] === 1)
      .flatMap((anchor) => {
        const [px, py] = project(view, anchor.x, anchor.y);
        if (px < 0 || px > view.width || py < 0 || py > view.height) return [];
        const text = labels.categories[anchor.category];
        const width = textWidth(text, size) + 8;
        const box = { x: inside(px, width / 2, view.width), y: py, width, height: size + 5 };
        return [{ category: anchor.category, text, px, py, box }];
      });
    const spots = layoutLabels(
      wanted.map(({ box }) => box),
      labels.crowd && clearOf(labels.crowd, view, { top, noted: true }),
    );
    return wanted.flatMap((label, index) => {
      const spot = spots[index];
      return spot ? [{ ...label, spot }] : [];
    });
  }, [labels, view, size, top]);
  return (
    <svg className="overlay" aria-hidden="true">
      {named.map(({ category, text, px, py, box, spot }) => {
        const far =
          Math.hypot(spot.x - px, spot.y - py) > Math.max(leaderFrom, 0) && spot.moved > leaderFrom;
        const start = leaderStart(
          spot,
          { width: box.width - 4, height: box.height },
          { x: px, y: py },
        );
        return (
          <g key={category} className={focus !== null && focus !== category ? 'faded' : undefined}>
            {far && (
              <>
                <line className="leader" x1={start.x} y1={start.y} x2={px} y2={py} />
                <circle className="anchor" cx={px} cy={py} r={1.6} />
              </>
            )}
            <text x={spot.x} y={spot.y}>
              {text}
            </text>
          </g>
        );
      })}
    </svg>
  );
}
