/** @file When helpers hold back, so that what a person waits for has the processor. */

/** A pause that is made longer from outside. */
export class HelperPause {
  #until = 0;

  /** Holds helpers back for so many milliseconds from now. */
  extend(ms: number): void {
    this.#until = Math.max(this.#until, performance.now() + ms);
  }

  /** Resolves when the pause is over. */
  async over(): Promise<void> {
    for (
      let left = this.#until - performance.now();
      left > 0;
      left = this.#until - performance.now()
    ) {
      await new Promise((resolve) => setTimeout(resolve, left));
    }
  }
}
