/** @file What a solver knows of its states: combinations, norms, and who frees them. */

/** One scaled direction of a linear combination. */
export interface Term<S> {
  readonly k: S;
  readonly c: number;
}

/**
 * What a solver needs to know of a state.
 *
 * Each state that `combine` or the field returns belongs to the solver, which gives it to `dispose` once it is done with it;
 * the start and the returned states are never disposed.
 */
export interface VectorSpace<S> {
  /** base + Σ c·k, as a new state. */
  combine(base: S, terms: readonly Term<S>[]): S;
  /** Root mean square over all elements of err / (atol + rtol · max(|x|, |xNew|)). */
  errorNorm(err: S, x: S, xNew: S, atol: number, rtol: number): Promise<number>;
  /** Root mean square over all elements of v / (atol + rtol · |x|). */
  scaledNorm(v: S, x: S, atol: number, rtol: number): Promise<number>;
  /** Frees a state. */
  dispose?(state: S): void;
}

/** The velocity: must return a new state each time, which the solver may dispose. */
export type Field<S> = (t: number, x: S) => S | Promise<S>;

/** The terms Σ weight·dt·k of the slopes whose weight is not 0. */
export function weigh<S>(slopes: readonly S[], weights: readonly number[], dt: number): Term<S>[] {
  const terms: Term<S>[] = [];
  weights.forEach((weight, i) => {
    if (weight !== 0) terms.push({ k: slopes[i], c: weight * dt });
  });
  return terms;
}

/** Knows which states a solver still owns, so that each is disposed exactly once, also when a field throws. */
export class Ledger<S> {
  private readonly held = new Set<S>();

  constructor(
    private readonly space: VectorSpace<S>,
    private readonly start: S,
  ) {}

  /** Takes ownership of a state; the start is never owned. */
  hold(state: S): S {
    if (state !== this.start) this.held.add(state);
    return state;
  }

  /** Disposes a state now, if it is owned. */
  release(state: S): void {
    if (this.held.delete(state)) this.space.dispose?.(state);
  }

  /** Gives a state away: it will not be disposed. */
  keep(state: S): S {
    this.held.delete(state);
    return state;
  }

  /** Disposes all that is still owned. */
  close(): void {
    for (const state of this.held) this.space.dispose?.(state);
    this.held.clear();
  }
}

/** States that are plain float64 arrays of one length. */
export const float64Space: VectorSpace<Float64Array> = {
  combine(base, terms) {
    const out = Float64Array.from(base);
    for (const { k, c } of terms) for (let i = 0; i < out.length; i++) out[i] += c * k[i];
    return out;
  },
  errorNorm(err, x, xNew, atol, rtol) {
    return rootMeanSquare(
      err.length,
      (i) => err[i] / (atol + rtol * Math.max(Math.abs(x[i]), Math.abs(xNew[i]))),
    );
  },
  scaledNorm(v, x, atol, rtol) {
    return rootMeanSquare(v.length, (i) => v[i] / (atol + rtol * Math.abs(x[i])));
  },
};

function rootMeanSquare(length: number, element: (i: number) => number): Promise<number> {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += element(i) ** 2;
  return Promise.resolve(length === 0 ? 0 : Math.sqrt(sum / length));
}
