/** @file 90 % intervals of all measures, held inside what each measure can be. */
import type { Interval, MeasureName, Measures } from '../protocol/judge.ts';
import { intervalAround } from './bootstrap.ts';
import type { Resamples } from './set-report.ts';

const everything: Interval = [-Infinity, Infinity];
const share: Interval = [0, 1];

/** What a measure can be, where that is not "at least 0". */
const ranges: Readonly<Partial<Record<MeasureName, Interval>>> = {
  mmdMedian: everything,
  detectedShift: everything,
  libraryShift: everything,
  geneMeans: [-1, 1],
  markerFolds: [-1, 1],
  toldApart: share,
  auc: share,
  precision: share,
  recall: share,
  coverage: share,
  hits: share,
  copies: share,
  exactCopies: share,
  nearTraining: share,
  markers: share,
};

/** Intervals of the measures that have resamples. */
export function intervalsOf(
  measures: Measures,
  resamples: Resamples,
): Partial<Record<MeasureName, Interval>> {
  const out: Partial<Record<MeasureName, Interval>> = {};
  for (const [name, draws] of Object.entries(resamples) as [MeasureName, Float64Array][]) {
    const value = measures[name];
    if (value !== undefined) out[name] = intervalAround(value, draws, ranges[name]);
  }
  return out;
}
