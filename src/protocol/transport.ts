/** @file How services cross threads: comlink, with named errors instead of strings and typed arrays moved instead of copied. */
import * as Comlink from 'comlink';
import { StudioError, type ErrorRecord } from './errors.ts';

interface Thrown {
  readonly value: unknown;
}

let installed = false;

/** Makes comlink rebuild StudioErrors on the other side (its own handler keeps message and stack only). Both sides call it. */
export function installErrorTransport(): void {
  if (installed) return;
  installed = true;
  const stock = Comlink.transferHandlers.get('throw');
  if (!stock) throw new Error('comlink has no throw handler');
  const handler: Comlink.TransferHandler<Thrown, ErrorRecord> = {
    canHandle: (value): value is Thrown => stock.canHandle(value),
    serialize: ({ value }) => [StudioError.from(value).toRecord(), []],
    deserialize: (record) => {
      throw StudioError.fromRecord(record);
    },
  };
  Comlink.transferHandlers.set('throw', handler);
}

/**
 * Exposes a service to the page; the last line of a worker's entry point.
 *
 * The worker holds a web lock of its own name for as long as it lives: the page queues for that lock and so learns of
 * the worker's end at once, whatever ended it (an out-of-memory kill raises no event).
 */
export function exposeService(service: object): void {
  installErrorTransport();
  Comlink.expose(service);
  const name = (globalThis as { name?: string }).name;
  if (!name || !('locks' in navigator)) return;
  void navigator.locks.request(name, () => {
    globalThis.postMessage(aliveMessage);
    return new Promise<never>(() => undefined);
  });
}

/** Every distinct ArrayBuffer inside a value (typed arrays in plain objects and arrays, any depth). */
export function collectBuffers(value: unknown, found = new Set<ArrayBuffer>()): ArrayBuffer[] {
  if (ArrayBuffer.isView(value)) {
    if (value.buffer instanceof ArrayBuffer) found.add(value.buffer);
  } else if (value instanceof ArrayBuffer) {
    found.add(value);
  } else if (Array.isArray(value)) {
    if (typeof value[0] === 'object') for (const item of value) collectBuffers(item, found);
  } else if (typeof value === 'object' && value !== null) {
    for (const item of Object.values(value)) collectBuffers(item, found);
  }
  return [...found];
}

/** Marks a returned (or sent) value so that its typed arrays are moved, not copied: the sender must not use them afterwards. */
export function moved<T extends object>(value: T): T {
  return Comlink.transfer(value, collectBuffers(value));
}

/** The message with which a worker says that it lives and holds the lock named after it. */
export const aliveMessage = 'cellsmith-alive';

/**
 * Tells when a worker ends by itself: it could not run, or whatever ended it freed the lock that exposeService holds under its name.
 *
 * @param name that the worker was started with @param ended may be called more than once, and after a wanted end as well
 */
export function watchWorker(worker: Worker, name: string, ended: (cause: string) => void): void {
  worker.addEventListener('error', (event) => ended(event.message || 'the worker could not run'));
  worker.addEventListener('message', ({ data }) => {
    if (data === aliveMessage) void navigator.locks.request(name, () => ended('the worker ended'));
  });
}
