/** @file A figure beside its baseline: measured in turn, medians of the same number of rounds. */
import type { Baseline } from './pytorch.ts';

/** One line of the report. For rates ratio = ours / baseline, for times baseline / ours: above 1 ours is better. */
export interface Figure {
  readonly figure: string;
  readonly unit: string;
  readonly ours: number;
  readonly baseline: number | null;
  readonly baselineName: string | null;
  readonly ratio: number | null;
  /** What the ratio (or, without a baseline, ours) should reach. */
  readonly goal: number | null;
  readonly device: string;
  readonly threads: number;
  /** Slowest and fastest round of ours. */
  readonly spread: readonly [number, number];
}

/** Three digits. */
export function rounded(value: number): number {
  return Number(value.toPrecision(3));
}

/** The middle of some values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Measures ours and the baselines in turn; rates, more is better. One figure per baseline. */
export async function compareRates(
  figure: string,
  unit: string,
  goal: number | null,
  rounds: number,
  ours: { readonly threads: number; measure(): number | Promise<number> },
  baselines: readonly Baseline[],
): Promise<Figure[]> {
  const own: number[] = [];
  const others = baselines.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    own.push(await ours.measure());
    for (const [i, baseline] of baselines.entries()) others[i].push(await baseline.measure());
  }
  for (const baseline of baselines) baseline.stop();
  const base = {
    figure,
    unit,
    ours: rounded(median(own)),
    goal,
    device: 'cpu',
    threads: ours.threads,
    spread: [rounded(Math.min(...own)), rounded(Math.max(...own))] as const,
  };
  if (baselines.length === 0) return [{ ...base, baseline: null, baselineName: null, ratio: null }];
  return baselines.map(({ name }, i) => ({
    ...base,
    baseline: rounded(median(others[i])),
    baselineName: name,
    ratio: rounded(median(own) / median(others[i])),
  }));
}
