/** @file The verdict in a few numbers and words: what an exported file and a model file say of their cells. */
import type { UnsValue } from './dataset.ts';
import type { MeasureName, Verdict } from './judge.ts';

/** Measures worth keeping with the cells; all of them are in the verdict's own exports. */
const kept: readonly MeasureName[] = [
  'energy',
  'wasserstein2',
  'mmdMedian',
  'toldApart',
  'auc',
  'precision',
  'recall',
  'density',
  'coverage',
  'zeros',
  'logLibrary',
  'geneCorrelation',
  'markers',
  'hits',
  'copies',
  'exactCopies',
  'nearTraining',
  'diversity',
];

/**
 * A tree for uns['cellsmith']['verdict']: headline, words, checks passed, and each measure beside its floor. Null while nothing is decided.
 * Also plain JSON, so it can stand in a model file's manifest.
 */
export function verdictRecord(verdict: Verdict | null): Readonly<Record<string, UnsValue>> | null {
  if (!verdict?.decided) return null;
  const { cells, checks, measures, floor, hits } = verdict;
  const values = kept.flatMap((name): [string, UnsValue][] => {
    const value = measures[name];
    if (value === undefined) return [];
    const own = floor[name];
    return [[name, own ? { value, floor: own.mean, floor_low: own.low, floor_high: own.high } : { value }]]; // prettier-ignore
  });
  const outside = checks.filter(({ inside }) => !inside).map(({ name }) => name);
  return {
    headline: verdict.headline,
    sentence: verdict.sentence,
    numbers: verdict.numbers,
    fit_for: verdict.fitFor,
    checks_passed: verdict.passed,
    checks: checks.length,
    ...(outside.length > 0 ? { outside } : {}),
    held_out_cells: cells.heldOut,
    synthetic_cells: cells.synthetic,
    measures: Object.fromEntries(values),
    recognised: Object.fromEntries(
      Object.entries(hits).map(([name, own]) => [name, { synthetic: own.synthetic ?? -1, real: own.real }]), // prettier-ignore
    ),
  };
}
