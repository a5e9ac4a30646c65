/** @file The cells that can be selected: those that are drawn. */
import { useMemo } from 'react';
import type { DrawnCells } from '../../state/actions/selection.ts';
import type { MapPicture } from './use-map-picture.ts';

/** Places and categories of the drawn cells. */
export function useDrawnCells(
  { real, synthetic, colouring }: MapPicture,
  showReal: boolean,
  showSynthetic: boolean,
): DrawnCells {
  const places = synthetic?.places ?? null;
  return useMemo((): DrawnCells => {
    const categories = colouring.kind === 'categories' ? colouring : null;
    return {
      real: showReal ? real : null,
      synthetic: showSynthetic ? places : null,
      realCodes: categories?.codes ?? null,
      syntheticCodes: categories?.synthetic ?? null,
      shown: categories?.shown ?? null,
    };
  }, [real, places, colouring, showReal, showSynthetic]);
}
