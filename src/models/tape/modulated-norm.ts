/** @file A layer norm on a tape whose factor and shift come from conditions: what blocks of a velocity network begin with (adaLN). */
import type { View } from '../../engine/kernels/list.ts';
import type { Matrix } from '../../engine/plan/layers.ts';
import { EPSILON } from './layers.ts';
import type { Tape } from './tape.ts';

/** Which rows share a condition: `every` rows in turn have one of `groups`, whose vectors lie `side` numbers apart. */
export interface ModulationGroups {
  readonly side: number;
  readonly every: number;
  readonly groups: number;
  /** Width of rows and vectors. */
  readonly columns: number;
}

/** A recorded norm; both take the modulation [groups, side] that factor and shift are columns of. */
export interface ModulatedNorm {
  /** norm(x) · (1 + factor) + shift, [rows, columns]. */
  readonly out: (modulation: Matrix) => Matrix;
  /** Gradient of x, `addend` [rows, columns] added; those of factor and shift go to their columns of `dModulation`. */
  readonly backward: (
    dy: Matrix,
    addend: Matrix | null,
    modulation: Matrix,
    dModulation: Matrix,
  ) => Matrix;
}

/** Takes the memory of a norm of x [rows, columns] whose factor (beside 1) and shift every group has of its own. @param vectors where both lie in a modulation, or in its gradient */
export function recordModulated(
  tape: Tape,
  x: Matrix,
  groups: ModulationGroups,
  vectors: (m: Matrix) => { readonly factor: View; readonly shift: View },
  epsilon = EPSILON,
): ModulatedNorm {
  const { rows, columns } = x;
  const y = tape.dense(rows, columns);
  const stats = tape.dense(rows, 2).view;
  const norm = { kind: 0, x: x.view, base: 1, rows, ...groups };
  return {
    out(modulation) {
      const given = { ...norm, ...vectors(modulation), y: y.view, stats, epsilon };
      tape.recorder.call('rowNorm', given);
      return y;
    },
    backward(dy, addend, modulation, dModulation) {
      const { factor: dFactor, shift: dShift } = vectors(dModulation);
      const sums = { x: x.view, stats, dy: dy.view, dFactor, dShift, rows, ...groups };
      tape.recorder.call('rowNormFactorGradient', sums);
      const dx = tape.dense(rows, columns);
      tape.recorder.call('rowNormGradient', {
        ...norm,
        stats,
        factor: vectors(modulation).factor,
        dy: dy.view,
        addend: addend?.view ?? null,
        dx: dx.view,
      });
      return dx;
    },
  };
}
