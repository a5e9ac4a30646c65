/** @file Collects what the map shows into a figure: places, colours, names, legend, caption. */
import { floatArray } from '../../state/array-registry.ts';
import { explored } from '../../state/explore.ts';
import { formatNumber, formatPercent } from '../../state/format.ts';
import { drawFigurePoints } from '../../state/actions/figure-points.ts';
import { mapLabel } from '../../state/map-names.ts';
import { get } from '../../state/store.ts';
import { composeSvg, ringColour, type BuiltFigure, type FigureText } from '../plots/figure-file.ts';
import { figureProvenance, sourceSentence } from '../plots/figure-source.ts';
import { drawOrder } from './cell-colours.ts';
import { colourName, colouringOf, type Colouring } from './colouring.ts';
import { sequenceColour } from './colour-scale.ts';
import { nextTask } from '../plots/next-task.ts';
import { textWidth } from '../plots/text-fit.ts';
import { clearOf, crowdOf } from './crowd.ts';
import { labelAnchors, layoutLabels } from './label-layout.ts';
import { legendRows } from './legend-rows.ts';
import {
  figureMarkup,
  hexColour,
  legendWidth,
  mostVectorPoints,
  type FigureMap,
} from './map-figure.ts';
import { figurePoints, packed, painter } from './figure-points.ts';
import { pointSizes } from './point-sizes.ts';
import { boundsOf, fitView, project, type Bounds, type View } from './view-fit.ts';

/** 183 mm, a double column. */
const width = 692;
const height = 470;
const padding = { top: 14, right: 14, bottom: 26, left: 26 };
const pictureScale = 600 / 96;
/** Stands in the SVG where the picture of the points comes. */
const pictureMark = '{points}';

function places(): { real: Float32Array | null; synthetic: Float32Array | null } {
  const { data, look, model, synthetic, view } = get();
  const { joint } = explored();
  if (look.overlay === 'pca')
    return {
      real: view.showReal ? floatArray(model.latentPca ?? data.pca) : null,
      synthetic: view.showSynthetic ? floatArray(synthetic.pca) : null,
    };
  return {
    real: view.showReal ? floatArray(joint.shown ? joint.real : data.umap) : null,
    synthetic: view.showSynthetic
      ? floatArray(joint.shown ? joint.synthetic : synthetic.umap)
      : null,
  };
}

/** The figure of what the map shows now; null while there is nothing on it. Error: internal, where its points cannot be drawn. */
export async function buildMapFigure(as: 'svg' | 'png'): Promise<BuiltFigure | null> {
  const state = get();
  const { real, synthetic } = places();
  const bounds = boundsOf([real, synthetic].filter((xy) => xy !== null));
  if (!bounds) return null;
  const { joint, ranges, sequence } = explored();
  const found = colouringOf(state);
  const colouring =
    found.kind === 'numbers' && ranges[found.title]
      ? { ...found, range: ranges[found.title] }
      : found;
  const view = figureView(bounds);
  const counts = { real: (real?.length ?? 0) / 2, synthetic: (synthetic?.length ?? 0) / 2 };
  const sizes = pointSizes(counts.real, counts.synthetic, 700, 0, false);
  const codes = colouring.kind === 'categories' ? colouring.codes : null;
  const text = wordsOf(counts, colouring, joint.shown);
  await nextTask();
  const names = namesOf(real, colouring, view);
  await nextTask();
  const own = real
    ? await figurePoints(
        real,
        drawOrder(real, codes, null),
        view,
        painter(colouring, 'real', sequence),
        {
          radius: round(sizes.real * 0.7),
          ring: 0,
          opacity: colouring.kind === 'numbers' ? 0.72 : 0.5,
        },
      )
    : null;
  const made = synthetic
    ? await figurePoints(
        synthetic,
        drawOrder(synthetic, null, null),
        view,
        painter(colouring, 'synthetic', sequence),
        {
          radius: round(sizes.synthetic * 0.7),
          ring: round(Math.max(0.3, sizes.ring * 0.7)),
          opacity: 1,
        },
      )
    : null;
  const overlay = state.look.overlay === 'pca' ? 'PC' : mapNameOf(state.data.mapKey, joint.shown);
  const variance = state.model.latentPca ? state.model.latentPcaVariance : state.data.pcaVariance;
  const axis = (i: number): string =>
    overlay === 'PC' && variance[i] !== undefined
      ? `PC ${i + 1}, ${formatPercent(variance[i])}`
      : `${overlay} ${i + 1}`;
  const map: DrawnMap = {
    real: own,
    synthetic: made,
    labels: names,
    axes: [axis(0), axis(1)],
    legendTitle: colourName(colouring) ?? 'All cells',
    keys:
      colouring.kind === 'categories'
        ? legendRows(colouring, null).filter(({ shown }) => shown)
        : [],
    bar: barOf(colouring),
    realCells: counts.real,
    syntheticCells: counts.synthetic,
  };
  return composed(map, text, as);
}

/** Where the cells of a figure with these bounds are drawn, beside its legend. */
export function figureView(bounds: Bounds): View {
  const room = { width: width - legendWidth, height };
  return { ...room, ...fitView(bounds, room, padding) };
}

/** A map as it is drawn, of the size that all have. */
export type DrawnMap = Omit<FigureMap, 'points' | 'width' | 'height'>;

/** Puts the points into the figure: as circles, as a picture, or, for a PNG, under it. Error: internal, where they cannot be drawn. */
export async function composed(
  map: DrawnMap,
  text: FigureText,
  as: 'svg' | 'png',
): Promise<BuiltFigure> {
  const svg = (points: FigureMap['points']): string =>
    composeSvg(figureMarkup({ ...map, width, height, points }), width, height, text, points !== 'under'); // prettier-ignore
  const kinds = [map.real, map.synthetic].filter((points) => points !== null);
  if (as === 'png') return { svg: [svg('under')], text, points: kinds };
  if (map.realCells + map.syntheticCells <= mostVectorPoints) return { svg: [svg('vector')], text };
  const picture = await drawFigurePoints({
    width: width - legendWidth,
    height,
    scale: pictureScale,
    kinds,
    ring: ringColour,
    ground: null,
    over: [],
    form: 'data-url',
  });
  const [before, after] = svg({ picture: pictureMark }).split(pictureMark);
  return { svg: [before, picture, after], text };
}

const round = (value: number): number => Math.round(value * 100) / 100;

function namesOf(real: Float32Array | null, colouring: Colouring, view: View) {
  if (!real || colouring.kind !== 'categories') return [];
  const { categories, codes, shown } = colouring;
  const anchors = labelAnchors(real, codes, categories.length).filter(({ category }) => shown[category] === 1); // prettier-ignore
  const boxes = anchors.map(({ category, x, y }) => {
    const [px, py] = project(view, x, y);
    const width = textWidth(categories[category], 10) + 8;
    const x0 = Math.min(Math.max(px, width / 2 + 4), view.width - width / 2 - 4);
    return { x: x0, y: py, width, height: 13 };
  });
  const crowd = crowdOf(real);
  return layoutLabels(boxes, crowd && clearOf(crowd, view)).flatMap((spot, i) =>
    spot
      ? [
          {
            text: categories[anchors[i].category],
            x: spot.x,
            y: spot.y,
            ...(spot.moved > 22 ? { from: project(view, anchors[i].x, anchors[i].y) } : {}),
          },
        ]
      : [],
  );
}

function barOf(colouring: Colouring): FigureMap['bar'] {
  if (colouring.kind !== 'numbers') return null;
  const { range, unit } = colouring;
  const { sequence } = explored();
  const text = (value: number): string => Number(value.toPrecision(3)).toLocaleString('en-GB');
  return {
    colours: Array.from({ length: 17 }, (_, i) => hexColour(packed(sequenceColour(i / 16, false, sequence)))), // prettier-ignore
    low: text(range.low),
    high: text(range.high),
    unit,
  };
}

/** Name of the map that is not the PCA; the joint map is a UMAP always. */
function mapNameOf(key: string | null, joint: boolean): string {
  return joint ? 'UMAP' : mapLabel(key);
}

function wordsOf(
  counts: { readonly real: number; readonly synthetic: number },
  colouring: Colouring,
  joint: boolean,
): FigureText {
  const { look, data } = get();
  const name = mapNameOf(data.mapKey, joint);
  const map = look.overlay === 'pca' ? 'PCA' : joint ? `Joint ${name}` : name;
  const kinds = [
    counts.real > 0 ? `${formatNumber(counts.real)} real (small)` : '',
    counts.synthetic > 0 ? `${formatNumber(counts.synthetic)} synthetic (ringed)` : '',
  ].filter((part) => part !== '');
  const by = colourName(colouring);
  const placed =
    counts.synthetic > 0 && look.overlay === 'umap' && !joint
      ? ' Synthetic cells are placed at the mean of their 3 nearest real cells.'
      : '';
  return {
    title: `${map} of ${kinds.join(' and ')} cells`,
    caption: `${map} of ${kinds.join(' and ')} cells${by ? `, coloured by ${by}` : ''}.${placed} ${sourceSentence()}`,
    provenance: figureProvenance(map),
  };
}
