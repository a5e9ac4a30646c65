/** @file What happens when a loss stops being a number: back to the last good state with half the rate, at most twice. */
import { StudioError } from '../../protocol/errors.ts';

const LIMIT = 3;

/** Counts setbacks of one training run. */
export class Setbacks {
  #count = 0;
  readonly #onSetback: (at: number, backTo: number) => void;
  readonly #outliers: () => string;

  /**
   * @param onSetback told of each one that is recovered from
   * @param outliers names the cells that are the likely reason
   */
  constructor(onSetback: (at: number, backTo: number) => void, outliers: () => string) {
    this.#onSetback = onSetback;
    this.#outliers = outliers;
  }

  /** Factor of the learning rate: one half for each setback so far. */
  get rateFactor(): number {
    return 0.5 ** this.#count;
  }

  /** Records one at step or epoch `at`. Error on the third: diverged. */
  report(at: number, backTo: number): void {
    this.#count++;
    if (this.#count >= LIMIT) throw diverged(at, this.#outliers());
    this.#onSetback(at, backTo);
  }
}

function diverged(at: number, outliers: string): StudioError {
  return new StudioError(
    'diverged',
    `Training went astray at step ${at.toLocaleString('en-GB')}.`,
    'The loss became infinite three times, although the learning rate was halved each time; ' +
      `outlier cells are the usual reason. The largest cells are ${outliers}. ` +
      'Leave them out with the counts limit and train again.',
    { step: at },
  );
}
