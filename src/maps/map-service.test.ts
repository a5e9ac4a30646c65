import { describe, expect, it } from 'vitest';
import { columnCounts, csrFromDense, selectColumns } from '../numerics/csr.ts';
import { createRandom } from '../numerics/random.ts';
import type { FitEvent, FitRequest } from '../protocol/map.ts';
import { MapService } from './map-service.ts';
import { readCase, trustworthiness } from './testing/preprocess.ts';

const cells = 151;
const genes = 307;
const stored = readCase('pca_knn_umap');
const counts = csrFromDense(cells, genes, readCase('qc_normalise_hvg')['counts'].data);
const dims = 6;

/** A fit request over fresh copies, as they come over a thread. */
function request(umap: Float32Array | null = null): FitRequest {
  return { counts: structuredClone(counts), umap, seed: 1 };
}

/** Latents of all cells but every fifth: the first components of scanpy's PCA. */
function referenceRequest() {
  const cellIndex = Int32Array.from({ length: cells }, (_, i) => i).filter((i) => i % 5 !== 4);
  const latents = new Float32Array(cellIndex.length * dims);
  const scores = stored['pca.scores'].data;
  cellIndex.forEach((cell, i) => {
    for (let d = 0; d < dims; d++) latents[i * dims + d] = scores[cell * 20 + d];
  });
  const label = Int32Array.from(cellIndex, (cell) => (scores[cell * 20] > 0 ? 1 : 0));
  return {
    latents,
    dims,
    cellIndex,
    heldOut: Uint8Array.from(cellIndex, (_, i) => (i % 6 === 0 ? 1 : 0)),
    attributes: { side: { categories: ['left', 'right'], codes: label } },
  };
}

/** A service with a map of the file's own coordinates. */
async function fitted(): Promise<MapService> {
  const service = new MapService();
  await service.fit(request(stored['umap.layout'].data.slice() as Float32Array), () => undefined);
  return service;
}

describe('laying cells out by something else', () => {
  /** Two kinds of cells with peaks of their own, at very different depths. */
  const kindOf = (cell: number): number => cell % 2;
  const random = createRandom(4);
  const peaks = csrFromDense(
    120,
    60,
    Array.from({ length: 120 * 60 }, (_, i) => {
      const cell = Math.floor(i / 60);
      const depth = cell % 3 === 0 ? 1 : 0.4;
      const own = (i % 60 < 30 ? 0 : 1) === kindOf(cell);
      return random.uniform() < depth * (own ? 0.6 : 0.05) ? 3 : 0;
    }),
  );
  /** Share of cells whose nearest other cell is of their kind. */
  const kept = (places: Float32Array): number => {
    let same = 0;
    for (let a = 0; a < 120; a++) {
      let [best, least] = [-1, Infinity];
      for (let b = 0; b < 120; b++) {
        const far = (places[2 * a] - places[2 * b]) ** 2 + (places[2 * a + 1] - places[2 * b + 1]) ** 2; // prettier-ignore
        if (b !== a && far < least) [best, least] = [b, far];
      }
      if (kindOf(best) === kindOf(a)) same++;
    }
    return same / 120;
  };

  it('puts cells with the same peaks together, and leaves the fitted map in use', async () => {
    const service = await fitted();
    const frames: FitEvent[] = [];
    const order = { counts: peaks, space: 'peaks' as const, seed: 1 };
    const places = await service.layOut(order, (event) => frames.push(event));
    expect(kept(places)).toBeGreaterThan(0.95);
    expect(frames.at(-1)).toMatchObject({ type: 'umap', epoch: 500, of: 500 });
    await service.setReference(referenceRequest());
  });

  it('takes latents as they are', async () => {
    const latents = Float32Array.from({ length: 120 * 3 }, (_, i) =>
      i % 3 === 2 ? 6 * kindOf(Math.floor(i / 3)) + random.uniform() : random.uniform(),
    );
    const places = await (await fitted()).layOut({ latents, dims: 3, seed: 1 }, () => undefined);
    expect(kept(places)).toBeGreaterThan(0.95);
  });

  it('fits a map of peaks alone, in which new cells are scored', async () => {
    const service = new MapService();
    const result = await service.fit({ counts: structuredClone(peaks), umap: null, seed: 1, space: 'peaks' }, () => undefined); // prettier-ignore
    expect(kept(result.umap)).toBeGreaterThan(0.95);
    expect(result.varianceRatio).toEqual([]);
    const { dims: width, values } = await service.projectExpression(peaks, null);
    expect(values).toHaveLength(120 * width);
  });
});

describe('fitting a map', () => {
  it('sends the PCA, then frames, and ends with the last frame', async () => {
    const events: FitEvent[] = [];
    const result = await new MapService().fit(request(), (event) => events.push(event));
    expect(events[0].type).toBe('pca');
    expect(events[0].positions).toEqual(result.pca);
    const frames = events.slice(1);
    expect(frames.every((event) => event.type === 'umap')).toBe(true);
    expect(frames.at(-1)!.positions).toEqual(result.umap);
    expect(frames.at(-1)).toMatchObject({ epoch: 500, of: 500 });
    expect(result.umapComputed).toBe(true);
    expect(result.varianceRatio).toHaveLength(50);
    const scores = stored['pca.scores'].data as Float32Array;
    expect(trustworthiness(scores, cells, 20, result.umap, 15)).toBeGreaterThan(0.94);
  });

  it('keeps the map that the file brings', async () => {
    const own = stored['umap.layout'].data as Float32Array;
    const events: FitEvent[] = [];
    const result = await new MapService().fit(request(own.slice()), (event) => events.push(event));
    expect(result.umap).toEqual(own);
    expect(result.umapComputed).toBe(false);
    expect(events.map((event) => event.type)).toEqual(['pca']);
  });

  it('stops on cancel, and on a newer fit', async () => {
    const service = new MapService();
    const first = service.fit(request(), (event) => {
      if (event.type === 'umap' && event.epoch < event.of) void service.cancel();
    });
    await expect(first).rejects.toMatchObject({ code: 'cancelled' });
    const second = service.fit(request(), () => undefined);
    const third = service.fit(request(stored['umap.layout'].data as Float32Array), () => undefined);
    await expect(second).rejects.toMatchObject({ code: 'cancelled' });
    expect((await third).umapComputed).toBe(false);
  });

  it('answers place while it lays out a new map', async () => {
    const service = await fitted();
    await service.setReference(referenceRequest());
    let done = false;
    const fit = service.fit(request(), () => undefined).then(() => (done = true));
    const latents = referenceRequest().latents.slice(0, 12);
    const placed = await service.place({ latents, dims, seed: 0, codes: {} });
    expect(placed.umap).toHaveLength(4);
    expect(done).toBe(false);
    await fit;
  });

  it.each([
    ['one cell', [3, 0, 1], 1, 3],
    ['two genes', [3, 1, 0, 2, 5, 5], 3, 2],
    ['one gene', [3, 1, 2], 3, 1],
    ['copies of a cell', Array<number>(24).fill(2), 6, 4],
    ['empty cells', Array<number>(12).fill(0), 4, 3],
  ])('copes with %s', async (_, dense, rows, cols) => {
    const result = await new MapService().fit(
      { counts: csrFromDense(rows, cols, dense), umap: null, seed: 0 },
      () => undefined,
    );
    expect(result.umap).toHaveLength(2 * rows);
    expect(result.pca).toHaveLength(2 * rows);
    expect([...result.umap, ...result.pca].every(Number.isFinite)).toBe(true);
  });

  it('names what is wrong with a request', async () => {
    const service = new MapService();
    const fit = (rows: number, umap: Float32Array | null) =>
      service.fit({ counts: csrFromDense(rows, 0, []), umap, seed: 0 }, () => undefined);
    await expect(fit(0, null)).rejects.toMatchObject({ code: 'bad-request' });
    await expect(fit(2, new Float32Array(3))).rejects.toMatchObject({ code: 'bad-request' });
  });
});

describe('another map of the same cells', () => {
  it('takes the next reference and its synthetic cells along; cells without a place are not neighbours', async () => {
    const service = await fitted();
    await service.setReference(referenceRequest());
    const { latents } = referenceRequest();
    const ask = { latents: latents.slice(0, 12), dims, seed: 0, codes: {} };
    const before = await service.place({ ...ask, latents: ask.latents.slice() });
    const own = stored['umap.layout'].data as Float32Array;
    const moved = own.map((value) => 100 + value);
    moved.fill(Number.NaN, 0, 2);
    await service.useMap(moved);
    expect(await service.place({ ...ask, latents: ask.latents.slice() })).toMatchObject({ umap: before.umap }); // prettier-ignore
    await service.setReference(referenceRequest());
    const after = await service.place({ ...ask, latents: ask.latents.slice() });
    expect(after.umap.every((value) => value > 60)).toBe(true);
    expect(after.distance[0]).toBe(0);
  });

  it('must have a place for every cell', async () => {
    const service = await fitted();
    await expect(service.useMap(new Float32Array(6))).rejects.toMatchObject({
      code: 'bad-request',
    });
    const none = new MapService().useMap(new Float32Array(6));
    await expect(none).rejects.toMatchObject({ code: 'bad-request' });
  });
});

describe('the reference', () => {
  it('gives the latent PCA of the mapped cells, NaN where a cell has no latent', async () => {
    const service = await fitted();
    const asked = referenceRequest();
    const { pca, varianceRatio, realHits } = await service.setReference(asked);
    expect(pca).toHaveLength(2 * cells);
    for (let i = 0; i < cells; i++) expect(Number.isNaN(pca[2 * i])).toBe(i % 5 === 4);
    const mean = asked.cellIndex.reduce((sum, cell) => sum + pca[2 * cell], 0);
    expect(mean / asked.cellIndex.length).toBeCloseTo(0, 4);
    expect(varianceRatio).toHaveLength(dims);
    expect(varianceRatio.reduce((sum, v) => sum + v, 0)).toBeCloseTo(1, 9);
    expect(realHits['side']).toBeGreaterThan(0.9);
  });

  it('places real latents on themselves and projects frames as it places', async () => {
    const service = await fitted();
    const { latents, cellIndex } = referenceRequest();
    const { pca } = await service.setReference(referenceRequest());
    const placed = await service.place({ latents: latents.slice(), dims, seed: 0, codes: {} });
    const frames = await service.projectFrames(latents.slice(), dims);
    expect(frames).toEqual(placed.pca);
    cellIndex.forEach((cell, i) => {
      expect(placed.pca[2 * i]).toBeCloseTo(pca[2 * cell], 5);
      expect(placed.distance[i]).toBeCloseTo(0, 4);
    });
  });

  it('reports hits and recognised categories', async () => {
    const service = await fitted();
    const reference = referenceRequest();
    await service.setReference(referenceRequest());
    const side = reference.attributes.side.codes;
    const placed = await service.place({
      latents: reference.latents,
      dims,
      seed: 0,
      codes: { side },
    });
    expect(placed.recognised['side']).toHaveLength(side.length);
    expect(placed.hits['side']).toBeGreaterThan(0.9);
    expect(placed.milliseconds).toBeGreaterThan(0);
  });

  it('copes with equal latents of one dimension', async () => {
    const service = await fitted();
    const { cellIndex, heldOut, attributes } = referenceRequest();
    const latents = new Float32Array(cellIndex.length).fill(0.5);
    await service.setReference({ latents, dims: 1, cellIndex, heldOut, attributes });
    const far = Float32Array.of(0.5, 9);
    const placed = await service.place({ latents: far, dims: 1, seed: 0, codes: {} });
    expect([...placed.umap, ...placed.pca, ...placed.distance].every(Number.isFinite)).toBe(true);
  });

  it('names what is missing or wrong', async () => {
    const bad = { code: 'bad-request' };
    const latents = createRandom(0).permutation(12);
    const place = { latents: Float32Array.from(latents), dims, seed: 0, codes: {} };
    const fresh = new MapService();
    await expect(fresh.setReference(referenceRequest())).rejects.toMatchObject(bad);
    await expect(fresh.projectExpression(counts, null)).rejects.toMatchObject(bad);
    const service = await fitted();
    await expect(service.place(place)).rejects.toMatchObject(bad);
    await expect(service.projectFrames(place.latents, dims)).rejects.toMatchObject(bad);
    await service.setReference(referenceRequest());
    await expect(service.place({ ...place, dims: 5 })).rejects.toMatchObject(bad);
    await expect(
      service.place({ ...place, codes: { side: new Int32Array(5) } }),
    ).rejects.toMatchObject(bad);
    const short = { ...referenceRequest(), heldOut: new Uint8Array(3) };
    await expect(service.setReference(short)).rejects.toMatchObject(bad);
    const broken = referenceRequest();
    broken.latents[3] = Number.NaN;
    await expect(service.setReference(broken)).rejects.toMatchObject({ code: 'bad-values' });
  });
});

describe('expression of new cells', () => {
  it('is scored as the fitted cells were', async () => {
    const service = new MapService();
    const fit = await service.fit(
      request(stored['umap.layout'].data as Float32Array),
      () => undefined,
    );
    const { dims: components, values } = await service.projectExpression(
      structuredClone(counts),
      null,
    );
    expect(components).toBe(50);
    const kept = Int32Array.from({ length: counts.cols }, (_, gene) => gene).filter(
      (gene) => columnCounts(counts)[gene] > 0,
    );
    const fewer = selectColumns(counts, kept);
    const same = await service.projectExpression(fewer, kept);
    expect(same.values).toEqual(values);
    for (let i = 0; i < cells; i++) {
      expect(values[i * 50]).toBe(fit.pca[2 * i]);
      expect(values[i * 50 + 1]).toBe(fit.pca[2 * i + 1]);
    }
    await expect(service.projectExpression(csrFromDense(1, 2, [1, 2]), null)).rejects.toMatchObject(
      {
        code: 'bad-request',
      },
    );
  });
});
