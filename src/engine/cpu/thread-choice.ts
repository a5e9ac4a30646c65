/**
 * @file Whether a program runs on all threads or on one, by what was faster lately.
 *
 * Short programs on a busy computer lose more by waiting for a helper than they gain. Results do not depend on the choice.
 */

/** Runs of each kind before the first choice, and the pause between trials of the slower kind. */
const FIRST_TRIALS = 3;
const TRIAL_EVERY = 40;

/** Programs of more milliseconds than this are tried once each way, and again less often. */
const LONG = 25;
const LONG_TRIAL_EVERY = 150;

/** Share of a new time in the running mean. */
const FRESH = 0.25;

/** Remembers how long a program takes each way. */
export class ThreadChoice {
  readonly #threads: number;
  /** Mean milliseconds alone and together. */
  readonly #means = [NaN, NaN];
  #runs = 0;

  constructor(threads: number) {
    this.#threads = threads;
  }

  /** Runs with the number of threads that suits best now, and takes the time. */
  time(run: (threads: number) => void): void {
    if (this.#threads === 1) {
      run(1);
      return;
    }
    const kind = this.#next();
    const start = performance.now();
    run(kind === 0 ? 1 : this.#threads);
    const took = performance.now() - start;
    const mean = this.#means[kind];
    this.#means[kind] = Number.isNaN(mean) ? took : mean + FRESH * (took - mean);
    this.#runs++;
  }

  /** 0 alone, 1 together. */
  #next(): 0 | 1 {
    const [alone, together] = this.#means;
    const long = together > LONG;
    const first = long ? 1 : FIRST_TRIALS;
    if (this.#runs < first) return 1;
    if (this.#runs < 2 * first) return 0;
    const faster = together <= alone ? 1 : 0;
    const trial = this.#runs % (long ? LONG_TRIAL_EVERY : TRIAL_EVERY) === 0;
    return (trial ? 1 - faster : faster) as 0 | 1;
  }
}
