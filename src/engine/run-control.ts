/** @file Pausing, resuming and stopping long calculations, and giving way to other work of the thread meanwhile. */
import { cancelled } from '../protocol/errors.ts';

/** A slice of calculation after which waiting messages are let in. */
const SLICE_MS = 40;

/** Lets everything that waits (messages, timers) run once. */
function yieldToEvents(): Promise<void> {
  if (typeof setImmediate === 'function') return new Promise((resolve) => setImmediate(resolve));
  return new Promise((resolve) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => {
      channel.port1.close();
      resolve();
    };
    channel.port2.postMessage(null);
  });
}

/** The switch of one long calculation. The calculation calls `breathe` often; anyone may pause, resume or stop it. */
export class RunControl {
  #stopped = false;
  #paused = false;
  #failure: Error | null = null;
  #waiting: (() => void)[] = [];
  #lastYield = performance.now();
  #pausedMs = 0;
  readonly #onPause: (paused: boolean) => void;

  /** @param onPause told when the calculation has really paused, and when it goes on */
  constructor(onPause: (paused: boolean) => void = () => undefined) {
    this.#onPause = onPause;
  }

  /** Whether the calculation was asked to end and keep what it has. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Time spent in pauses so far. */
  get pausedMilliseconds(): number {
    return this.#pausedMs;
  }

  pause(): void {
    if (!this.#stopped) this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#release();
  }

  stop(): void {
    this.#stopped = true;
    this.resume();
  }

  /** Makes the calculation end with an error at its next breath. */
  fail(error: Error): void {
    this.#failure = error;
    this.resume();
  }

  /** Gives way when the slice is used up, and waits while paused. */
  async breathe(): Promise<void> {
    if (this.#failure !== null) throw this.#failure;
    if (!this.#paused && performance.now() - this.#lastYield < SLICE_MS) return;
    await yieldToEvents();
    if (this.#paused) await this.#rest();
    this.#lastYield = performance.now();
  }

  async #rest(): Promise<void> {
    const from = performance.now();
    this.#onPause(true);
    while (this.#paused) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#pausedMs += performance.now() - from;
    this.#onPause(false);
  }

  #release(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** Gives way at most every `SLICE_MS` and ends with `cancelled` once the signal is aborted. */
export class Breather {
  readonly #signal: AbortSignal | null;
  readonly #slice: number;
  #last = performance.now();

  constructor(signal: AbortSignal | null, slice = SLICE_MS) {
    this.#signal = signal;
    this.#slice = slice;
  }

  async breathe(): Promise<void> {
    if (performance.now() - this.#last >= this.#slice) {
      await yieldToEvents();
      this.#last = performance.now();
    }
    if (this.#signal?.aborted === true) throw cancelled();
  }
}
