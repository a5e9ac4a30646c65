/** @file Exports in ranges against stand-ins for the workers: order, tables, stops, lost devices, a full disk. */
import { describe, expect, it } from 'vitest';
import { csrFromDense } from '../../numerics/csr.ts';
import type { WriteBlock, WriteEnd, WriteStart } from '../../protocol/dataset.ts';
import { StudioError, cancelled } from '../../protocol/errors.ts';
import { RANGE_CELLS, type GeneratedRange, type SampleRequest } from '../../protocol/model.ts';
import {
  fileInRanges,
  placedRanges,
  type ExportServices,
  type FileOrder,
} from './export-ranges.ts';

const cells = 2 * RANGE_CELLS + 9;
const request: SampleRequest = {
  cells,
  seed: 5,
  guidance: [],
  library: { mode: 'chosen' },
  solver: { method: 'rk4', steps: 20 },
  frames: 0,
};

/** A cell is its number: in its latent, its category and its place. */
function rangeOf({ cells: n, first = 0 }: SampleRequest, withCounts: boolean): GeneratedRange {
  const numbers = Float32Array.from({ length: n }, (_, i) => first + i);
  return {
    cells: n,
    latentDim: 1,
    latents: numbers,
    logLibrary: numbers,
    codes: { type: Int32Array.from(numbers, (i) => i % 3) },
    trajectory: null,
    extrapolated: false,
    milliseconds: 1,
    evaluations: 1,
    counts: withCounts ? csrFromDense(n, 1, new Float32Array(n).fill(1)) : null,
  };
}

/** Workers that record what is asked; `fail` may throw at any call. */
function services(fail: (call: string, count: number) => void = () => undefined) {
  const calls: string[] = [];
  const blocks: WriteBlock[] = [];
  let start: WriteStart | null = null;
  let held = 0;
  let most = 0;
  const called = (name: string): void => {
    calls.push(name);
    fail(name, calls.filter((call) => call === name).length);
  };
  const own: ExportServices = {
    model: {
      generate: async (asked, withCounts) => {
        called('generate');
        most = Math.max(most, (held += 1));
        return rangeOf(asked, withCounts);
      },
      cancelGenerate: async () => void calls.push('cancelGenerate'),
    },
    map: {
      place: async ({ latents, first }) => {
        called('place');
        expect(first).toBe(latents[0]);
        const n = latents.length;
        return {
          umap: Float32Array.from({ length: 2 * n }, (_, i) => latents[i >> 1]),
          pca: new Float32Array(2 * n),
          distance: latents.slice(),
          recognised: {},
          hits: {},
          hitShare: new Float32Array(n),
          milliseconds: 1,
        };
      },
      projectExpression: async (counts) => ({ dims: 3, values: new Float32Array(3 * counts.rows) }),
    },
    io: {
      beginWrite: async (given) => {
        called('beginWrite');
        start = given;
      },
      addCells: async (block) => {
        called('addCells');
        held -= 1;
        blocks.push(block);
      },
      endWrite: async (end) => {
        called('endWrite');
        return new Blob([JSON.stringify(end.obsNames)]);
      },
      cancelWrite: async () => void calls.push('cancelWrite'),
    },
  };
  return { own, calls, blocks, start: () => start, mostHeld: () => most };
}

function orderOf(control: AbortController, change: Partial<FileOrder> = {}) {
  const done: number[] = [];
  const ends: Parameters<FileOrder['end']>[0][] = [];
  const order: FileOrder = {
    request,
    toFileCodes: (_, codes) => codes.map((code) => code + 10),
    signal: control.signal,
    onDone: (n) => void done.push(n),
    start: { geneIndex: Int32Array.of(0), geneNames: ['g'], allGenes: true, withReal: false },
    maps: ['X_umap', 'X_pca', 'X_cfgen'],
    end: async (table): Promise<WriteEnd> => {
      ends.push(table);
      return { obsNames: ['a'], obs: {}, uns: {} };
    },
    ...change,
  };
  return { order, done, ends };
}

describe('an export in ranges', () => {
  it('writes every cell once and in order, holding two ranges at most', async () => {
    const { own, blocks, start, mostHeld, calls } = services();
    const { order, done, ends } = orderOf(new AbortController());
    expect(await (await fileInRanges(own, order)).text()).toBe('["a"]');
    const latents = blocks.flatMap(({ obsm }) => Array.from(obsm['X_cfgen'].values));
    expect(latents).toEqual(Array.from({ length: cells }, (_, i) => i));
    expect(blocks[2].obsm['X_umap']).toEqual({
      dims: 2,
      values: Float32Array.from({ length: 18 }, (_, i) => 2 * RANGE_CELLS + (i >> 1)),
    });
    expect(start()?.maps).toEqual({ X_umap: 2, X_cfgen: 1, X_pca: 3 });
    expect(done).toEqual([RANGE_CELLS, 2 * RANGE_CELLS, cells]);
    expect(ends[0].asked['type']).toEqual(
      Int32Array.from({ length: cells }, (_, i) => 10 + (i % 3)),
    );
    expect(ends[0].distance?.[cells - 1]).toBe(cells - 1);
    expect(mostHeld()).toBeLessThanOrEqual(2);
    expect(calls).not.toContain('cancelWrite');
  });

  it.each([1, 3, 40])('ends when it is cancelled, and leaves no file (%i)', async (after) => {
    const control = new AbortController();
    let steps = 0;
    const { own, calls } = services(() => {
      if (++steps === after) control.abort();
    });
    const { order } = orderOf(control);
    const end = fileInRanges(own, order);
    if (after === 40) {
      // Later than the last call: the file is whole.
      expect((await end).size).toBeGreaterThan(0);
      return;
    }
    await expect(end).rejects.toMatchObject({ code: 'cancelled' });
    expect(calls).toContain('cancelGenerate');
    expect(calls).toContain('cancelWrite');
    expect(calls).not.toContain('endWrite');
  });

  it('makes a range again when its device was lost, but not for ever', async () => {
    const once = services((call, count) => {
      if (call === 'generate' && count === 2) throw cancelled();
    });
    const first = orderOf(new AbortController());
    await fileInRanges(once.own, first.order);
    expect(first.done).toEqual([RANGE_CELLS, 2 * RANGE_CELLS, cells]);
    const always = services((call) => {
      if (call === 'generate') throw cancelled();
    });
    await expect(
      fileInRanges(always.own, orderOf(new AbortController()).order),
    ).rejects.toMatchObject({ code: 'cancelled' });
    expect(always.calls.filter((call) => call === 'generate').length).toBe(3);
  });

  it.each(['beginWrite', 'addCells', 'endWrite'])(
    'tells a full disk as it was told, and leaves no file: %s',
    async (at) => {
      const { own, calls } = services((call) => {
        if (call === at) throw new StudioError('quota-full', 'Full.', 'No room.');
      });
      const { order } = orderOf(new AbortController());
      await expect(fileInRanges(own, order)).rejects.toMatchObject({ code: 'quota-full' });
      expect(calls.at(-1)).toBe('cancelWrite');
    },
  );

  it('gives tables without counts', async () => {
    const { own } = services();
    const { order } = orderOf(new AbortController(), { request: { ...request, cells: 10 } });
    const seen = [];
    for await (const { first, range, table } of placedRanges(own, order, false)) {
      expect(range.counts).toBeNull();
      seen.push([first, table.cells, table.asked['type'][9]]);
    }
    expect(seen).toEqual([[0, 10, 10]]);
  });
});
