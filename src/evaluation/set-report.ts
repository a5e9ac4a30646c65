/** @file One set of cells (or some of them) held against held-out cells: all cheap measures, and resamples of each. */
import type { Random } from '../numerics/random.ts';
import { createRandom } from '../numerics/random.ts';
import type { MeasureName, Measures } from '../protocol/judge.ts';
import { resampledLines, resampledShares, resampledTables, type TableMeans } from './bootstrap.ts';
import { meanDistance, type DistanceTable } from './distance-table.ts';
import {
  classSpreads,
  diversityOf,
  meanOf,
  measureClouds,
  pickClouds,
  type ClassSpread,
  type CloudReport,
} from './cloud-measures.ts';
import { compareFacts, meanShift, pickFacts, type CellFacts } from './gene-statistics.ts';
import {
  biasedMmd,
  cfgenWidths,
  evenSides,
  kernelsOf,
  unbiasedMmd,
  type TwoClouds,
} from './kernel-distances.ts';

/** Draws of each measure from resampled cells. */
export type Resamples = Partial<Record<MeasureName, Float64Array>>;

/** What is known of a set of cells beside held-out ones. */
export interface SetFacts {
  /** Held-out cells first. */
  readonly clouds: TwoClouds;
  /** Joint labels of both sides. */
  readonly labels: readonly [Int32Array, Int32Array];
  /** Of both sides; null for places without counts. */
  readonly facts: readonly [CellFacts, CellFacts] | null;
  /** Share of attributes recognised for each cell of the set, NaN where nothing was asked. */
  readonly hits: Float64Array | null;
  /** 1 where a cell sits on a training cell. */
  readonly copies: Uint8Array | null;
}

/** The part of a set that belongs to some held-out and some own cells. @param within distances among the former, if they are known */
export function pickFactsOf(
  set: SetFacts,
  first: readonly number[],
  second: readonly number[],
  within?: DistanceTable,
): SetFacts {
  const { clouds, labels, facts, hits, copies } = set;
  return {
    clouds: pickClouds(clouds, first, second, within),
    labels: [Int32Array.from(first, (i) => labels[0][i]), Int32Array.from(second, (i) => labels[1][i])], // prettier-ignore
    facts: facts && [pickFacts(facts[0], first), pickFacts(facts[1], second)],
    hits: hits && Float64Array.from(second, (i) => hits[i]),
    copies: copies && Uint8Array.from(second, (i) => copies[i]),
  };
}

/** Measures of a set with what they were made of. */
export interface SetReport extends CloudReport {
  readonly spreads: readonly ClassSpread[];
  /** The recognised shares of the cells that were asked something. */
  readonly asked: Float64Array;
}

/**
 * All measures that need no more than a set's facts.
 *
 * @param whole the spread inside the set as one class, not inside its labels
 */
export function measureSet(set: SetFacts, whole: boolean): SetReport {
  const { clouds, facts, hits, copies } = set;
  const report = measureClouds(clouds);
  const labels = whole ? set.labels.map((own) => own.map(() => 0)) : set.labels;
  const spreads = classSpreads(clouds, labels[0], labels[1]);
  const diversity = diversityOf(spreads);
  const asked = (hits ?? new Float64Array()).filter((mark) => !Number.isNaN(mark));
  const measures: Measures = {
    ...report.measures,
    ...(facts ? compareFacts(...facts) : {}),
    ...(diversity === null ? {} : { diversity }),
    ...(asked.length > 0 ? { hits: meanOf(asked) } : {}),
    ...(copies ? { copies: meanOf(Float64Array.from(copies)) } : {}),
  };
  return { ...report, measures, spreads, asked };
}

/** Both MMDs, with `draws` resamples. @param width of the unbiased MMD */
export function measureKernels(
  { clouds, labels }: SetFacts,
  width: number,
  draws: number,
  seed: number,
): { readonly measures: Measures; readonly resamples: Resamples } {
  const [n, m] = [clouds.first.rows, clouds.second.rows];
  const even = Math.min(n, m);
  const both = [labels[0].slice(0, even), labels[1].slice(0, even)] as const;
  const five = kernelsOf(evenSides(clouds), cfgenWidths);
  const one = kernelsOf(clouds, [width]);
  const value = (tables: TwoClouds, combine: TableMeans): number =>
    combine(meanDistance(tables.first), meanDistance(tables.second), meanDistance(tables.between));
  const unbiased = unbiasedMmd(n, m);
  return {
    measures: { mmdFiveWidths: value(five, biasedMmd), mmdMedian: value(one, unbiased) },
    resamples:
      draws === 0
        ? {}
        : {
            mmdFiveWidths: resampledTables(five, both, draws, seed, biasedMmd),
            mmdMedian: resampledTables(one, labels, draws, seed, unbiased),
          },
  };
}

/** Resamples of shares are cheap; those of whole tables cost a pass over three tables each. */
export interface Effort {
  readonly shares: number;
  readonly lines: number;
  readonly tables: number;
}

/** Bootstrap draws of the measures of a set. */
export function resampleSet(
  set: SetFacts,
  { apart, prdc, spreads, asked }: SetReport,
  effort: Effort,
  seed: number,
): Resamples {
  const { clouds, labels, copies } = set;
  const shares = (marks: ArrayLike<number>): Float64Array =>
    resampledShares(marks, effort.shares, seed);
  return {
    energy: resampledTables(clouds, labels, effort.tables, seed),
    toldApart: shares(Uint8Array.from([...apart.first, ...apart.second])),
    coverage: shares(prdc.covered),
    recall: shares(prdc.recalled),
    precision: shares(prdc.precise),
    density: shares(prdc.balls),
    ...(set.facts ? resampleCellFacts(set.facts, effort.lines, seed) : {}),
    ...(spreads.length > 0 ? { diversity: resampleDiversity(spreads, effort.shares, seed) } : {}),
    ...(asked.length > 0 ? { hits: shares(asked) } : {}),
    ...(copies ? { copies: shares(copies) } : {}),
  };
}

/** Resamples of what needs counts alone. */
export function resampleCellFacts(
  [real, own]: readonly [CellFacts, CellFacts],
  draws: number,
  seed: number,
): Resamples {
  return {
    zeros: resampledLines(real.zeros, own.zeros, draws, seed),
    detectedShift: resampledLines(real.zeros, own.zeros, draws, seed, meanShift),
    logLibrary: resampledLines(real.logLibrary, own.logLibrary, draws, seed),
    libraryShift: resampledLines(own.logLibrary, real.logLibrary, draws, seed, meanShift),
  };
}

/** A mean over pairs moves by twice the move of the mean of its cells' means. */
function pairMean(random: Random, values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[random.integer(values.length)];
  return (2 * sum) / values.length - meanOf(values);
}

function resampleDiversity(
  spreads: readonly ClassSpread[],
  draws: number,
  seed: number,
): Float64Array {
  const random = createRandom(seed, 57);
  return Float64Array.from(
    { length: draws },
    () => diversityOf(spreads, (values) => pairMean(random, values)) ?? 1,
  );
}
