/** @file Limits of cells by median absolute deviations, as single-cell guides set them. */
import type { DataChoices } from './types.ts';

/** Deviations on log1p of counts and of genes. Source: Heumos et al., Nature Reviews Genetics 24 (2023), "Quality control". */
const deviations = 5;
/** Deviations of the mitochondrial share, upwards only. */
const mitoDeviations = 3;
/** A share below this is never an outlier, however alike the cells are; per cent. */
const harmlessMito = 8;

/** Per-cell quality measures of the open file. */
export interface QcValues {
  readonly counts: Float32Array | null;
  readonly genes: Float32Array | null;
  readonly mito: Float32Array | null;
}

/** Median of values, and the median of their distances from it; NaN without values. */
export function medianAndMad(values: readonly number[]): { median: number; mad: number } {
  const middle = (list: readonly number[]): number => {
    const sorted = [...list].sort((a, b) => a - b);
    const half = sorted.length >> 1;
    return sorted.length % 2 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
  };
  if (values.length === 0) return { median: NaN, mad: NaN };
  const median = middle(values);
  return { median, mad: middle(values.map((value) => Math.abs(value - median))) };
}

function aroundLog(values: Float32Array | null): DataChoices['counts'] {
  const logs = Array.from(values ?? [])
    .filter((value) => value > 0)
    .map(Math.log1p);
  const { median, mad } = medianAndMad(logs);
  // Without any spread, every cell beside the median would be left out.
  if (!(mad > 0)) return { min: null, max: null };
  const min = Math.ceil(Math.expm1(median - deviations * mad));
  return { min: Math.max(1, min), max: Math.floor(Math.expm1(median + deviations * mad)) };
}

/**
 * Limits of counts, genes and mitochondrial share: within 5 deviations of the median on a log scale; the share at most 3
 * deviations above its median, and never below 8 %.
 */
export function limitsByMad(qc: QcValues): Pick<DataChoices, 'counts' | 'genes' | 'mitoMax'> {
  const { median, mad } = medianAndMad(Array.from(qc.mito ?? []));
  const most = Math.max(harmlessMito, median + mitoDeviations * mad);
  return {
    counts: aroundLog(qc.counts),
    genes: aroundLog(qc.genes),
    mitoMax:
      qc.mito === null || !Number.isFinite(most) ? null : Math.min(100, Math.ceil(most * 10) / 10),
  };
}
