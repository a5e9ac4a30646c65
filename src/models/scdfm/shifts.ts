/** @file What each perturbation does alone: the mean change of cells' states against control cells of the same context. */
import type { Screen } from './screen.ts';

/**
 * Mean changes of single perturbations, contexts weighed by their cells; 0 for members never seen alone and for the control token.
 *
 * @param states [cells, dims]
 * @returns [members + 1, dims]
 */
export function memberShifts(screen: Screen, states: Float32Array, dims: number): Float32Array {
  const shifts = new Float32Array((screen.members.length + 1) * dims);
  const isControl = (label: number): boolean => screen.sets[label]?.length === 0;
  const controls = new Map(
    screen.conditions
      .filter(({ label }) => isControl(label))
      .map(({ context, cells }) => [context, meanState(states, dims, cells)]),
  );
  const every = meanState(states, dims, screen.controls);
  const seen = new Float64Array(screen.members.length);
  for (const { label, context, cells } of screen.conditions) {
    const set = screen.sets[label];
    if (set?.length !== 1) continue;
    const [member] = set;
    const own = meanState(states, dims, cells);
    const beside = controls.get(context) ?? every;
    const share = cells.length / (seen[member] + cells.length);
    seen[member] += cells.length;
    for (let d = 0; d < dims; d++) {
      const at = member * dims + d;
      shifts[at] += share * (own[d] - beside[d] - shifts[at]);
    }
  }
  return shifts;
}

/**
 * What single perturbations change in one context beyond their mean change over contexts, shortened by the part of its squared length that is
 * noise (James and Stein's positive part); 0 where training never saw them.
 *
 * @param contexts categories of the context column
 * @param shifts as `memberShifts` gives them
 * @returns [contexts, members, dims]
 */
export function contextShifts(
  screen: Screen,
  states: Float32Array,
  dims: number,
  contexts: number,
  shifts: Float32Array,
): Float32Array {
  const members = screen.members.length;
  const beyond = new Float32Array(contexts * members * dims);
  const controls = new Map<number, Uint32Array>();
  const alone = new Map<number, number[]>();
  for (const { label, context, cells } of screen.conditions) {
    const set = screen.sets[label];
    if (set?.length === 0) controls.set(context, cells);
    if (set?.length !== 1 || context < 0) continue;
    const at = context * members + set[0];
    alone.set(at, [...(alone.get(at) ?? []), ...cells]);
  }
  const spread = spreadWithin([...controls.values()], states, dims);
  for (const [at, cells] of alone) {
    const beside = controls.get(Math.floor(at / members));
    if (beside === undefined) continue;
    const untreated = meanState(states, dims, beside);
    const member = (at % members) * dims;
    const rest = meanState(states, dims, Uint32Array.from(cells)).map(
      (mean, d) => mean - untreated[d] - shifts[member + d],
    );
    const squared = rest.reduce((sum, value) => sum + value * value, 0);
    const noise = spread * (1 / cells.length + 1 / beside.length);
    const kept = squared > noise ? 1 - noise / squared : 0;
    rest.forEach((value, d) => (beyond[at * dims + d] = kept * value));
  }
  return beyond;
}

/** Variances of all dimensions within groups of cells, summed. */
function spreadWithin(groups: readonly Uint32Array[], states: Float32Array, dims: number): number {
  let [squares, free] = [0, 0];
  for (const cells of groups) {
    const mean = meanState(states, dims, cells);
    for (const cell of cells) {
      for (let d = 0; d < dims; d++) squares += (states[cell * dims + d] - mean[d]) ** 2;
    }
    free += cells.length - 1;
  }
  return squares / Math.max(1, free);
}

/** Mean of some rows of states [rows, dims]. */
export function meanState(states: Float32Array, dims: number, cells: Uint32Array): Float64Array {
  const mean = new Float64Array(dims);
  for (const cell of cells) {
    for (let d = 0; d < dims; d++) mean[d] += states[cell * dims + d] / cells.length;
  }
  return mean;
}
