/** @file Threads that help `cellsmith evaluate`. */
import { availableParallelism } from 'node:os';
import { Worker, type TransferListItem } from 'node:worker_threads';
import type { JudgeHelper, StartHelper } from '../src/evaluation/crew.ts';
import { remoteHelper } from '../src/evaluation/remote-helper.ts';

/** One helper where the computer has a second core. */
export function judgeHelpers(): StartHelper[] {
  return availableParallelism() < 2 ? [] : [startJudgeHelper];
}

/** Starts a helper thread. */
export function startJudgeHelper(): Promise<JudgeHelper> {
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(new URL('./judge-helper.mjs', import.meta.url), {
    workerData: { port: port2 },
    transferList: [port2 as unknown as TransferListItem],
  });
  const death = new Promise<string>((resolve) => {
    worker.once('error', (error: Error) => resolve(error.message));
    worker.once('exit', () => resolve('the thread ended'));
  });
  const end = (): void => {
    port1.close();
    void worker.terminate();
  };
  return Promise.resolve(remoteHelper(port1, end, death));
}
