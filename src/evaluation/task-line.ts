/** @file Tasks that several threads take from the front; results are handed on in the order of the tasks. */
import type { Job, Task } from './jobs.ts';

/** One line of tasks. */
export class TaskLine {
  readonly #tasks: readonly Task[];
  readonly #onTaken: (task: number) => void;
  readonly #found: { readonly value: unknown }[] = [];
  #next = 0;
  #taken = 0;
  #open = false;
  #finish: () => void = () => undefined;
  /** Resolves when every result was taken. */
  readonly done: Promise<void>;

  /** @param onTaken called after each result was taken */
  constructor(tasks: readonly Task[], onTaken: (task: number) => void = () => undefined) {
    this.#tasks = tasks;
    this.#onTaken = onTaken;
    this.done = new Promise((resolve) => (this.#finish = resolve));
  }

  /** Does tasks until none is left to begin. @param ready is awaited before each of them. Errors: those of `work`. */
  async follow(
    work: (job: Job) => Promise<unknown>,
    ready: () => Promise<void> = () => Promise.resolve(),
  ): Promise<void> {
    for (;;) {
      await ready();
      if (this.#next >= this.#tasks.length) return;
      const at = this.#next++;
      this.#found[at] = { value: await work(this.#tasks[at].job) };
      this.#handOn();
    }
  }

  /** From now on results are taken. */
  open(): void {
    this.#open = true;
    this.#handOn();
  }

  /** No task is begun and no result taken any more. */
  close(): void {
    this.#next = this.#tasks.length;
    this.#open = false;
  }

  #handOn(): void {
    if (!this.#open) return;
    for (; this.#taken in this.#found; this.#taken++) {
      this.#tasks[this.#taken].take(this.#found[this.#taken].value);
      this.#onTaken(this.#taken);
    }
    if (this.#taken === this.#tasks.length) this.#finish();
  }
}
