/** @file The page's side of the judge worker. */
import * as Comlink from 'comlink';
import type { JudgeApi, JudgeEvent, JudgeRequest, Verdict } from '../protocol/judge.ts';
import { moved } from '../protocol/transport.ts';
import { WorkerClient } from './worker-client.ts';

const client = new WorkerClient<JudgeApi>(
  'Judging',
  (name) =>
    new Worker(new URL('../../workers/judge.worker.ts', import.meta.url), { type: 'module', name }),
);

/** Judgements in the judge worker; see JudgeApi for errors. Requests are moved: do not use their arrays afterwards. */
export const judge = {
  judge: (request: JudgeRequest, onEvent: (event: JudgeEvent) => void): Promise<Verdict> =>
    client.call((remote) => remote.judge(moved(request), Comlink.proxy(onEvent))),
  /** Ends the worker at once, with all its memory; the next judgement starts a new one. */
  cancel: (): void => client.terminate(),
};
