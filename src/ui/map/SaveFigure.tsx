/** @file Saves the map as a figure for paper. */
import { useStudio } from '../../state/store.ts';
import { figureName } from '../plots/figure-source.ts';
import { SaveMenu } from '../plots/SaveMenu.tsx';
import { buildMapFigure } from './build-figure.ts';

/** The menu "Save figure" of the map. */
export function SaveFigure() {
  const overlay = useStudio((state) => state.look.overlay);
  const usable = useStudio((state) => state.data.umap !== null || state.data.pca !== null);
  if (!usable) return null;
  return <SaveMenu label="Save figure" name={figureName(overlay)} build={buildMapFigure} />;
}
