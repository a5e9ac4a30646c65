/** @file The map of a prediction as a figure for paper: what is seen, with its legend, marked synthetic. */
import { formatNumber } from '../../state/format.ts';
import { mapLabel } from '../../state/map-names.ts';
import { getPerturb, type ShownPrediction } from '../../state/perturb.ts';
import { get } from '../../state/store.ts';
import { composed, figureView } from '../map/build-figure.ts';
import { drawOrder } from '../map/cell-colours.ts';
import { figurePoints, packed } from '../map/figure-points.ts';
import type { FigurePoints } from '../map/map-figure.ts';
import { parseColour } from '../map/oklab.ts';
import { pointSizes } from '../map/point-sizes.ts';
import { boundsOf, type View } from '../map/view-fit.ts';
import type { BuiltFigure, FigureText } from '../plots/figure-file.ts';
import { figureProvenance, sourceSentence } from '../plots/figure-source.ts';
import { madeBy } from './figure-made.ts';
import { colourOf, placesOnTheWay, sceneOf } from './perturb-scene.ts';

/** Cells behind, and predicted ones of a perturbation that the file has no colour for. */
const otherInk = packed(parseColour('#b4b6b3'));
const usualColour = '#0b6477';

/** The figure of what the map of the prediction shows now; null without one. Error: internal, where its points cannot be drawn. */
export async function buildPerturbFigure(as: 'svg' | 'png'): Promise<BuiltFigure | null> {
  const { prediction, places, glide } = getPerturb();
  const { data, model } = get();
  if (prediction === null || places === null) return null;
  const { label } = prediction.report;
  const colour = colourOf(model.info?.screen?.attribute ?? null, label) || usualColour;
  const scene = sceneOf(places, data.umap, colour);
  if (scene === null) return null;
  const shown = placesOnTheWay(scene, glide);
  const behind = scene.background ?? new Float32Array(0);
  const bounds = boundsOf([scene.background ?? shown]);
  if (bounds === null) return null;
  const view = figureView(bounds);
  const counts = { real: behind.length / 2, synthetic: shown.length / 2 };
  const sizes = pointSizes(counts.real, counts.synthetic, 700, 0, false);
  const ink = packed(parseColour(colour));
  const synthetic = await figurePoints(shown, drawOrder(shown, null, null), view, () => ink, {
    radius: 0.7 * sizes.synthetic,
    ring: Math.max(0.3, 0.7 * sizes.ring),
    opacity: 1,
  });
  const name = mapLabel(data.mapKey);
  const own = { name: label, colour, real: prediction.realCells, synthetic: counts.synthetic, square: false }; // prettier-ignore
  return composed(
    {
      real: await realPoints(behind, scene.marked, view, { radius: 0.85 * sizes.real, ink }),
      synthetic,
      labels: [],
      axes: [`${name} 1`, `${name} 2`],
      legendTitle: model.info?.screen?.attribute ?? '',
      keys: [own],
      bar: null,
      realCells: counts.real,
      syntheticCells: counts.synthetic,
    },
    wordsOf(prediction, name, counts.real, places.before === null ? 1 : glide),
    as,
  );
}

/** All real cells, those of the perturbation over the others and in its colour. */
async function realPoints(
  behind: Float32Array,
  marked: Float32Array | null,
  view: View,
  { radius, ink }: { readonly radius: number; readonly ink: number },
): Promise<FigurePoints> {
  const over = marked ?? new Float32Array(0);
  const all = new Float32Array(behind.length + over.length);
  all.set(behind);
  all.set(over, behind.length);
  const first = drawOrder(behind, null, null);
  const order = new Uint32Array(first.length + over.length / 2);
  order.set(first);
  for (let i = first.length; i < order.length; i += 1) order[i] = behind.length / 2 + i - first.length; // prettier-ignore
  const paint = (cell: number): number => (cell < behind.length / 2 ? otherInk : ink);
  return figurePoints(all, order, view, paint, { radius, ring: 0, opacity: 0.6 });
}

function wordsOf(
  prediction: ShownPrediction,
  name: string,
  real: number,
  share: number,
): FigureText {
  const { about, cells, realCells } = prediction;
  const made = madeBy(prediction);
  const title = `${name} of ${formatNumber(real)} real (small) and ${formatNumber(cells)} synthetic (ringed) cells, ${about}`;
  const own = realCells > 0 ? `; ${formatNumber(realCells)} real cells of it in its colour` : '';
  const on = share === 0 ? 'drawn where their control cells are' : `drawn at ${Math.round(100 * share)} % of the way from control`; // prettier-ignore
  const where =
    share === 1 ? 'placed at the mean of their 3 nearest real cells' : `${on} to where they are predicted`; // prettier-ignore
  return {
    title,
    caption: `${title}${own}. Synthetic cells are ${where}. ${sourceSentence(made)}`,
    provenance: figureProvenance('perturbation map', {
      ...made,
      facts: { ...made.facts, shareOfTheWay: share },
    }),
  };
}
