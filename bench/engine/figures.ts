/** @file A figure beside its baseline: measured in turn, medians of the same number of rounds. */
import type { Baseline } from './pytorch.ts';

/** Names of the groups of figures. */
export const BENCHES = [
  'autoencoder',
  'flow',
  'sample',
  'slider',
  'training',
  'scldm',
  'scdfm',
] as const;

/** A group of figures. */
export type BenchName = (typeof BENCHES)[number];

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

/** A figure as one line for a person. */
export function describeFigure(figure: Figure): string {
  const { unit, ours, baseline, baselineName, ratio, goal, device, threads } = figure;
  const place = device === 'cpu' ? `${threads} thread${threads === 1 ? '' : 's'}` : device;
  const beside =
    baseline === null
      ? `goal ${goal ?? 'none'} ${unit}`
      : `${baselineName}: ${baseline}, ratio ${ratio} (goal ${goal ?? 'none'})`;
  return `${figure.figure}: ${ours} ${unit} on ${place}; ${beside}`;
}

/** Measures ours and the baselines in turn; rates, more is better. One figure per baseline. */
export async function compareRates(
  what: Pick<Figure, 'figure' | 'unit' | 'goal' | 'device' | 'threads'>,
  rounds: number,
  measure: () => Promise<number>,
  baselines: readonly Baseline[],
): Promise<Figure[]> {
  const own: number[] = [];
  const others = baselines.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    own.push(await measure());
    for (const [i, baseline] of baselines.entries()) others[i].push(await baseline.measure());
  }
  for (const baseline of baselines) baseline.stop();
  const base = {
    ...what,
    ours: rounded(median(own)),
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
