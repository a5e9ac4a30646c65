/** @file The sentences on and about the map. */
import { formatDuration, formatNumber, formatPercent } from '../../state/format.ts';
import { countCategories } from './cell-colours.ts';
import { colourName, type Colouring } from './colouring.ts';

/** Kinds of cells on the map, for its name. */
export interface ShownCells {
  readonly overlay: 'umap' | 'pca';
  /** What the map other than the PCA is called; UMAP when left out. */
  readonly mapName?: string;
  /** null when hidden or absent */
  readonly real: number | null;
  readonly synthetic: number | null;
  readonly colouring: Colouring;
}

/** The map's accessible name, e.g. "UMAP of 700 real and 300 synthetic cells, coloured by cell_type; 284 synthetic cells in CD19+ B". */
export function canvasName({ overlay, mapName, real, synthetic, colouring }: ShownCells): string {
  const map = overlay === 'umap' ? (mapName ?? 'UMAP') : 'PCA';
  const kinds = [
    real === null ? null : `${formatNumber(real)} real`,
    synthetic === null ? null : `${formatNumber(synthetic)} synthetic`,
  ].filter((kind) => kind !== null);
  if (kinds.length === 0) return `${map} without cells`;
  const colour = colourName(colouring);
  const most = synthetic === null ? null : largestSynthetic(colouring);
  return [
    `${map} of ${kinds.join(' and ')} cells`,
    colour ? `, coloured by ${colour}` : '',
    most ? `; ${formatNumber(most.cells)} synthetic cells in ${most.category}` : '',
  ].join('');
}

function largestSynthetic(
  colouring: Colouring,
): { readonly category: string; readonly cells: number } | null {
  if (colouring.kind !== 'categories' || !colouring.synthetic) return null;
  const counts = countCategories(colouring.synthetic, colouring.categories.length);
  let best = -1;
  for (let code = 0; code < colouring.categories.length; code += 1)
    if (counts[code] > (best < 0 ? 0 : counts[best])) best = code;
  return best < 0 ? null : { category: colouring.categories[best], cells: counts[best] };
}

/** What the note under the map depends on. */
export interface NoteFacts {
  readonly overlay: 'umap' | 'pca';
  /** The map is places in a tissue. */
  readonly tissue?: boolean;
  /** Real cells to which the file's map gives no place. */
  readonly unplaced?: number;
  readonly latent: boolean;
  readonly flowTime: number;
  /** Synthetic cells on the map, 0: none. */
  readonly synthetic: number;
  readonly previewStep: number | null;
  readonly umapComputed: boolean;
  /** The file brings maps of its own. */
  readonly fileMaps?: boolean;
  readonly mapSeconds: number;
  readonly modelReady: boolean;
  /** One is on its way. */
  readonly modelComing?: boolean;
  readonly generating: boolean;
  /** Set while the joint map is shown. */
  readonly joint?: {
    readonly realNearSynthetic: number;
    readonly expected: number;
    readonly realNearReal: number;
  } | null;
  /** Ways are drawn on the UMAP. */
  readonly trails?: boolean;
}

/** The note: one text, and whether it offers the PCA. */
export interface MapNoteText {
  readonly text: string;
  readonly offerPca: boolean;
}

/** The one note that matters most in this state; null if nothing needs saying. */
export function noteOf(facts: NoteFacts): MapNoteText | null {
  const plain = (text: string): MapNoteText => ({ text, offerPca: false });
  if (facts.previewStep !== null && facts.synthetic > 0)
    return plain(
      `${formatNumber(facts.synthetic)} test cells from the model at step ${formatNumber(facts.previewStep)}; they move as it learns.`,
    );
  if (facts.overlay === 'umap' && facts.joint) return plain(jointNote(facts.joint));
  if (facts.overlay === 'pca') return plain(pcaNote(facts));
  if (facts.synthetic > 0 && facts.tissue)
    return {
      text: 'A synthetic cell has no place in a tissue: it is drawn between the 3 real cells that it is most like.',
      offerPca: true,
    };
  if (facts.synthetic > 0 && facts.trails)
    return {
      text: 'A way on this map joins the real cells that a cell is most like on its way; before t = 1 it has no sure place here.',
      offerPca: true,
    };
  if (facts.synthetic > 0)
    return {
      text: 'A synthetic cell sits at the mean of its 3 nearest real cells, so it cannot fall outside this map.',
      offerPca: true,
    };
  if (facts.generating)
    return plain(
      facts.modelReady
        ? 'No synthetic cells yet. Move a slider.'
        : facts.modelComing
          ? 'No synthetic cells yet. They follow when the model is there.'
          : 'No synthetic cells yet. Train a model, then move a slider.',
    );
  if (facts.unplaced)
    return plain(
      `The file gives ${formatNumber(facts.unplaced)} cells no place on this map: they are not drawn here. PCA shows all.`,
    );
  if (facts.umapComputed && facts.mapSeconds > 0)
    return plain(
      `UMAP computed here in ${formatDuration(facts.mapSeconds)}${facts.fileMaps ? '' : ': the file holds none'}.`,
    );
  return null;
}

function jointNote({
  realNearSynthetic,
  expected,
  realNearReal,
}: NonNullable<NoteFacts['joint']>): string {
  const share = (value: number): string => formatPercent(value, 0);
  return `Map of both kinds together. Among the 15 nearest of a synthetic cell ${share(realNearSynthetic)} are real, of a real cell ${share(realNearReal)}; if nothing told them apart both would be ${share(expected)}.`;
}

/** Cells without a place among x, y pairs. */
export function countUnplaced(places: Float32Array | null): number {
  let count = 0;
  for (let i = 0; places && i < places.length; i += 2) if (Number.isNaN(places[i])) count += 1;
  return count;
}

/** The warning that far synthetic cells cannot hide in the picture; null when there are no more than expected. */
export function farWarning(distances: Float32Array | null): string | null {
  if (!distances || distances.length < 20) return null;
  let far = 0;
  for (const distance of distances) if (distance > farFrom) far += 1;
  const share = far / distances.length;
  if (share < farShare) return null;
  return `${formatNumber(far)} of ${formatNumber(distances.length)} synthetic cells lie more than ${farFrom}× as far from any real cell as real cells lie from each other.`;
}

/** Multiples of the usual distance between real cells that count as far, and the share of such cells that is worth a warning. */
const farFrom = 3;
const farShare = 0.05;

function pcaNote({ flowTime, synthetic, latent }: NoteFacts): string {
  if (flowTime < 1)
    return 'PCA is a straight projection: the paths are true here. On UMAP a cell has no sure place before t = 1.';
  if (synthetic > 0)
    return 'PCA is a straight projection: a synthetic cell that is unlike the real ones lies apart here.';
  return latent
    ? "PCA of the model's latent: a straight projection."
    : 'PCA of the expression: a straight projection.';
}
