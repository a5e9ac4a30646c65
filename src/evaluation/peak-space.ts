/** @file Cells as clouds in the space of their peaks. */
import { Pacer } from '../maps/pacer.ts';
import { scoreByPeaks, type PeakSpace } from '../maps/peak-space.ts';
import type { CsrMatrix } from '../numerics/csr.ts';
import { cloudOf, type Cloud } from './distance-table.ts';

export { fitPeakSpace, tfIdf, type PeakSpace } from '../maps/peak-space.ts';

/** Coordinates of cells in a fitted space. Error: cancelled. */
export async function placeByPeaks(
  space: PeakSpace,
  counts: CsrMatrix,
  pacer = new Pacer(),
): Promise<Cloud> {
  return cloudOf(await scoreByPeaks(space, counts, pacer), space.components);
}
