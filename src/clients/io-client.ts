/** @file The page's side of the io worker. */
import * as Comlink from 'comlink';
import type { CsrMatrix } from '../numerics/csr.ts';
import type { IoApi, IoEvent } from '../protocol/api.ts';
import type {
  BinnedColumn,
  CountsOnDisk,
  DiskTrainingData,
  FileSummary,
  LoadedData,
  LoadOptions,
  Preview,
  SelectionRequest,
  TrainingData,
  WriteBlock,
  WriteEnd,
  WriteRequest,
  WriteStart,
} from '../protocol/dataset.ts';
import { StudioError } from '../protocol/errors.ts';
import { moved } from '../protocol/transport.ts';
import { WorkerClient } from './worker-client.ts';

const client = new WorkerClient<IoApi>(
  'Reading',
  (name) =>
    new Worker(new URL('../../workers/io.worker.ts', import.meta.url), { type: 'module', name }),
);

/** A reader that ended over a damaged file is replaced: the next call starts a new worker. */
async function reading<R>(call: Promise<R>): Promise<R> {
  try {
    return await call;
  } catch (thrown) {
    if (StudioError.from(thrown).details['readerEnded'] === 1) client.terminate();
    throw thrown;
  }
}

/** Opening and loading speak up at every block; a damaged file can catch HDF5 in a loop, and then nothing is heard. */
const quietSeconds = 8;
/** The first file of a visit waits for HDF5 itself to be loaded. */
const firstQuietSeconds = 45;
let warm = false;
/** Unpacking a big file is quiet for longer. */
const bytesPerSecond = 20e6;

/** Runs a call that tells its progress; ends the worker when it falls silent. Error then: file-damaged. */
async function watched<R>(
  bytes: number,
  onEvent: OnIo,
  run: (onEvent: OnIo) => Promise<R>,
): Promise<R> {
  const limit = 1000 * ((warm ? quietSeconds : firstQuietSeconds) + bytes / bytesPerSecond);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let onSpoken = (): void => undefined;
  const silence = new Promise<never>((_, reject) => {
    const wait = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        reject(
          new StudioError(
            'file-damaged',
            'The file cannot be read.',
            'Reading it does not come to an end, so a part of it is damaged. Copy or download it again, then drop the new file here.',
            { seconds: limit / 1000 },
          ),
        );
        client.terminate();
      }, limit);
    };
    wait();
    onSpoken = wait;
  });
  const spoken: OnIo = (event) => {
    onSpoken();
    onEvent(event);
  };
  try {
    const result = await Promise.race([run(spoken), silence]);
    warm = true;
    return result;
  } finally {
    // Events come over a port of their own: one that is later than the result must not start the clock again.
    onSpoken = () => undefined;
    clearTimeout(timer);
  }
}

const sizeOf = (given: File | readonly File[]): number =>
  [given].flat().reduce((sum, { size }) => sum + size, 0);

/** Size of what was opened last, for how long its reading may be quiet. */
let openedBytes = 0;

type OnIo = (event: IoEvent) => void;

/** File work in the io worker; see IoApi for shapes and errors. */
export const io = {
  open: (
    given: File | readonly File[],
    onEvent: OnIo,
    part: string | null = null,
  ): Promise<FileSummary> => {
    openedBytes = sizeOf(given);
    return watched(openedBytes, onEvent, (heard) =>
      reading(client.call((remote) => remote.open(given, Comlink.proxy(heard), part))),
    );
  },
  preview: (): Promise<Preview> =>
    watched(
      openedBytes,
      () => undefined,
      () => reading(client.call((remote) => remote.preview())),
    ),
  load: (where: string, onEvent: OnIo, options: LoadOptions = {}): Promise<LoadedData> =>
    watched(openedBytes, onEvent, (heard) =>
      reading(client.call((remote) => remote.load(where, Comlink.proxy(heard), options))),
    ),
  ownMap: (key: string): Promise<Float32Array | null> =>
    client.call((remote) => remote.ownMap(key)),
  hash: (): Promise<string | null> => client.call((remote) => remote.hash()),
  counts: (cells?: Int32Array, kind?: string): Promise<CsrMatrix> =>
    client.call((remote) => remote.counts(cells, kind)),
  gene: (name: string, scale: 'log' | 'counts'): Promise<Float32Array> =>
    client.call((remote) => remote.gene(name, scale)),
  featureTexts: (column: string): Promise<readonly (string | null)[] | null> =>
    client.call((remote) => remote.featureTexts(column)),
  select: (request: SelectionRequest): Promise<TrainingData> =>
    client.call((remote) => remote.select(request)),
  selectOnDisk: (
    request: SelectionRequest,
    onEvent: OnIo,
    allGenes: boolean,
  ): Promise<DiskTrainingData> => {
    const run = (heard: OnIo): Promise<DiskTrainingData> =>
      reading(
        client.call((remote) => remote.selectOnDisk(request, Comlink.proxy(heard), allGenes)),
      );
    // Only the reading of a damaged file can hang; a slow disk that is written to must not end the reader.
    return allGenes ? watched(openedBytes, onEvent, run) : run(onEvent);
  },
  dropFromDisk: (counts: CountsOnDisk): Promise<void> =>
    client.call((remote) => remote.dropFromDisk(counts)),
  stopReading: (): Promise<void> => client.call((remote) => remote.stopReading()),
  bin: (name: string, bins: number): Promise<BinnedColumn> =>
    client.call((remote) => remote.bin(name, bins)),
  subset: (cells: Int32Array, genes: Int32Array, ofFile = false): Promise<CsrMatrix> =>
    client.call((remote) => remote.subset(cells, genes, ofFile)),
  write: (request: WriteRequest): Promise<Uint8Array> =>
    client.call((remote) => remote.write(moved(request))),
  beginWrite: (start: WriteStart): Promise<void> =>
    client.call((remote) => remote.beginWrite(start)),
  addCells: (block: WriteBlock): Promise<void> =>
    client.call((remote) => remote.addCells(moved(block))),
  endWrite: (end: WriteEnd): Promise<Blob> => client.call((remote) => remote.endWrite(end)),
  cancelWrite: (): Promise<void> => client.call((remote) => remote.cancelWrite()),
  onDeath: client.onDeath.bind(client),
};
