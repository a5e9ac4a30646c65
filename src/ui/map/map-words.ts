/** @file The sentences on and about the map. */
import { formatDuration, formatNumber } from '../../state/format.ts';
import { countCategories } from './cell-colours.ts';
import { colourName, type Colouring } from './colouring.ts';

/** Kinds of cells on the map, for its name. */
export interface ShownCells {
  readonly overlay: 'umap' | 'pca';
  /** null when hidden or absent */
  readonly real: number | null;
  readonly synthetic: number | null;
  readonly colouring: Colouring;
}

/** The map's accessible name, e.g. "UMAP of 700 real and 300 synthetic cells, coloured by cell_type; 284 synthetic cells in CD19+ B". */
export function canvasName({ overlay, real, synthetic, colouring }: ShownCells): string {
  const map = overlay === 'umap' ? 'UMAP' : 'PCA';
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
  readonly latent: boolean;
  readonly flowTime: number;
  /** Synthetic cells on the map, 0: none. */
  readonly synthetic: number;
  readonly previewStep: number | null;
  readonly umapComputed: boolean;
  readonly mapSeconds: number;
  readonly modelReady: boolean;
  readonly generating: boolean;
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
  if (facts.overlay === 'pca') return plain(pcaNote(facts));
  if (facts.synthetic > 0)
    return {
      text: 'A synthetic cell sits at the mean of its 3 nearest real cells, so it cannot fall outside this map.',
      offerPca: true,
    };
  if (facts.generating)
    return plain(
      facts.modelReady
        ? 'No synthetic cells yet. Move a slider.'
        : 'No synthetic cells yet. Train a model, then move a slider.',
    );
  if (facts.umapComputed && facts.mapSeconds > 0)
    return plain(`UMAP computed here in ${formatDuration(facts.mapSeconds)}: the file holds none.`);
  return null;
}

function pcaNote({ flowTime, synthetic, latent }: NoteFacts): string {
  if (flowTime < 1)
    return 'PCA is a straight projection: the paths are true here. On UMAP a cell has no sure place before t = 1.';
  if (synthetic > 0)
    return 'PCA is a straight projection: a synthetic cell that is unlike the real ones lies apart here.';
  return latent
    ? "PCA of the model's latent: a straight projection."
    : 'PCA of the expression: a straight projection.';
}
