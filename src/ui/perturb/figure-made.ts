/** @file How the predicted cells of a figure were made, for its caption and its metadata. */
import { formatNumber } from '../../state/format.ts';
import type { ShownPrediction } from '../../state/perturb.ts';
import type { FigureMade } from '../plots/figure-source.ts';

/** Of one prediction: "synthetic" and, where no training cell has the set, "extrapolation" are always said. */
export function madeBy({ about, cells, report }: ShownPrediction): FigureMade {
  const { request, extrapolated } = report;
  const far = extrapolated ? ' Extrapolation: no training cell has this set in these cells.' : '';
  return {
    words: `${formatNumber(cells)} synthetic cells of ${about}, predicted by scDFM, seed ${request.seed}, weight ${request.weight}.${far}`,
    facts: { ...request, syntheticCells: cells, extrapolated },
  };
}
