/**
 * @file Whether a program runs on all threads or on one, by what was faster lately.
 *
 * Short programs on a busy computer lose more by waiting for a helper than they gain. Results do not depend on the choice.
 */

/** Runs of each kind before the first choice: a first run warms up, and counts only until there is another. */
const FIRST_TRIALS = 3;
const FIRST_LONG_TRIALS = 2;

/** Runs alone of a long program before the first choice: those before have warmed it up. */
const FIRST_LONG_ALONE = 1;

/** Programs of more milliseconds than this are tried less often at first. */
const LONG = 25;

/** Runs between trials of the slower kind: few at first and after a change, then ever more. */
const SHORTEST_PAUSE = 8;
const LONGEST_PAUSE = 150;

/** Share of a new time in the running mean: of the kind in use, and of the one that is only tried. */
const FRESH = 0.25;
const FRESH_TRIAL = 0.75;

/** Remembers how long a program takes each way. */
export class ThreadChoice {
  readonly #threads: number;
  /** Mean milliseconds alone and together, and the number of runs each way. */
  readonly #means = [NaN, NaN];
  readonly #counts = [0, 0];
  #favourite: 0 | 1 = 1;
  #pause = SHORTEST_PAUSE;
  #untilTrial = SHORTEST_PAUSE;

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
    const first = this.#counts[kind]++ <= 1;
    const share = kind === this.#favourite ? FRESH : FRESH_TRIAL;
    this.#means[kind] = first ? took : mean + share * (took - mean);
  }

  /** 0 alone, 1 together. */
  #next(): 0 | 1 {
    const [alone, together] = this.#counts;
    const long = this.#means[1] > LONG;
    if (together < (long ? FIRST_LONG_TRIALS : FIRST_TRIALS)) return 1;
    if (alone < (long ? FIRST_LONG_ALONE : FIRST_TRIALS)) return 0;
    const faster = this.#means[1] <= this.#means[0] ? 1 : 0;
    if (faster !== this.#favourite) this.#pause = SHORTEST_PAUSE;
    this.#favourite = faster;
    if (this.#untilTrial-- > 0) return faster;
    this.#pause = Math.min(LONGEST_PAUSE, 2 * this.#pause);
    this.#untilTrial = this.#pause;
    return faster === 1 ? 0 : 1;
  }
}
