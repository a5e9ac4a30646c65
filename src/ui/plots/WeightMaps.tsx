/** @file Small multiples: the same cells at guidance weights 0, 1, 2 and 4 over the same real cells. */
import { coloursOf } from '../../state/data-view.ts';
import { floatArray, intArray } from '../../state/array-registry.ts';
import type { WeightPanel } from '../../state/explore.ts';
import { formatDecimal } from '../../state/format.ts';
import { useStudio } from '../../state/store.ts';
import { boundsOf, fitView, project, type View } from '../map/view-fit.ts';

/** Real cells drawn behind each panel at most. */
const mostReal = 1500;

/** Words under a panel. */
export function panelText({ weight, distance }: WeightPanel, hits: number | null): string {
  const hit = hits === null ? '' : `, ${Math.round(100 * hits)} % recognised`;
  return `Weight ${weight}: median distance to real ${formatDecimal(distance, 1)}× the usual${hit}.`;
}

/** Share of a panel's cells that are recognised as asked, at weight 0 as the value that is steered to; null where nothing is. */
export function panelHits(panel: WeightPanel, wanted: number): number | null {
  if (panel.hit !== null) return panel.hit;
  const codes = intArray(panel.codes);
  if (!codes || wanted < 0) return null;
  return codes.filter((code) => code === wanted).length / codes.length;
}

/** Properties of the panels. */
export interface WeightMapsProps {
  readonly panels: readonly WeightPanel[];
  readonly attribute: string;
  readonly hits: readonly (number | null)[];
  readonly width: number;
  readonly height: number;
  readonly active: number;
}

/** Four maps in a row, one view for all. */
export function WeightMaps({ panels, attribute, hits, width, height, active }: WeightMapsProps) {
  const overlay = useStudio((state) => state.look.overlay);
  const realId = useStudio(({ data, model }) =>
    overlay === 'pca' ? (model.latentPca ?? data.pca) : data.umap,
  );
  const real = floatArray(realId);
  const colours = coloursOf(attribute);
  const step = width / 4;
  const room = { width: step - 12, height: height - 40 };
  const bounds = boundsOf(real ? [real] : []);
  if (!bounds || !real) return null;
  const view: View = {
    ...room,
    ...fitView(bounds, room, { top: 6, right: 6, bottom: 6, left: 6 }),
  };
  const stride = Math.max(1, Math.ceil(real.length / 2 / mostReal));
  const behind = dots(real, view, stride);
  return (
    <svg className="plot" width={width} height={height} viewBox={`0 0 ${width} ${height}`}>
      <defs>
        <clipPath id="weight-panel">
          <rect width={room.width} height={room.height} />
        </clipPath>
      </defs>
      {panels.map((panel, i) => {
        const places = floatArray(overlay === 'pca' ? panel.pca : panel.umap);
        const codes = intArray(panel.codes);
        const hit = hits[i];
        return (
          <g key={panel.weight} transform={`translate(${step * i + 6} 0)`}>
            <g clipPath="url(#weight-panel)">
              <path className="behind" d={behind} />
              {places &&
                Array.from({ length: places.length / 2 }, (_, cell) => {
                  const [x, y] = project(view, places[2 * cell], places[2 * cell + 1]);
                  return (
                    <circle
                      key={cell}
                      className="ringed"
                      cx={Math.round(x * 10) / 10}
                      cy={Math.round(y * 10) / 10}
                      r={2.2}
                      fill={colours[codes?.[cell] ?? -1] ?? 'var(--ink-3)'}
                    />
                  );
                })}
            </g>
            <rect
              className={active === i ? 'panel-edge on' : 'panel-edge'}
              width={room.width}
              height={room.height}
            />
            <text className="tag" x={0} y={room.height + 16}>
              weight {panel.weight}
            </text>
            <text x={0} y={room.height + 31}>
              {hit === null ? '' : `${Math.round(100 * hit)} % recognised, `}
              {formatDecimal(panel.distance, 1)}× from real
            </text>
          </g>
        );
      })}
    </svg>
  );
}

/** Small dots as one path. */
function dots(xy: Float32Array, view: View, stride: number): string {
  const parts: string[] = [];
  for (let cell = 0; cell < xy.length / 2; cell += stride) {
    const [x, y] = project(view, xy[2 * cell], xy[2 * cell + 1]);
    if (Number.isFinite(x) && Number.isFinite(y)) parts.push(`M${x.toFixed(1)} ${y.toFixed(1)}h0`);
  }
  return parts.join('');
}
