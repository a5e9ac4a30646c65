/** @file Collects what the map shows into a figure: places, colours, names, legend, caption. */
import { floatArray } from '../../state/array-registry.ts';
import { explored } from '../../state/explore.ts';
import { formatNumber, formatPercent } from '../../state/format.ts';
import { drawFigurePoints } from '../../state/actions/figure-points.ts';
import { mapLabel } from '../../state/map-names.ts';
import { get } from '../../state/store.ts';
import { composeSvg, type FigureText } from '../plots/figure-file.ts';
import { figureProvenance, sourceSentence } from '../plots/figure-source.ts';
import { drawOrder } from './cell-colours.ts';
import { colourName, colouringOf, type Colouring } from './colouring.ts';
import { sequenceColour } from './colour-scale.ts';
import { textWidth } from '../plots/text-fit.ts';
import { clearOf, crowdOf } from './crowd.ts';
import { labelAnchors, layoutLabels } from './label-layout.ts';
import { legendRows } from './legend-rows.ts';
import {
  figureMarkup,
  hexColour,
  legendWidth,
  mostVectorPoints,
  ringColour,
  type FigureMap,
  type FigurePoints,
} from './map-figure.ts';
import { parseColour, type Rgb } from './oklab.ts';
import { pointSizes } from './point-sizes.ts';
import { boundsOf, fitView, project, type View } from './view-fit.ts';

/** 183 mm, a double column. */
const width = 692;
const height = 470;
const pictureScale = 600 / 96;
const plainInk: Rgb = [0x67, 0x6d, 0x74];
const missingInk: Rgb = [0xb4, 0xb6, 0xb3];

/** A figure as an SVG file and its words. */
export interface BuiltFigure {
  readonly svg: string;
  readonly text: FigureText;
}

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

const packed = ([red, green, blue]: Rgb): number =>
  (Math.round(red) << 16) | (Math.round(green) << 8) | Math.round(blue);

/** Colour of one cell; −1: not drawn. */
function painter(colouring: Colouring, kind: 'real' | 'synthetic'): (cell: number) => number {
  const plain = packed(kind === 'real' ? missingInk : plainInk);
  if (colouring.kind === 'plain') return () => plain;
  if (colouring.kind === 'categories') {
    const codes = kind === 'real' ? colouring.codes : colouring.synthetic;
    const table = colouring.colours.map((colour) => packed(parseColour(colour)));
    return (cell) => {
      const code = codes?.[cell] ?? -1;
      if (code < 0) return plain;
      return colouring.shown[code] === 1 ? table[code] : -1;
    };
  }
  const values = kind === 'real' ? colouring.real : colouring.synthetic;
  const { low, high } = colouring.range;
  const { sequence } = explored();
  return (cell) => {
    const value = values?.[cell] ?? Number.NaN;
    if (!Number.isFinite(value)) return plain;
    return packed(sequenceColour((value - low) / (high - low), false, sequence));
  };
}

function pointsOf(
  xy: Float32Array,
  order: Uint32Array,
  view: View,
  colouring: Colouring,
  kind: 'real' | 'synthetic',
  size: { readonly radius: number; readonly ring: number; readonly opacity: number },
): FigurePoints {
  const paint = painter(colouring, kind);
  const drawn = order.filter((cell) => paint(cell) >= 0);
  const places = new Float32Array(2 * drawn.length);
  drawn.forEach((cell, i) => places.set(project(view, xy[2 * cell], xy[2 * cell + 1]), 2 * i));
  return { xy: places, colours: Uint32Array.from(drawn, paint), ...size };
}

/** The figure of what the map shows now; null while there is nothing on it. Error: internal, where its points cannot be drawn. */
export async function buildMapFigure(): Promise<BuiltFigure | null> {
  const state = get();
  const { real, synthetic } = places();
  const bounds = boundsOf([real, synthetic].filter((xy) => xy !== null));
  if (!bounds) return null;
  const { joint, ranges } = explored();
  const found = colouringOf(state);
  const colouring =
    found.kind === 'numbers' && ranges[found.title]
      ? { ...found, range: ranges[found.title] }
      : found;
  const room = { width: width - legendWidth, height };
  const padding = { top: 14, right: 14, bottom: 26, left: 26 };
  const view: View = { ...room, ...fitView(bounds, room, padding) };
  const counts = { real: (real?.length ?? 0) / 2, synthetic: (synthetic?.length ?? 0) / 2 };
  const sizes = pointSizes(counts.real, counts.synthetic, 700, 0, false);
  const codes = colouring.kind === 'categories' ? colouring.codes : null;
  const own = real
    ? pointsOf(real, drawOrder(real, codes, null), view, colouring, 'real', {
        radius: round(sizes.real * 0.7),
        ring: 0,
        opacity: colouring.kind === 'numbers' ? 0.72 : 0.5,
      })
    : null;
  const made = synthetic
    ? pointsOf(synthetic, drawOrder(synthetic, null, null), view, colouring, 'synthetic', {
        radius: round(sizes.synthetic * 0.7),
        ring: round(Math.max(0.3, sizes.ring * 0.7)),
        opacity: 1,
      })
    : null;
  const many = counts.real + counts.synthetic > mostVectorPoints;
  const overlay = state.look.overlay === 'pca' ? 'PC' : mapNameOf(state.data.mapKey, joint.shown);
  const variance = state.model.latentPca ? state.model.latentPcaVariance : state.data.pcaVariance;
  const axis = (i: number): string =>
    overlay === 'PC' && variance[i] !== undefined
      ? `PC ${i + 1}, ${formatPercent(variance[i])}`
      : `${overlay} ${i + 1}`;
  const text = wordsOf(counts, colouring, joint.shown);
  const map: FigureMap = {
    width,
    height,
    real: own,
    synthetic: made,
    labels: namesOf(real, colouring, view),
    axes: [axis(0), axis(1)],
    legendTitle: colourName(colouring) ?? 'All cells',
    keys:
      colouring.kind === 'categories'
        ? legendRows(colouring, null).filter(({ shown }) => shown)
        : [],
    bar: barOf(colouring),
    picture: null,
    realCells: counts.real,
    syntheticCells: counts.synthetic,
  };
  const picture = many ? await pictureOf([own, made], room) : null;
  return { svg: composeSvg(figureMarkup({ ...map, picture }), width, height, text), text };
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

/** The points as a data URL; drawn in the map's worker. */
async function pictureOf(
  kinds: readonly (FigurePoints | null)[],
  room: { readonly width: number; readonly height: number },
): Promise<string> {
  return drawFigurePoints({
    ...room,
    scale: pictureScale,
    kinds: kinds.filter((points) => points !== null),
    ring: ringColour,
  });
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
