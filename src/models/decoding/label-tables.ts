/** @file A model's offsets of log expression by category, attribute by attribute. */
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
