/** @file How far generated cells are from real ones by their peaks, beside a floor of other real cells. */
import { Pacer } from '../maps/pacer.ts';
import { columnCounts, rowSums, selectRows, type CsrMatrix } from '../numerics/csr.ts';
import { createRandom } from '../numerics/random.ts';
import { wasserstein1d } from '../numerics/statistics.ts';
import { StudioError } from '../protocol/errors.ts';
import type { PeakMeasures, PeakVerdict } from '../protocol/peaks.ts';
import { measureClouds, twoClouds } from './cloud-measures.ts';
import { measureDistances } from './distance-table.ts';
import { splitHalves, takeSome } from './draws.ts';
import { meanGap, pearson } from './gene-statistics.ts';
import { fitPeakSpace, placeByPeaks, type PeakSpace } from './peak-space.ts';

/** Fewest real cells that are compared. */
const FEWEST = 20;

/** Cells by peaks, 0 and 1, over the same peaks. */
export interface PeakRequest {
  readonly heldOut: CsrMatrix;
  /** Cells that the generated ones were learnt from; none: the space is fitted on held-out cells, and there is no floor. */
  readonly training: CsrMatrix | null;
  readonly synthetic: CsrMatrix;
  readonly seed: number;
  /** At most this many cells of each set are compared. */
  readonly mostCells: number;
}

/** Compares sets of cells by their peaks. Errors: too-few-cells, cancelled. */
export async function judgePeaks(
  { heldOut, training, synthetic, seed, mostCells }: PeakRequest,
  pacer = new Pacer(),
): Promise<PeakVerdict> {
  const fewest = Math.min(heldOut.rows, synthetic.rows);
  if (fewest < FEWEST) {
    throw new StudioError(
      'too-few-cells',
      `Only ${fewest} cells to compare.`,
      `At least ${FEWEST} real and ${FEWEST} generated cells are needed.`,
      { cells: fewest },
    );
  }
  const halves = training === null ? null : splitHalves(training.rows, seed);
  const known = training !== null && halves !== null && halves.fit.length >= FEWEST;
  const most = Math.min(mostCells, fewest, known ? halves.draw.length : Infinity);
  const random = createRandom(seed, 22);
  const some = (set: CsrMatrix, rows: ArrayLike<number>): CsrMatrix =>
    selectRows(set, takeSome(random, rows, most));
  const all = (set: CsrMatrix): Int32Array => Int32Array.from({ length: set.rows }, (_, i) => i);
  const real = some(heldOut, all(heldOut));
  const fitted = known ? selectRows(training, halves.fit) : heldOut;
  const space = await fitPeakSpace(fitted, seed, pacer);
  const compare = (set: CsrMatrix): Promise<PeakMeasures> => compareSets(space, real, set, pacer);
  return {
    cells: {
      heldOut: heldOut.rows,
      training: training?.rows ?? 0,
      synthetic: synthetic.rows,
      compared: most,
    },
    peaks: heldOut.cols,
    components: space.components,
    depthLeftOut: space.depthLeftOut,
    synthetic: await compare(some(synthetic, all(synthetic))),
    floor: known ? await compare(some(training, halves.draw)) : null,
    notes: known
      ? []
      : [
          'Without training cells the space is fitted on the held-out cells, and there is no floor.',
        ],
  };
}

async function compareSets(
  space: PeakSpace,
  real: CsrMatrix,
  other: CsrMatrix,
  pacer: Pacer,
): Promise<PeakMeasures> {
  const place = (set: CsrMatrix) => placeByPeaks(space, set, pacer);
  const [first, second] = [await place(real), await place(other)];
  const within = await measureDistances(first, first, pacer);
  const { measures } = measureClouds(await twoClouds(first, within, second, pacer));
  const [own, others] = [rowSums(real), rowSums(other)];
  const total = (sums: Float64Array): number => sums.reduce((a, b) => a + b, 0);
  const [shares, otherShares] = [frequencies(real), frequencies(other)];
  return {
    energy: measures.energy ?? NaN,
    toldApart: measures.toldApart ?? NaN,
    precision: measures.precision ?? NaN,
    recall: measures.recall ?? NaN,
    density: measures.density ?? NaN,
    coverage: measures.coverage ?? NaN,
    peaksPerCell: wasserstein1d(own, others),
    peaksRatio: total(others) / others.length / (total(own) / own.length),
    frequencyCorrelation: pearson(shares, otherShares),
    frequencyError: meanGap(shares, otherShares),
  };
}

/** Share of cells that have each peak. */
export function frequencies(counts: CsrMatrix): Float64Array {
  return Float64Array.from(columnCounts(counts), (cells) => cells / counts.rows);
}
