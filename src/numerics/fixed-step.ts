/** @file Fixed-step solvers: Euler, midpoint, Heun and the classical Runge–Kutta method. */

import { Ledger, weigh } from './vector-space.ts';
import type { Field, VectorSpace } from './vector-space.ts';

/** What a solver of equal steps is told. */
export interface StepOptions<S> {
  readonly from: number;
  readonly to: number;
  /** Number of equal steps, ≥ 1. */
  readonly steps: number;
  readonly signal?: AbortSignal | undefined;
  /** Called after each step with its number (1 … steps), the time and the state, which is only lent for the call. */
  readonly onStep?: ((step: number, t: number, x: S) => void | Promise<void>) | undefined;
}

/** What a Runge–Kutta solver is told. */
export interface FixedStepOptions<S> extends StepOptions<S> {
  /** euler: 1 evaluation a step; midpoint and heun: 2; rk4: 4. */
  readonly method: 'euler' | 'heun' | 'rk4' | 'midpoint';
}

/** Where a fixed-step run ended and what it cost. */
export interface FixedStepResult<S> {
  readonly state: S;
  readonly evaluations: number;
}

/** Stage times and weights of an explicit Runge–Kutta method; row i of `a` feeds stage i + 1. */
interface Tableau {
  readonly c: readonly number[];
  readonly a: readonly (readonly number[])[];
  readonly b: readonly number[];
}

const TABLEAUS: Record<FixedStepOptions<unknown>['method'], Tableau> = {
  euler: { c: [], a: [], b: [1] },
  midpoint: { c: [1 / 2], a: [[1 / 2]], b: [0, 1] },
  heun: { c: [1], a: [[1]], b: [1 / 2, 1 / 2] },
  rk4: {
    c: [1 / 2, 1 / 2, 1],
    a: [[1 / 2], [0, 1 / 2], [0, 0, 1]],
    b: [1 / 6, 1 / 3, 1 / 3, 1 / 6],
  },
};

/**
 * Integrates with equal steps, forwards or (to < from) backwards.
 *
 * @returns the state at `to` and the number of field evaluations
 * @throws RangeError unless steps is a whole number ≥ 1; the signal's reason when aborted
 */
export async function fixedStep<S>(
  space: VectorSpace<S>,
  field: Field<S>,
  x0: S,
  options: FixedStepOptions<S>,
): Promise<FixedStepResult<S>> {
  const { from, to, steps } = options;
  if (!Number.isInteger(steps) || steps < 1)
    throw new RangeError(`An integration takes a whole number of steps, at least 1, not ${steps}.`);
  const tableau = TABLEAUS[options.method];
  const ledger = new Ledger(space, x0);
  let evaluations = 0;
  try {
    let x = x0;
    for (let step = 0; step < steps; step++) {
      const t = from + ((to - from) * step) / steps;
      const dt = (to - from) / steps;
      const slopes: S[] = [];
      for (let stage = 0; stage < tableau.b.length; stage++) {
        options.signal?.throwIfAborted();
        const last = stage === 0 ? x : space.combine(x, weigh(slopes, tableau.a[stage - 1], dt));
        const time = stage === 0 ? t : t + tableau.c[stage - 1] * dt;
        ledger.hold(last);
        slopes.push(ledger.hold(await field(time, last)));
        evaluations++;
        if (stage > 0) ledger.release(last);
      }
      const next = ledger.hold(space.combine(x, weigh(slopes, tableau.b, dt)));
      for (const slope of slopes) ledger.release(slope);
      ledger.release(x);
      x = next;
      const time = step + 1 === steps ? to : from + ((to - from) * (step + 1)) / steps;
      await options.onStep?.(step + 1, time, x);
    }
    ledger.keep(x);
    return { state: x, evaluations };
  } finally {
    ledger.close();
  }
}
