/** @file What each way of filling says of hidden entries, by the count that was hidden. */

/** Hidden counts from … to, of which there are at least this many. */
const FEWEST = 10;
const BINS: readonly (readonly [number, number])[] = [
  [0, 0],
  [1, 1],
  [2, 2],
  [3, 3],
  [4, 5],
  [6, 9],
  [10, 19],
  [20, 49],
  [50, Infinity],
];

/** Hidden entries of like counts. */
export interface CountBin<Method extends string> {
  /** Smallest and largest count that were hidden here. */
  readonly from: number;
  readonly to: number;
  readonly entries: number;
  /** Mean of the hidden counts. */
  readonly hidden: number;
  /** Mean estimate of each way. */
  readonly means: Readonly<Partial<Record<Method, number>>>;
  /** Between these lie 80 % of the first way's estimates. */
  readonly low: number;
  readonly high: number;
}

/** Estimates by the hidden count. @param truth hidden counts @param estimates of each way, as long; the first has a range */
export function binByCount<Method extends string>(
  truth: readonly number[],
  estimates: ReadonlyMap<Method, readonly number[]>,
): readonly CountBin<Method>[] {
  const [first = []] = estimates.values();
  return BINS.flatMap(([from, to]) => {
    const own = [...truth.keys()].filter((i) => truth[i] >= from && truth[i] <= to);
    if (own.length < FEWEST) return [];
    const mean = (values: readonly number[]): number =>
      own.reduce((sum, i) => sum + values[i], 0) / own.length;
    const sorted = Float64Array.from(own, (i) => first[i]).sort();
    const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))];
    const each = [...estimates].map(([method, values]) => [method, mean(values)]);
    const largest = own.reduce((most, i) => Math.max(most, truth[i]), 0);
    const means = Object.fromEntries(each) as Partial<Record<Method, number>>;
    const count = { from, to: largest, entries: own.length, hidden: mean(truth) };
    return [{ ...count, means, low: at(0.1), high: at(0.9) }];
  });
}
