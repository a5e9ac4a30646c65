/** @file Plain statistics of number arrays, ranks, library-size statistics by category, weighted choice, one-dimensional distance. */

/** Mean; NaN for no values. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

/** Variance with n − ddof in the denominator (ddof 1 is unbiased), by two passes; NaN for n ≤ ddof. */
export function variance(values: ArrayLike<number>, ddof = 1): number {
  if (values.length <= ddof) return Number.NaN;
  const centre = mean(values);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] - centre) ** 2;
  return sum / (values.length - ddof);
}

/**
 * Quantile p in [0, 1] with linear interpolation between order statistics (type 7, the rule of numpy and R).
 *
 * NaN for no values or where a value is NaN. Source: Hyndman & Fan 1996.
 */
export function quantile(values: ArrayLike<number>, p: number): number {
  return quantileOfSorted(Float64Array.from(values).sort(), p);
}

/** The same for values that already ascend. */
export function quantileOfSorted(sorted: ArrayLike<number>, p: number): number {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`A quantile lies between 0 and 1, not at ${p}.`);
  const last = sorted.length - 1;
  // Typed arrays sort NaN to the end.
  if (last < 0 || Number.isNaN(sorted[last])) return Number.NaN;
  const place = p * last;
  const below = Math.floor(place);
  const low = sorted[below];
  const high = sorted[Math.min(below + 1, last)];
  return low === high ? low : low + (place - below) * (high - low);
}

/** Median; NaN for no values. */
export function median(values: ArrayLike<number>): number {
  return quantile(values, 0.5);
}

/** Median absolute deviation from the median, unscaled; 1.4826 times this estimates the sd of normal values. */
export function mad(values: ArrayLike<number>): number {
  const centre = median(values);
  return median(Float64Array.from(values, (value) => Math.abs(value - centre)));
}

/** Ranks from 0; equal values share their mean rank. */
export function midRanks(values: ArrayLike<number>): Float64Array {
  const order = Uint32Array.from({ length: values.length }, (_, i) => i);
  order.sort((a, b) => values[a] - values[b]);
  const ranks = new Float64Array(values.length);
  for (let from = 0; from < order.length;) {
    let to = from + 1;
    while (to < order.length && values[order[to]] === values[order[from]]) to++;
    for (let at = from; at < to; at++) ranks[order[at]] = (from + to - 1) / 2;
    from = to;
  }
  return ranks;
}

/** Log-normal library sizes: statistics of log total counts (natural log) of all cells and of each category. */
export interface LibraryStatistics {
  /** Mean log library size of each category. */
  readonly mean: Float64Array;
  /** Standard deviation (n − 1) of each category; never NaN. */
  readonly sd: Float64Array;
  /** Cells in each category. */
  readonly count: Uint32Array;
  /** Mean over all cells. */
  readonly overallMean: number;
  /** Standard deviation (n − 1) over all cells; 0 for a single cell. */
  readonly overallSd: number;
  /** Smallest and largest log library size over all cells. */
  readonly min: number;
  readonly max: number;
}

/**
 * Mean and sd of log library sizes by category, as CFGen draws its library sizes from.
 *
 * The original leaves the sd of a category with one cell NaN. Here it is the pooled within-category sd, or where no category has
 * two cells the overall one. A category without cells gets the overall mean and sd.
 * @param logLibrary natural log of the total counts, [cells], finite
 * @param codes category of each cell, 0 … nCategories − 1; −1 where it is missing (such cells count only in the overall figures)
 * @throws RangeError for no cells, unequal lengths, codes out of range or values that are not finite (an empty cell)
 */
export function libraryStatistics(
  logLibrary: ArrayLike<number>,
  codes: ArrayLike<number>,
  nCategories: number,
): LibraryStatistics {
  checkLibraries(logLibrary, codes, nCategories);
  const all = Float64Array.from(logLibrary);
  const overallMean = mean(all);
  const overallSd = all.length > 1 ? Math.sqrt(variance(all)) : 0;
  const groups = Array.from({ length: nCategories }, (_, code) =>
    all.filter((_value, cell) => codes[cell] === code),
  );
  const count = Uint32Array.from(groups, (group) => group.length);
  const spreads = groups.map((group) => variance(group));
  const freedom = count.reduce((sum, n) => sum + Math.max(0, n - 1), 0);
  const within = spreads.reduce(
    (sum, v, code) => sum + (count[code] > 1 ? v * (count[code] - 1) : 0),
    0,
  );
  const pooledSd = freedom > 0 ? Math.sqrt(within / freedom) : overallSd;
  return {
    mean: Float64Array.from(groups, (group) => (group.length > 0 ? mean(group) : overallMean)),
    sd: Float64Array.from(spreads, (spread, code) => {
      if (count[code] > 1) return Math.sqrt(spread);
      return count[code] === 1 ? pooledSd : overallSd;
    }),
    count,
    overallMean,
    overallSd,
    min: all.reduce((least, value) => Math.min(least, value), Infinity),
    max: all.reduce((most, value) => Math.max(most, value), -Infinity),
  };
}

function checkLibraries(
  logLibrary: ArrayLike<number>,
  codes: ArrayLike<number>,
  nCategories: number,
): void {
  if (logLibrary.length === 0 || logLibrary.length !== codes.length)
    throw new RangeError(
      `${logLibrary.length} library sizes do not go with ${codes.length} codes.`,
    );
  for (let cell = 0; cell < codes.length; cell++) {
    if (!Number.isFinite(logLibrary[cell]))
      throw new RangeError(`The log library size of cell ${cell} is not finite: it has no counts.`);
    if (!Number.isInteger(codes[cell]) || codes[cell] < -1 || codes[cell] >= nCategories)
      throw new RangeError(`Cell ${cell} has category ${codes[cell]} of ${nCategories}.`);
  }
}

/**
 * A choice among categories in proportion to weights: give it a uniform in (0, 1), get an index.
 *
 * Categories of weight 0 are never chosen. Costs a binary search over cumulated weights.
 * @throws RangeError if a weight is negative or not finite, or all are 0
 */
export function weightedChoice(weights: ArrayLike<number>): (uniform: number) => number {
  const cumulated = new Float64Array(weights.length);
  let total = 0;
  let last = -1;
  for (let i = 0; i < weights.length; i++) {
    if (!(weights[i] >= 0 && weights[i] < Infinity))
      throw new RangeError(`A weight is a finite number of at least 0, not ${weights[i]}.`);
    if (weights[i] > 0) last = i;
    cumulated[i] = total += weights[i];
  }
  if (last < 0) throw new RangeError('At least one weight must be above 0.');
  return (uniform) => {
    const target = uniform * total;
    let low = 0;
    let high = last;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (cumulated[middle] > target) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}

/**
 * Wasserstein-1 distance between two samples on a line, ∫ |F(x) − G(x)| dx over their distribution functions.
 *
 * Sizes may differ; NaN if one is empty.
 */
export function wasserstein1d(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length === 0 || b.length === 0) return Number.NaN;
  const left = Float64Array.from(a).sort();
  const right = Float64Array.from(b).sort();
  let i = 0;
  let j = 0;
  let previous = Math.min(left[0], right[0]);
  let distance = 0;
  while (i < left.length || j < right.length) {
    const takeLeft = j === right.length || (i < left.length && left[i] <= right[j]);
    const here = takeLeft ? left[i] : right[j];
    distance += Math.abs(i / left.length - j / right.length) * (here - previous);
    previous = here;
    if (takeLeft) i++;
    else j++;
  }
  return distance;
}

/** Pearson correlation of two equally long lists; NaN where one of them never varies. */
export function pearson(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [ma, mb] = [mean(a), mean(b)];
  let [top, va, vb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    top += (a[i] - ma) * (b[i] - mb);
    va += (a[i] - ma) ** 2;
    vb += (b[i] - mb) ** 2;
  }
  return top / Math.sqrt(va * vb);
}
