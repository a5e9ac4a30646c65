/** @file Small facts about a file for the Data panel. */
import type { LoadedData } from '../protocol/dataset.ts';

/** Median of values; 0 for none. Sorts a copy. */
export function median(values: Float32Array): number {
  if (values.length === 0) return 0;
  const sorted = values.slice().sort();
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

/** Share of zeros (0–1) in a cells × genes matrix, from the genes found per cell. */
export function zeroShare(genesPerCell: Float32Array, genes: number): number {
  if (genesPerCell.length === 0 || genes === 0) return 0;
  let found = 0;
  for (const count of genesPerCell) found += count;
  return 1 - found / (genesPerCell.length * genes);
}

/** Stored counts of all kinds of features, in multiples of those found in the kind that cells are measured by. */
export function entriesPerFound({ geneCells, qc }: Pick<LoadedData, 'geneCells' | 'qc'>): number {
  const sum = (values: Float32Array): number => values.reduce((a, b) => a + b, 0);
  const found = sum(qc.genes);
  return found > 0 ? Math.max(1, sum(geneCells) / found) : 1;
}
