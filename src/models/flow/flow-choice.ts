/**
 * @file Which conditions a batch of the flow has: a time with the labels shown at it, and the cells that share it.
 *
 * What the network computes from time and labels depends on the condition alone, so it is computed once per condition. Cells
 * that show the same labels may therefore share a time in small groups; each cell's time stays uniform.
 */
import type { Random } from '../../numerics/random.ts';
import type { FlowChoice } from '../backend.ts';

/** A batch without its noise. */
export type FlowConditions = Omit<FlowChoice, 'noise'>;

/** Every cell has a condition of its own. @param masks one bit per attribute that the cell shows */
export function separateConditions(
  cells: Uint32Array,
  masks: Uint32Array,
  times: Float64Array,
): FlowConditions {
  const conditionOf = Uint32Array.from(cells.keys());
  return { cells, conditionOf, times, masks, labelled: cells };
}

/**
 * Puts cells that show the same labels together, at most `most` of them, and spreads the groups' times evenly over [0, 1)
 * from a random start, in random order.
 *
 * @param codes category of every cell of the data, per attribute
 * @param masks one bit per attribute that the cell shows, in the order of `cells`
 * @returns the same cells in another order
 */
export function shareConditions(
  cells: Uint32Array,
  masks: Uint32Array,
  codes: readonly Int32Array[],
  most: number,
  random: Random,
): FlowConditions {
  const n = cells.length;
  const groups = groupsOf(cells, masks, codes, most);
  const order = random.permutation(groups.length);
  const first = random.uniform();
  const result = {
    cells: new Uint32Array(n),
    conditionOf: new Uint32Array(n),
    times: new Float64Array(groups.length),
    masks: new Uint32Array(groups.length),
    labelled: new Uint32Array(groups.length),
  };
  let at = 0;
  order.forEach((g, condition) => {
    const group = groups[g];
    const middle = first + (at + group.length / 2) / n;
    result.times[condition] = middle - Math.floor(middle);
    result.masks[condition] = masks[group[0]];
    result.labelled[condition] = cells[group[0]];
    for (const i of group) {
      result.cells[at] = cells[i];
      result.conditionOf[at++] = condition;
    }
  });
  return result;
}

/** Positions in the batch, group by group. */
function groupsOf(
  cells: Uint32Array,
  masks: Uint32Array,
  codes: readonly Int32Array[],
  most: number,
): number[][] {
  const groups: number[][] = [];
  const open = new Map<string, number[]>();
  cells.forEach((cell, i) => {
    let key = '';
    codes.forEach((all, a) => {
      key += (masks[i] & (1 << a)) === 0 ? '-,' : `${all[cell]},`;
    });
    let group = open.get(key);
    if (group === undefined || group.length === most) {
      group = [];
      open.set(key, group);
      groups.push(group);
    }
    group.push(i);
  });
  return groups;
}
