/** @file The selection as masks to draw with. */
import { useMemo } from 'react';
import { byteArray } from '../../state/array-registry.ts';
import { useExplore } from '../../state/explore.ts';
import type { SelectionMasks } from './use-points.ts';

/** Masks of the selected cells; null when nothing is selected. */
export function useSelectionMasks(): SelectionMasks | null {
  const { real, synthetic } = useExplore((state) => state.selection);
  return useMemo(
    () =>
      real === null && synthetic === null
        ? null
        : { real: byteArray(real), synthetic: byteArray(synthetic) },
    [real, synthetic],
  );
}
