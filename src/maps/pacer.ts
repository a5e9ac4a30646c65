/** @file Rests inside long loops, so that a worker in the middle of a map still answers cancel() and place(). */
import { cancelled } from '../protocol/errors.ts';

/** Milliseconds a loop may run before it rests. */
const STRETCH_MS = 30;

/** Gives the thread back once, for one round of waiting messages. */
function giveBack(): Promise<void> {
  return new Promise((resolve) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => {
      channel.port1.close();
      resolve();
    };
    channel.port2.postMessage(null);
  });
}

/**
 * Keeps a long loop polite: `if (pacer.due()) await pacer.rest()` about once a millisecond of work.
 * `rest` throws `cancelled` once the signal is aborted.
 */
export class Pacer {
  private last = performance.now();
  private readonly signal: AbortSignal | null;

  constructor(signal: AbortSignal | null = null) {
    this.signal = signal;
  }

  /** Whether 30 ms have passed since the last rest, or the work was cancelled. */
  due(): boolean {
    return this.signal?.aborted === true || performance.now() - this.last > STRETCH_MS;
  }

  /** Lets other messages be served. Error: cancelled. */
  async rest(): Promise<void> {
    if (this.signal?.aborted) throw cancelled();
    await giveBack();
    if (this.signal?.aborted) throw cancelled();
    this.last = performance.now();
  }
}
