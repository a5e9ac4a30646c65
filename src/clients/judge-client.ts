/** @file The page's side of the judge workers: one for verdicts, one for guidance curves, so that each can be ended alone. */
import * as Comlink from 'comlink';
import type {
  CurveFrame,
  CurvePoint,
  CurvePointRequest,
  CurveRequest,
} from '../protocol/curves.ts';
import type { JudgeApi, JudgeEvent, JudgeRequest, Verdict } from '../protocol/judge.ts';
import { moved } from '../protocol/transport.ts';
import { WorkerClient } from './worker-client.ts';

const create = (name: string): Worker =>
  new Worker(new URL('../../workers/judge.worker.ts', import.meta.url), { type: 'module', name });

const client = new WorkerClient<JudgeApi>('Judging', create);
const curveClient = new WorkerClient<JudgeApi>('Measuring', create);

/** Judgements in the judge worker; see JudgeApi for errors. Requests are moved: do not use their arrays afterwards. */
export const judge = {
  judge: (request: JudgeRequest, onEvent: (event: JudgeEvent) => void): Promise<Verdict> =>
    client.call((remote) => remote.judge(moved(request), Comlink.proxy(onEvent))),
  /** While a judgement runs: for so many milliseconds its helper begins with nothing more. */
  giveWay: (ms: number): void => {
    client.call((remote) => remote.giveWay(ms)).catch(() => undefined);
  },
  /** Ends the worker at once, with all its memory; the next judgement starts a new one. */
  cancel: (): void => client.terminate(),
};

/** Guidance curves in a worker of their own; errors and moving as above. */
export const curveMeter = {
  open: (request: CurveRequest): Promise<CurveFrame> =>
    curveClient.call((remote) => remote.openCurves(moved(request))),
  measure: (request: CurvePointRequest): Promise<CurvePoint> =>
    curveClient.call((remote) => remote.measurePoint(moved(request))),
  /** Ends the worker and frees its memory. */
  end: (): void => curveClient.terminate(),
};
