/** @file What the map of a prediction draws: its cells on their way, the real ones of the same kind, all others behind. */
import { floatArray } from '../../state/array-registry.ts';
import { coloursOf, columnOf } from '../../state/data-view.ts';
import type { PerturbPlaces } from '../../state/perturb.ts';
import type { GlideScene } from '../apply/draw-glide.ts';
import { fromOklab, parseColour, toOklab } from '../map/oklab.ts';

/** The colour that the file's map gives a perturbation; '' for one it does not have. */
export function colourOf(column: string | null, label: string): string {
  if (column === null) return '';
  const code = columnOf(column)?.categories.indexOf(label) ?? -1;
  return code < 0 ? '' : (coloursOf(column)[code] ?? '');
}

/** Least lightness (OKLab) of faint dots on a dark ground. */
const LEAST_LIGHT = 0.62;

/** The colour as it is drawn on a dark ground: dark ones lighter, of the same hue. @param dark false: as it is */
export function onGround(colour: string, dark: boolean): string {
  if (!dark || colour === '') return colour;
  const [light, a, b] = toOklab(parseColour(colour));
  if (light >= LEAST_LIGHT) return colour;
  return `rgb(${fromOklab([LEAST_LIGHT, a, b]).join(' ')})`;
}

/** The scene; null when the places are gone. @param umap array id of the map of all real cells */
export function sceneOf(
  places: PerturbPlaces,
  umap: string | null,
  colour: string,
): GlideScene | null {
  const after = floatArray(places.after);
  if (!after) return null;
  return {
    before: floatArray(places.before),
    after,
    codes: colour === '' ? null : new Int32Array(after.length / 2),
    names: [],
    colours: colour === '' ? [] : [colour],
    background: floatArray(umap),
    marked: floatArray(places.real),
    ringed: true,
  };
}

/** Where the cells are on their way. @param share 0 before, 1 after */
export function placesOnTheWay(
  { before, after }: Pick<GlideScene, 'before' | 'after'>,
  share: number,
): Float32Array {
  if (before === null) return after;
  return after.map((to, i) => before[i] + (to - before[i]) * share);
}
