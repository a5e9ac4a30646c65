/** @file The page's side of the study worker. */
import * as Comlink from 'comlink';
import { moved } from '../protocol/transport.ts';
import type {
  ContourLines,
  ContourRequest,
  DescribeRequest,
  GeneMoments,
  JointEvent,
  JointMap,
  MarkerRequest,
  MarkerTable,
  SetExpression,
  StudyApi,
  StudyLoad,
  StudySummary,
} from '../protocol/study.ts';
import { WorkerClient } from './worker-client.ts';

const client = new WorkerClient<StudyApi>(
  'Comparing',
  (name) =>
    new Worker(new URL('../../workers/study.worker.ts', import.meta.url), { type: 'module', name }),
);

/** Work on some cells' counts in the study worker; see StudyApi for shapes and errors. `load` moves its counts. */
export const study = {
  load: (request: StudyLoad): Promise<StudySummary> =>
    client.call((remote) => remote.load(moved(request))),
  markers: (request: MarkerRequest): Promise<MarkerTable> =>
    client.call((remote) => remote.markers(request)),
  describe: (request: DescribeRequest): Promise<readonly (readonly SetExpression[])[]> =>
    client.call((remote) => remote.describe(request)),
  values: (request: DescribeRequest): Promise<readonly Float32Array[]> =>
    client.call((remote) => remote.values(request)),
  moments: (): Promise<GeneMoments> => client.call((remote) => remote.moments()),
  contours: (request: ContourRequest): Promise<readonly ContourLines[]> =>
    client.call((remote) => remote.contours(moved(request))),
  joint: (seed: number, onEvent: (event: JointEvent) => void): Promise<JointMap> =>
    client.call((remote) => remote.joint(seed, Comlink.proxy(onEvent))),
  cancel: (): Promise<void> => client.call((remote) => remote.cancel()),
  onDeath: client.onDeath.bind(client),
};
