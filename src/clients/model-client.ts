/** @file The page's side of the model worker. */
import * as Comlink from 'comlink';
import type { CsrMatrix } from '../numerics/csr.ts';
import type { ModelApi } from '../protocol/api.ts';
import type { StoredVerdict } from '../protocol/judge.ts';
import type {
  DeviceReport,
  ModelInfo,
  SampleRequest,
  GeneratedRange,
  SampleResult,
  TrainEvent,
  TrainRequest,
} from '../protocol/model.ts';
import { moved } from '../protocol/transport.ts';
import { WorkerClient } from './worker-client.ts';

const client = new WorkerClient<ModelApi>(
  'Training',
  (name) =>
    new Worker(new URL('../../workers/model.worker.ts', import.meta.url), { type: 'module', name }),
);

/** Model work in the model worker; see ModelApi for shapes and errors. */
export const model = {
  init: (
    prefer: 'auto' | 'webgpu' | 'cpu',
    onDevice: (report: DeviceReport) => void,
  ): Promise<DeviceReport> => client.call((remote) => remote.init(prefer, Comlink.proxy(onDevice))),
  speed: (): Promise<number> => client.call((remote) => remote.speed()),
  train: (request: TrainRequest, onEvent: (event: TrainEvent) => void): Promise<ModelInfo> =>
    client.call((remote) => remote.train(moved(request), Comlink.proxy(onEvent))),
  pause: (): Promise<void> => client.call((remote) => remote.pause()),
  resume: (): Promise<void> => client.call((remote) => remote.resume()),
  stop: (): Promise<void> => client.call((remote) => remote.stop()),
  save: (): Promise<Uint8Array> => client.call((remote) => remote.save()),
  load: (bytes: Uint8Array): Promise<ModelInfo> => client.call((remote) => remote.load(bytes)),
  verdict: (): Promise<StoredVerdict | null> => client.call((remote) => remote.verdict()),
  keepVerdict: (verdict: StoredVerdict): Promise<void> =>
    client.call((remote) => remote.keepVerdict(verdict)),
  genes: (): ReturnType<ModelApi['genes']> => client.call((remote) => remote.genes()),
  cells: (): Promise<{ readonly index: Int32Array; readonly heldOut: Uint8Array }> =>
    client.call((remote) => remote.cells()),
  encode: (counts: CsrMatrix): Promise<Float32Array> =>
    client.call((remote) => remote.encode(moved(counts))),
  sample: (request: SampleRequest): Promise<SampleResult> =>
    client.call((remote) => remote.sample(request)),
  generate: (request: SampleRequest, withCounts: boolean): Promise<GeneratedRange> =>
    client.call((remote) => remote.generate(request, withCounts)),
  cancelGenerate: (): Promise<void> => client.call((remote) => remote.cancelGenerate()),
  decode: (sampleId: number, from?: number, to?: number): Promise<CsrMatrix> =>
    client.call((remote) => remote.decode(sampleId, from, to)),
  gene: (sampleId: number, name: string, scale: 'log' | 'counts'): Promise<Float32Array> =>
    client.call((remote) => remote.gene(sampleId, name, scale)),
  onDeath: client.onDeath.bind(client),
};
