/** @file Entry point of the judge worker, which starts a helper beside it where there is a second core. */
import { JudgeService } from '../src/evaluation/judge-service.ts';
import { workerHelpers } from '../src/evaluation/remote-helper.ts';
import { exposeService } from '../src/protocol/transport.ts';

const create = (name: string): Worker =>
  new Worker(new URL('./judge-helper.worker.ts', import.meta.url), { type: 'module', name });

exposeService(new JudgeService(workerHelpers(create)));
