/** @file The page's side of the apply worker. */
import * as Comlink from 'comlink';
import type {
  ApplyApi,
  ApplyEvent,
  ApplyOpen,
  ApplyUse,
  AugmentAnswer,
  AugmentAsk,
  CorrectAnswer,
  CorrectAsk,
  CounterfactualAnswer,
  CounterfactualAsk,
  ImputeAnswer,
  ImputeAsk,
} from '../protocol/apply.ts';
import { moved } from '../protocol/transport.ts';
import { WorkerClient } from './worker-client.ts';

const client = new WorkerClient<ApplyApi>(
  'Applying',
  (name) =>
    new Worker(new URL('../../workers/apply.worker.ts', import.meta.url), { type: 'module', name }),
);

type OnApply = (event: ApplyEvent) => void;

/** A model used on real cells in the apply worker; see ApplyApi for shapes and errors. `open` moves its arrays. */
export const apply = {
  open: (request: ApplyOpen): Promise<void> => client.call((remote) => remote.open(moved(request))),
  correct: (ask: CorrectAsk, onEvent: OnApply): Promise<CorrectAnswer> =>
    client.call((remote) => remote.correct(ask, Comlink.proxy(onEvent))),
  counterfactual: (ask: CounterfactualAsk, onEvent: OnApply): Promise<CounterfactualAnswer> =>
    client.call((remote) => remote.counterfactual(ask, Comlink.proxy(onEvent))),
  augment: (ask: AugmentAsk, onEvent: OnApply): Promise<AugmentAnswer> =>
    client.call((remote) => remote.augment(ask, Comlink.proxy(onEvent))),
  impute: (ask: ImputeAsk, onEvent: OnApply): Promise<ImputeAnswer> =>
    client.call((remote) => remote.impute(ask, Comlink.proxy(onEvent))),
  save: (use: ApplyUse): Promise<Blob> => client.call((remote) => remote.save(use)),
  /** Ends the worker at once, with all its memory; what ran rejects with cancelled. */
  end: (): void => client.terminate(),
  onDeath: client.onDeath.bind(client),
};
