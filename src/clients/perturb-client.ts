/** @file The page's side of the perturb worker. */
import * as Comlink from 'comlink';
import type { ApplyEvent, ApplyOpen } from '../protocol/apply.ts';
import type {
  PerturbApi,
  PredictAnswer,
  RankAnswer,
  RankAsk,
  ScoreAnswer,
  ScoreAsk,
} from '../protocol/perturb-api.ts';
import type { PerturbRequest } from '../protocol/perturb.ts';
import { moved } from '../protocol/transport.ts';
import { WorkerClient } from './worker-client.ts';

const client = new WorkerClient<PerturbApi>(
  'Predicting',
  (name) =>
    new Worker(new URL('../../workers/perturb.worker.ts', import.meta.url), {
      type: 'module',
      name,
    }),
);

type OnPerturb = (event: ApplyEvent) => void;

/** Questions about perturbations in the perturb worker; see PerturbApi for shapes and errors. `open` moves its arrays. */
export const perturb = {
  open: (request: ApplyOpen): Promise<void> => client.call((remote) => remote.open(moved(request))),
  prepare: (): Promise<void> => client.call((remote) => remote.prepare()),
  predict: (ask: PerturbRequest, onEvent: OnPerturb): Promise<PredictAnswer> =>
    client.call((remote) => remote.predict(ask, Comlink.proxy(onEvent))),
  score: (ask: ScoreAsk, onEvent: OnPerturb): Promise<ScoreAnswer> =>
    client.call((remote) => remote.score(ask, Comlink.proxy(onEvent))),
  rank: (ask: RankAsk, onEvent: OnPerturb): Promise<RankAnswer> =>
    client.call((remote) => remote.rank(ask, Comlink.proxy(onEvent))),
  save: (): Promise<Blob> => client.call((remote) => remote.save()),
  /** Ends the worker at once, with all its memory; what ran rejects with cancelled. */
  end: (): void => client.terminate(),
  onDeath: client.onDeath.bind(client),
};
