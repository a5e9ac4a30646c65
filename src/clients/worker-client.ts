/** @file A worker behind a typed façade: calls reject when the worker dies, and the next call starts a new one. */
import * as Comlink from 'comlink';
import { StudioError } from '../protocol/errors.ts';
import { installErrorTransport, watchWorker } from '../protocol/transport.ts';

type Deaths = (error: StudioError) => void;

let counter = 0;

/** One worker of the studio and the calls that are under way in it. */
export class WorkerClient<T> {
  #create: (name: string) => Worker;
  #label: string;
  #worker: Worker | null = null;
  #remote: Comlink.Remote<T> | null = null;
  #pending = new Set<Deaths>();
  #onDeath: Deaths | null = null;

  /** @param label what a person calls its work, e.g. "Training" @param create makes the worker under the given name */
  constructor(label: string, create: (name: string) => Worker) {
    installErrorTransport();
    this.#label = label;
    this.#create = create;
  }

  /** Called after the worker has died and every pending call was rejected. */
  onDeath(listener: Deaths): void {
    this.#onDeath = listener;
  }

  /** Runs calls on the worker's service; rejects with worker-crashed if the worker dies meanwhile. */
  async call<R>(run: (remote: Comlink.Remote<T>) => Promise<R>): Promise<R> {
    const remote = this.#start();
    return new Promise<R>((resolve, reject) => {
      const settle = (): boolean => this.#pending.delete(reject);
      this.#pending.add(reject);
      run(remote).then(
        (value) => {
          settle();
          resolve(value);
        },
        (error: unknown) => {
          settle();
          reject(StudioError.from(error));
        },
      );
    });
  }

  /** Ends the worker; pending calls reject with cancelled. The next call starts a new one. */
  terminate(): void {
    this.#end(new StudioError('cancelled', 'Cancelled.', 'The work was cancelled.'), false);
  }

  #start(): Comlink.Remote<T> {
    if (this.#remote) return this.#remote;
    counter += 1;
    const name = `cellsmith-${this.#label.toLowerCase()}-${counter}-${crypto.randomUUID()}`;
    const worker = this.#create(name);
    watchWorker(worker, name, (cause) => {
      if (this.#worker === worker) this.#end(this.#crash(cause), true);
    });
    this.#worker = worker;
    this.#remote = Comlink.wrap<T>(worker);
    return this.#remote;
  }

  #crash(cause: string): StudioError {
    return new StudioError(
      'worker-crashed',
      `${this.#label} stopped unexpectedly.`,
      'The browser ended the calculation, most likely for lack of memory. It was started again. Use fewer genes or cells if it happens again.',
      { cause },
    );
  }

  #end(error: StudioError, unexpected: boolean): void {
    this.#worker?.terminate();
    this.#worker = null;
    this.#remote = null;
    const pending = [...this.#pending];
    this.#pending.clear();
    for (const reject of pending) reject(error);
    if (unexpected) this.#onDeath?.(error);
  }
}
