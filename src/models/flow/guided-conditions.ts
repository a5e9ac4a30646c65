/** @file A request for guided velocities, taken apart: the distinct conditions, who has which, and how branches are mixed. */
import type { FieldQuestion } from '../backend.ts';

/** The same, ready to be computed. */
export interface GuidedConditions {
  readonly cells: number;
  readonly branches: number;
  /** Distinct conditions: the shown category per attribute, −1 for one that is not shown. */
  readonly conditions: readonly (readonly number[])[];
  /** Condition of each row, branch after branch, [branches · cells]. */
  readonly conditionOf: Uint32Array;
  /** Share of each row in its cell's velocity, [branches · cells]. */
  readonly coefficients: Float32Array;
  readonly lastVelocity: Float32Array | null;
}

/** Takes a question apart. */
export function guidedConditions(question: FieldQuestion): GuidedConditions {
  const { codes, groups, groupOf, lastVelocity } = question;
  const cells = groupOf.length;
  const masks = [...new Set(groups.flat().map((b) => b.mask))].sort((a, b) => a - b);
  const known = new Map<string, number>();
  const conditions: number[][] = [];
  const conditionOf = new Uint32Array(masks.length * cells);
  const coefficients = new Float32Array(masks.length * cells);
  masks.forEach((mask, b) => {
    const byGroup = groups.map((group) => group.find((x) => x.mask === mask)?.coefficient ?? 0);
    for (let i = 0; i < cells; i++) {
      const shown = codes.map((all, a) => ((mask & (1 << a)) !== 0 && all !== null ? all[i] : -1));
      const key = shown.join();
      let index = known.get(key);
      if (index === undefined) {
        index = conditions.length;
        known.set(key, index);
        conditions.push(shown);
      }
      conditionOf[b * cells + i] = index;
      coefficients[b * cells + i] = byGroup[groupOf[i]];
    }
  });
  return { cells, branches: masks.length, conditions, conditionOf, coefficients, lastVelocity };
}
