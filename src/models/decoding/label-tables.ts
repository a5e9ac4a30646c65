/** @file A model's offsets of log expression by category: attribute by attribute, and what they make of a cell's shares. */
import type { NamedArray } from '../../engine/named-array.ts';
import type { ModelAttribute } from '../../protocol/model.ts';

/** What offsets are found by. */
export interface LabelledModel {
  readonly attributes: readonly ModelAttribute[];
  /** Offsets by category, [categories, genes], named by the attribute's place; left out: none. */
  readonly calibration?: readonly NamedArray[] | undefined;
}

/** The offsets of a model per attribute, [categories, genes]; null where it has none. */
export function tablesOf({ attributes, calibration = [] }: LabelledModel): (Float32Array | null)[] {
  return attributes.map(
    (_, a) => calibration.find(({ name }) => name === String(a))?.values ?? null,
  );
}

/**
 * Brings shares [genes] of one cell to its labels' offsets, in place.
 *
 * @param tables offsets per attribute, [categories, genes]; null where an attribute has none
 * @param codes the cell's category per attribute; −1 where it shows none
 */
export function offsetShares(
  shares: Float32Array,
  tables: readonly (Float32Array | null)[],
  codes: readonly number[],
): void {
  const genes = shares.length;
  const own = tables.flatMap((table, a) =>
    table === null || codes[a] < 0
      ? []
      : [table.subarray(codes[a] * genes, (codes[a] + 1) * genes)],
  );
  if (own.length === 0) return;
  let total = 0;
  for (let g = 0; g < genes; g++) {
    let offset = 0;
    for (const row of own) offset += row[g];
    shares[g] *= Math.exp(offset);
    total += shares[g];
  }
  for (let g = 0; g < genes; g++) shares[g] /= total;
}
