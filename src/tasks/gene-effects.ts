/** @file Effects of a change of condition on the mean expression of genes: observed, predicted by a model, predicted by adding a mean difference. */
import { correlation } from '../evaluation/perturb/change-metrics.ts';
import { logNormalise } from '../maps/log-counts.ts';
import type { CsrMatrix } from '../numerics/csr.ts';

/** Mean of log1p(CP10k) over some rows of log-normalised values, [genes]. */
export function meanOfRows(logs: CsrMatrix, rows: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(logs.cols);
  for (let at = 0; at < rows.length; at++) {
    const r = rows[at];
    for (let e = logs.indptr[r]; e < logs.indptr[r + 1]; e++)
      sums[logs.indices[e]] += logs.values[e];
  }
  return sums.map((sum) => sum / rows.length);
}

/** Mean of log1p(CP10k) of every gene over all cells of counts. Error: cancelled. */
export async function meanExpression(counts: CsrMatrix): Promise<Float64Array> {
  return meanOfRows(
    await logNormalise(counts),
    Int32Array.from({ length: counts.rows }, (_, i) => i),
  );
}

/** Cells of one kind on both sides of a change. */
export interface KindPair {
  readonly source: readonly number[];
  readonly target: readonly number[];
}

/**
 * The mean difference target − source over kinds of cells that have both, [genes]: taken within each kind, so that a different make-up of
 * both sides does not count, and weighted by the cells of the smaller side. Null without such a kind.
 *
 * @param kindOf kind of each cell, null where the cell does not count
 * @param side of each cell: source, target or neither
 */
export function additiveEffect(
  logs: CsrMatrix,
  kindOf: readonly (string | null)[],
  side: readonly ('source' | 'target' | null)[],
): Float64Array | null {
  const kinds = new Map<string, { source: number[]; target: number[] }>();
  kindOf.forEach((kind, i) => {
    const where = side[i];
    if (kind === null || where === null) return;
    const own = kinds.get(kind) ?? { source: [], target: [] };
    own[where].push(i);
    kinds.set(kind, own);
  });
  const pairs = [...kinds.values()].filter((p) => p.source.length > 0 && p.target.length > 0);
  if (pairs.length === 0) return null;
  const total = pairs.reduce((sum, p) => sum + Math.min(p.source.length, p.target.length), 0);
  const effect = new Float64Array(logs.cols);
  for (const { source, target } of pairs) {
    const weight = Math.min(source.length, target.length) / total;
    const [from, to] = [meanOfRows(logs, source), meanOfRows(logs, target)];
    for (let g = 0; g < effect.length; g++) effect[g] += weight * (to[g] - from[g]);
  }
  return effect;
}

/** Pearson correlation; 0 where one side does not vary. */
export function pearson(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return correlation(a, b) ?? 0;
}

/** How a predicted effect agrees with the observed one. */
export interface EffectAgreement {
  /** Pearson over all genes. */
  readonly pearson: number;
  /** Pearson over the hundred genes that changed most. */
  readonly pearsonTop: number;
  /** Share of those genes that go the observed way. */
  readonly directionTop: number;
  /** Root mean square error over all genes. */
  readonly error: number;
}

const TOP = 100;

/** Compares a predicted with the observed effect, gene by gene. */
export function agreement(predicted: Float64Array, observed: Float64Array): EffectAgreement {
  const top = [...observed.keys()]
    .sort((a, b) => Math.abs(observed[b]) - Math.abs(observed[a]))
    .slice(0, TOP);
  const [own, real] = [top.map((g) => predicted[g]), top.map((g) => observed[g])];
  const right = own.filter((value, i) => Math.sign(value) === Math.sign(real[i])).length;
  const squares = predicted.reduce((sum, value, g) => sum + (value - observed[g]) ** 2, 0);
  return {
    pearson: pearson(predicted, observed),
    pearsonTop: pearson(own, real),
    directionTop: right / Math.max(1, top.length),
    error: Math.sqrt(squares / Math.max(1, predicted.length)),
  };
}
