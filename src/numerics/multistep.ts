/** @file The Adams–Bashforth method of third order: one evaluation a step, because old slopes are used again. */

import type { FixedStepResult, StepOptions } from './fixed-step.ts';
import { Ledger, weigh } from './vector-space.ts';
import type { Field, VectorSpace } from './vector-space.ts';

/** Weights of the newest slope and those before it; the second step has only two. */
const SECOND = [3 / 2, -1 / 2] as const;
const THIRD = [23 / 12, -16 / 12, 5 / 12] as const;

/**
 * Integrates with equal steps, forwards or (to < from) backwards. The first step is Heun's, so `steps` steps take
 * `steps + 1` evaluations.
 *
 * @returns the state at `to` and the number of field evaluations
 * @throws RangeError unless steps is a whole number ≥ 1; the signal's reason when aborted
 * Source: Hairer, Nørsett & Wanner, Solving Ordinary Differential Equations I, III.1.
 */
export async function adamsBashforth<S>(
  space: VectorSpace<S>,
  field: Field<S>,
  x0: S,
  options: StepOptions<S>,
): Promise<FixedStepResult<S>> {
  const { from, to, steps } = options;
  if (!Number.isInteger(steps) || steps < 1)
    throw new RangeError(`An integration takes a whole number of steps, at least 1, not ${steps}.`);
  const ledger = new Ledger(space, x0);
  const dt = (to - from) / steps;
  /** Newest first. */
  const slopes: S[] = [];
  let evaluations = 0;
  const slopeAt = async (t: number, x: S): Promise<S> => {
    options.signal?.throwIfAborted();
    evaluations++;
    return ledger.hold(await field(t, x));
  };
  /** Heun's step, whose first slope is the newest one. */
  const start = async (t: number, x: S): Promise<S> => {
    const guess = ledger.hold(space.combine(x, weigh(slopes, [1], dt)));
    const end = await slopeAt(t + dt, guess);
    const next = ledger.hold(space.combine(x, weigh([slopes[0], end], [1 / 2, 1 / 2], dt)));
    ledger.release(guess);
    ledger.release(end);
    return next;
  };
  try {
    let x = x0;
    for (let step = 0; step < steps; step++) {
      const t = from + ((to - from) * step) / steps;
      slopes.unshift(await slopeAt(t, x));
      for (const old of slopes.splice(THIRD.length)) ledger.release(old);
      const weights = slopes.length === 2 ? SECOND : THIRD;
      const next =
        step === 0 ? await start(t, x) : ledger.hold(space.combine(x, weigh(slopes, weights, dt)));
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
