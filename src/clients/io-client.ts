/** @file The page's side of the io worker. */
import * as Comlink from 'comlink';
import type { CsrMatrix } from '../numerics/csr.ts';
import type { IoApi, IoEvent } from '../protocol/api.ts';
import type {
  FileSummary,
  LoadedData,
  SelectionRequest,
  TrainingData,
  WriteRequest,
} from '../protocol/dataset.ts';
import { moved } from '../protocol/transport.ts';
import { WorkerClient } from './worker-client.ts';

const client = new WorkerClient<IoApi>(
  'Reading',
  (name) =>
    new Worker(new URL('../../workers/io.worker.ts', import.meta.url), { type: 'module', name }),
);

type OnIo = (event: IoEvent) => void;

/** File work in the io worker; see IoApi for shapes and errors. */
export const io = {
  open: (file: File, onEvent: OnIo): Promise<FileSummary> =>
    client.call((remote) => remote.open(file, Comlink.proxy(onEvent))),
  load: (where: string, onEvent: OnIo): Promise<LoadedData> =>
    client.call((remote) => remote.load(where, Comlink.proxy(onEvent))),
  counts: (): Promise<CsrMatrix> => client.call((remote) => remote.counts()),
  gene: (name: string, scale: 'log' | 'counts'): Promise<Float32Array> =>
    client.call((remote) => remote.gene(name, scale)),
  select: (request: SelectionRequest): Promise<TrainingData> =>
    client.call((remote) => remote.select(request)),
  subset: (cells: Int32Array, genes: Int32Array): Promise<CsrMatrix> =>
    client.call((remote) => remote.subset(cells, genes)),
  write: (request: WriteRequest): Promise<Uint8Array> =>
    client.call((remote) => remote.write(moved(request))),
  onDeath: client.onDeath.bind(client),
};
