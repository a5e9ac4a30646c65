/** @file Training on counts that lie on disk: the same model, bit for bit, as from memory; and what happens when they are gone. */
import {
  closeSync,
  ftruncateSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { nodeCpuHost } from '../engine/cpu/node-host.ts';
import { CsrCacheWriter, openCsrCache } from '../numerics/csr-cache.ts';
import { StudioError } from '../protocol/errors.ts';
import { ModelService } from './model-service.ts';
import { codeOf, data, request } from './testing/requests.ts';
import type { OpenCounts } from './training/training-data.ts';

const folder = mkdtempSync(join(tmpdir(), 'cellsmith-disk-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const path = join(folder, 'counts');
const short = { maxEpochs: 3, flowSteps: 60 };

function write(): { name: string; rows: number; cols: number; bytes: number } {
  const file = openSync(path, 'w');
  const writer = new CsrCacheWriter(
    { write: (bytes, { at }) => writeSync(file, bytes, 0, bytes.length, at) },
    data.counts.cols,
  );
  writer.add(data.counts);
  const bytes = writer.finish();
  closeSync(file);
  return { name: path, rows: data.counts.rows, cols: data.counts.cols, bytes };
}

let open = 0;

function openNode({ name }: { readonly name: string }): Promise<OpenCounts> {
  const file = openSync(name, 'r');
  open++;
  const source = openCsrCache({
    read: (bytes, { at }) => readSync(file, bytes, 0, bytes.length, at),
    getSize: () => fstatSync(file).size,
  });
  const close = (): void => {
    open--;
    closeSync(file);
  };
  return Promise.resolve({ ...source, close });
}

function service(): ModelService {
  return new ModelService({ cpuHost: nodeCpuHost(2), openCounts: openNode });
}

/** The bytes of a trained model, without the time it took and was made at. */
async function trained(counts: typeof data.counts | ReturnType<typeof write>): Promise<string> {
  const own = service();
  await own.init('cpu');
  const order = request(data, short);
  await own.train({ ...order, data: { ...order.data, counts } } as typeof order, () => undefined);
  const { latents, logLibrary } = await own.sample({
    cells: 40,
    seed: 3,
    guidance: [],
    library: { mode: 'chosen' },
    solver: { method: 'heun', steps: 4 },
    frames: 0,
  });
  return JSON.stringify([[...latents], [...logLibrary]]);
}

it('gives the same model as from memory, and closes the file', async () => {
  expect(await trained(write())).toBe(await trained(data.counts));
  expect(open).toBe(0);
});

it('ends with a named error when the file is cut off meanwhile, and closes it', async () => {
  const counts = write();
  const own = service();
  await own.init('cpu');
  const order = request(data, { maxEpochs: 50, flowSteps: 60 });
  const run = own.train({ ...order, data: { ...order.data, counts } } as typeof order, (event) => {
    if (event.type !== 'loss' || event.at !== 2) return;
    const file = openSync(path, 'r+');
    ftruncateSync(file, 200);
    closeSync(file);
  });
  const error = await run.catch((thrown: unknown) => StudioError.from(thrown));
  expect(error).toBeInstanceOf(StudioError);
  expect(codeOf(error)).not.toBe('');
  expect(open).toBe(0);
});

it('says so where there is no disk', async () => {
  const own = new ModelService({ cpuHost: nodeCpuHost(1) });
  await own.init('cpu');
  const order = request(data, short);
  const run = own.train(
    { ...order, data: { ...data, counts: write(), fileGenes: null } },
    () => undefined,
  );
  await expect(run.catch(codeOf)).resolves.toBe('bad-request');
});
