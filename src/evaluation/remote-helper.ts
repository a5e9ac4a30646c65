/** @file A helper on another thread, in a browser or in Node, as the crew sees it. */
import * as Comlink from 'comlink';
import { StudioError } from '../protocol/errors.ts';
import { installErrorTransport, watchWorker } from '../protocol/transport.ts';
import type { JudgeHelper, StartHelper } from './crew.ts';
import type { JudgeHelperApi } from './judge-helper-service.ts';

/**
 * A helper behind an endpoint.
 *
 * @param end ends its thread @param death resolves with the cause when the thread is gone
 */
export function remoteHelper(
  endpoint: Comlink.Endpoint,
  end: () => void,
  death: Promise<string>,
): JudgeHelper {
  installErrorTransport();
  const remote = Comlink.wrap<JudgeHelperApi>(endpoint);
  const dead = death.then((cause): never => {
    throw crashed(cause);
  });
  // Whoever is waiting for a call hears of it; nobody else has to.
  dead.catch(() => undefined);
  return {
    begin: (parts) => Promise.race([remote.begin(parts), dead]),
    work: (job) => Promise.race([remote.work(job), dead]),
    end,
  };
}

function crashed(cause: string): StudioError {
  return new StudioError(
    'worker-crashed',
    'Judging stopped unexpectedly.',
    'One of its two threads was ended, most likely for lack of memory. Check again: it is done on one thread then.',
    { cause },
  );
}

/** Helpers in workers of their own: one where the computer has a second core. @param create starts the worker under a name */
export function workerHelpers(create: (name: string) => Worker): StartHelper[] {
  const cores = globalThis.navigator?.hardwareConcurrency ?? 1;
  return cores < 2 ? [] : [() => startWorker(create)];
}

function startWorker(create: (name: string) => Worker): Promise<JudgeHelper> {
  const name = `cellsmith-judge-helper-${crypto.randomUUID()}`;
  const worker = create(name);
  const death = new Promise<string>((resolve) => watchWorker(worker, name, resolve));
  return Promise.resolve(remoteHelper(worker, () => worker.terminate(), death));
}
