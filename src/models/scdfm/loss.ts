/**
 * @file What training makes small: the squared error of velocities on straight paths, and the discrepancy of predicted end points.
 *
 * Both are computed in float64 beside the device, from the velocities it gives: a few thousand numbers a step.
 */
import { discrepancy } from './mmd.ts';

/** Velocities of a batch and what they should have been; every row is one cell. */
export interface FlowOutcome {
  /** The network's velocities, [rows, dims]. */
  readonly velocity: Float32Array;
  /** States at `times`, [rows, dims]. */
  readonly states: Float32Array;
  /** End points minus starts, [rows, dims]. */
  readonly velocities: Float32Array;
  /** End points, [rows, dims]. */
  readonly ends: Float32Array;
  readonly times: Float64Array;
  /** Rows of each condition, one condition after the other. */
  readonly groups: readonly number[];
  readonly dims: number;
}

/** A loss, its parts and its derivative by the velocities. */
export interface FlowLoss {
  /** error + weight · discrepancy */
  readonly loss: number;
  readonly error: number;
  /** Mean over conditions. */
  readonly discrepancy: number;
  /** [rows, dims] */
  readonly gradient: Float32Array;
}

/** Mean squared error of velocities plus `weight` times the mean discrepancy of x + (1 − t) v. Source: methods/scdfm §1.2. */
export function flowLoss(outcome: FlowOutcome, weight: number): FlowLoss {
  const { velocity, velocities, groups, dims } = outcome;
  const count = velocity.length;
  const gradient = new Float32Array(count);
  let error = 0;
  for (let k = 0; k < count; k++) {
    const difference = velocity[k] - velocities[k];
    error += (difference * difference) / count;
    gradient[k] = (2 * difference) / count;
  }
  const measured = groups.filter((rows) => rows > 1).length;
  if (weight === 0 || measured === 0) return { loss: error, error, discrepancy: 0, gradient };
  const ends = predictedEnds(outcome);
  let sum = 0;
  let from = 0;
  for (const rows of groups) {
    if (rows > 1) {
      const found = discrepancy(
        { values: ends, from, rows },
        { values: outcome.ends, from, rows },
        dims,
      );
      sum += found.value / measured;
      for (let k = 0; k < rows * dims; k++) {
        const left = 1 - outcome.times[from + Math.floor(k / dims)];
        gradient[from * dims + k] += ((weight * left) / measured) * found.gradient[k];
      }
    }
    from += rows;
  }
  return { loss: error + weight * sum, error, discrepancy: sum, gradient };
}

/** One-step estimates of the end points, x + (1 − t) v. */
export function predictedEnds({
  velocity,
  states,
  times,
  dims,
}: Pick<FlowOutcome, 'velocity' | 'states' | 'times' | 'dims'>): Float64Array {
  return Float64Array.from(velocity, (v, k) => states[k] + (1 - times[Math.floor(k / dims)]) * v);
}
