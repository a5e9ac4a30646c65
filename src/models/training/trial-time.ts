/** @file How long a step takes, measured in a trial whose network is thrown away. */

/** Steps of a trial. */
export const TRIAL_STEPS = 6;

/** Steps in which programs are compiled and memory is asked for. */
const WARM_STEPS = 2;

/** Told of every step that is done. */
export class TrialTime {
  #from = 0;
  #until = 0;

  /** @param step steps done so far */
  mark(step: number): void {
    if (step === WARM_STEPS) this.#from = performance.now();
    if (step === TRIAL_STEPS) this.#until = performance.now();
  }

  /** Milliseconds of a step after the warm ones. */
  get stepMs(): number {
    return (this.#until - this.#from) / (TRIAL_STEPS - WARM_STEPS);
  }
}
