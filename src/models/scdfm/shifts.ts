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

/** Mean of some rows of states [rows, dims]. */
export function meanState(states: Float32Array, dims: number, cells: Uint32Array): Float64Array {
  const mean = new Float64Array(dims);
  for (const cell of cells) {
    for (let d = 0; d < dims; d++) mean[d] += states[cell * dims + d] / cells.length;
  }
  return mean;
}
