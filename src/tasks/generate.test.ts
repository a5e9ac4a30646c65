/** @file Cells written range by range are the cells written at once, with values drawn, set, and given for each cell. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CellFile } from '../data/cell-file.ts';
import { readCsr } from '../data/csr-reading.ts';
import { nodeBackend } from '../data/h5-node.ts';
import { IoService } from '../data/io-service.ts';
import { openCells } from '../data/open-file.ts';
import { createService, data, request as order } from '../models/testing/requests.ts';
import { RANGE_CELLS, type ModelInfo, type SampleRequest } from '../protocol/model.ts';
import { generateCells, writeRanges } from './generate.ts';

const folder = mkdtempSync(join(tmpdir(), 'cellsmith-generate-'));
const service = createService();
const io = new IoService(nodeBackend());
let info: ModelInfo;

beforeAll(async () => {
  await service.init('cpu');
  info = await service.train(order(data), () => undefined);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function stored(name: string, bytes: Uint8Array): Promise<CellFile> {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return openCells(await nodeBackend(), { path });
}

const countsOf = async (file: CellFile) =>
  readCsr(file.matrices.find(({ where }) => where === 'layers/counts')!);

/** Whether bytes are the same; comparing numbers one by one takes seconds. */
const same = (a: ArrayBufferView, b: ArrayBufferView): boolean => {
  const [x, y] = [a, b].map((v) => new Uint8Array(v.buffer, v.byteOffset, v.byteLength));
  return x.length > 0 && Buffer.compare(x, y) === 0;
};

const cells = RANGE_CELLS + 70;

describe('writeRanges', () => {
  it.each<readonly [string, (attribute: ModelInfo['attributes'][0]) => Partial<SampleRequest>]>([
    ['drawn from the data', () => ({})],
    [
      'one value, a weight, a given size',
      ({ name, categories }) => ({
        guidance: [{ attribute: name, value: categories[1], weight: 1.7 }],
        library: { mode: 'fixed', value: 800 },
      }),
    ],
    [
      'values of each cell',
      ({ name, categories }) => ({
        codes: {
          [name]: Int32Array.from({ length: cells }, (_, i) => (i % (categories.length + 1)) - 1),
        },
      }),
    ],
  ])('writes what is written at once: %s', async (_, change) => {
    const request: SampleRequest = {
      cells,
      seed: 11,
      guidance: [],
      library: { mode: 'chosen' },
      solver: { method: 'heun', steps: 1 },
      frames: 0,
      ...change(info.attributes[0]),
    };
    const { sample, write } = await generateCells(service, info, request);
    const total = write.counts.values.reduce((a, b) => a + b, 0);
    const once = await stored('once.h5ad', await io.write(write));
    const done: number[] = [];
    const written = await writeRanges(service, info, request, io, (n) => done.push(n));
    const blocks = await stored('blocks.h5ad', new Uint8Array(await written.file.arrayBuffer()));
    expect(done).toEqual([RANGE_CELLS, cells]);
    expect(written).toMatchObject({
      cells,
      counts: total,
      extrapolated: sample.extrapolated,
      genes: write.allGenes ? write.geneNames.length : info.nGenes,
    });
    const [a, b] = [await countsOf(once), await countsOf(blocks)];
    for (const part of ['indptr', 'indices', 'values'] as const)
      expect(same(a[part], b[part])).toBe(true);
    expect(blocks.obs).toEqual(once.obs);
    expect(blocks.var).toEqual(once.var);
    const latents = [await once.embedding('X_latent'), await blocks.embedding('X_latent')];
    expect(same(latents[0]!, latents[1]!)).toBe(true);
    once.close();
    blocks.close();
    await io.cancelWrite();
  });
});
