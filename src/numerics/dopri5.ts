/** @file The adaptive Dormand–Prince 5(4) solver with the step control of torchdyn, which CFGen samples with. */

import { Ledger, weigh } from './vector-space.ts';
import type { Field, VectorSpace } from './vector-space.ts';

/** What the solver is told. */
export interface Dopri5Options<S> {
  /** Absolute tolerance; CFGen uses 1e-5. */
  readonly atol: number;
  /** Relative tolerance; CFGen uses 1e-5. */
  readonly rtol: number;
  readonly signal?: AbortSignal | undefined;
  /** Called after each accepted step with the time and the state, which is only lent for the call. */
  readonly onAccepted?: ((t: number, x: S) => void | Promise<void>) | undefined;
  /** Called after each attempt; in a reverse run `t` is the negated time, as the original counts it. */
  readonly onAttempt?: ((attempt: Dopri5Attempt) => void) | undefined;
}

/** One trial step: accepted where the error ratio is at most 1. */
export interface Dopri5Attempt {
  readonly t: number;
  readonly dt: number;
  readonly ratio: number;
}

/** States at the asked times, the start first, and what they cost. */
export interface Dopri5Result<S> {
  /** One state for each of the times; the first is x0 itself. The caller owns them. */
  readonly states: readonly S[];
  readonly accepted: number;
  readonly rejected: number;
  readonly attempts: number;
  /** Field evaluations: 2 + 6 · attempts. */
  readonly evaluations: number;
}

const STAGE_TIMES = [1 / 5, 3 / 10, 4 / 5, 8 / 9, 1];
const STAGES = [
  [1 / 5],
  [3 / 40, 9 / 40],
  [44 / 45, -56 / 15, 32 / 9],
  [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
  [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
];
const SOLUTION = [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84];
const ERROR = [
  35 / 384 - 1951 / 21600,
  0,
  500 / 1113 - 22642 / 50085,
  125 / 192 - 451 / 720,
  -2187 / 6784 + 12231 / 42400,
  11 / 84 - 649 / 6300,
  -1 / 60,
];
const ORDER = 5;
const SAFETY = 0.9;
const MIN_FACTOR = 0.2;
const MAX_FACTOR = 10;

/** A run that needs more attempts than this does not come to an end: the field is not finite or has no smooth scale. */
const MAX_ATTEMPTS = 100_000;

/**
 * Integrates from times[0] through all `times`, which must rise or fall strictly.
 *
 * One step size serves the whole state, so cells that are integrated together influence each other a little. Every output time
 * ends a step; after a step cut for one, the next size is (uncut − cut) × factor. A falling run integrates −v over negated time,
 * and the probe for its first step sees v itself, as in the original.
 * @throws RangeError for times that do not go one way or an error that is not a number; the signal's reason when aborted
 * Source: Dormand & Prince 1980; torchdyn 1.0.6, `odeint`.
 */
export async function dopri5<S>(
  space: VectorSpace<S>,
  field: Field<S>,
  x0: S,
  times: readonly number[] | Float64Array,
  options: Dopri5Options<S>,
): Promise<Dopri5Result<S>> {
  const run = new Run(space, field, x0, directionOf(times), options);
  try {
    return await run.through(times);
  } finally {
    run.close();
  }
}

/** +1 for rising times, −1 for falling ones. */
function directionOf(times: readonly number[] | Float64Array): 1 | -1 {
  if (times.length < 2) throw new RangeError('An integration needs at least two times.');
  const direction = times[1] > times[0] ? 1 : -1;
  for (let i = 1; i < times.length; i++)
    if (!((times[i] - times[i - 1]) * direction > 0))
      throw new RangeError('The times of an integration must rise or fall strictly.');
  return direction;
}

/** One integration in progress; `t` is the time times the direction, so it always rises. */
class Run<S> {
  private readonly ledger: Ledger<S>;
  private accepted = 0;
  private rejected = 0;
  private evaluations = 0;

  constructor(
    private readonly space: VectorSpace<S>,
    private readonly field: Field<S>,
    private readonly start: S,
    private readonly sign: 1 | -1,
    private readonly options: Dopri5Options<S>,
  ) {
    this.ledger = new Ledger(space, start);
  }

  close(): void {
    this.ledger.close();
  }

  async through(times: readonly number[] | Float64Array): Promise<Dopri5Result<S>> {
    const { ledger, options, sign } = this;
    const states: S[] = [this.start];
    const targets = Array.from(times, (time) => time * sign);
    const end = targets[targets.length - 1];
    let t = targets[0];
    let x = this.start;
    let k1: S = await this.evaluate(sign * t, x);
    let dt = await this.firstStep(t, x, k1);
    let next = 1;
    while (next < targets.length) {
      if (t + dt > end) dt = end - t;
      const target = targets[next];
      const uncut = dt;
      const cut = t + dt > target && target !== end;
      if (cut) dt = target - t;
      const { ratio, xNew, k7 } = await this.attempt(t, dt, x, k1);
      options.onAttempt?.({ t, dt, ratio });
      if (ratio <= 1) {
        this.accepted++;
        const arrived = cut || t + dt >= target;
        t = arrived ? target : t + dt;
        ledger.release(k1);
        if (!states.includes(x)) ledger.release(x);
        x = xNew;
        k1 = k7;
        if (arrived) {
          states.push(x);
          next++;
        }
        await options.onAccepted?.(sign * t, x);
      } else {
        this.rejected++;
        ledger.release(xNew);
        ledger.release(k7);
      }
      dt = nextStep(cut ? uncut - dt : dt, ratio);
      if (!(this.accepted + this.rejected < MAX_ATTEMPTS) || !(dt > 0))
        throw new RangeError('The integration does not advance: the velocity changes too fast.');
    }
    for (const state of states) ledger.keep(state);
    const attempts = this.accepted + this.rejected;
    const { accepted, rejected, evaluations } = this;
    return { states, accepted, rejected, attempts, evaluations };
  }

  private async evaluate(time: number, x: S): Promise<S> {
    this.options.signal?.throwIfAborted();
    this.evaluations++;
    return this.ledger.hold(await this.field(time, x));
  }

  /** The size of the first step, from two norms and one probe a little way along the field. */
  private async firstStep(t: number, x: S, k1: S): Promise<number> {
    const { space, ledger, sign } = this;
    const { atol, rtol } = this.options;
    const d0 = await space.scaledNorm(x, x, atol, rtol);
    const d1 = await space.scaledNorm(k1, x, atol, rtol);
    const h0 = d0 < 1e-5 || d1 < 1e-5 ? 1e-6 : (0.01 * d0) / d1;
    const ahead = ledger.hold(space.combine(x, [{ k: k1, c: sign * h0 }]));
    // In a reverse run the original probes the field as it is, at the negated time.
    const probe = await this.evaluate(t + h0, ahead);
    const change = ledger.hold(space.combine(probe, [{ k: k1, c: -sign }]));
    const d2 = (await space.scaledNorm(change, x, atol, rtol)) / h0;
    for (const state of [ahead, probe, change]) ledger.release(state);
    const flat = d1 <= 1e-15 && d2 <= 1e-15;
    const h1 = flat ? Math.max(1e-6, h0 * 1e-3) : (0.01 / Math.max(d1, d2)) ** (1 / (ORDER + 1));
    const dt = Math.min(100 * h0, h1);
    if (!Number.isFinite(dt)) throw new RangeError('The velocity is not a finite number.');
    return dt;
  }

  /** One trial step from (t, x) with the slope k1 that is already known there. */
  private async attempt(
    t: number,
    dt: number,
    x: S,
    k1: S,
  ): Promise<{ ratio: number; xNew: S; k7: S }> {
    const { space, ledger, sign } = this;
    const { atol, rtol } = this.options;
    const slopes = [k1];
    for (let stage = 0; stage < STAGES.length; stage++) {
      const point = ledger.hold(space.combine(x, weigh(slopes, STAGES[stage], sign * dt)));
      slopes.push(await this.evaluate(sign * (t + STAGE_TIMES[stage] * dt), point));
      ledger.release(point);
    }
    const xNew = ledger.hold(space.combine(x, weigh(slopes, SOLUTION, sign * dt)));
    const k7 = await this.evaluate(sign * (t + dt), xNew);
    slopes.push(k7);
    // The error without its first weight: k1 serves as the base, and the norm takes the factor back.
    const terms = weigh(slopes, ERROR, 1 / ERROR[0]).slice(1);
    const err = ledger.hold(space.combine(k1, terms));
    const norm = await space.errorNorm(err, x, xNew, atol, rtol);
    const ratio = Math.abs(dt * ERROR[0]) * norm;
    ledger.release(err);
    for (const slope of slopes) if (slope !== k1 && slope !== k7) ledger.release(slope);
    if (Number.isNaN(ratio)) throw new RangeError('The velocity is not a finite number.');
    return { ratio, xNew, k7 };
  }
}

/** The size of the next step: never smaller after a good one, at most ten times larger, at least a fifth after a bad one. */
function nextStep(dt: number, ratio: number): number {
  if (ratio === 0) return dt * MAX_FACTOR;
  const floor = ratio < 1 ? 1 : MIN_FACTOR;
  return dt * Math.min(MAX_FACTOR, Math.max(SAFETY / ratio ** (1 / ORDER), floor));
}
