/** @file The whole way in small: train on simulated counts, sample, decode, store. */
import { beforeAll, describe, expect, it } from 'vitest';
import { presentDevice } from '../engine/compute.ts';
import { isCanonicalCsr, stackRows, type CsrMatrix } from '../numerics/csr.ts';
import {
  RANGE_CELLS,
  type GeneratedRange,
  type ModelInfo,
  type SampleRequest,
  type TrainEvent,
} from '../protocol/model.ts';
import { readModelFile, writeModelFile } from './model-file.ts';
import { ask, codeOf, createService, data, request, term } from './testing/requests.ts';
import { TYPE_GENES } from './testing/simulated-data.ts';

/** Share of all counts that falls on group 0 (type a), 1 (type b) or 2 (state on) of the genes. */
function share(counts: CsrMatrix, group: number): number {
  let own = 0;
  let all = 0;
  counts.values.forEach((value, k) => {
    all += value;
    if (Math.floor(counts.indices[k] / TYPE_GENES) === group) own += value;
  });
  return own / all;
}

describe('a trained model', () => {
  const service = createService();
  const events: TrainEvent[] = [];
  let info: ModelInfo;

  beforeAll(async () => {
    await service.init('cpu');
    info = await service.train(request(data, {}, 30), (event) => events.push(event));
  });

  it('has learnt: the held-out likelihood and the flow error fall', () => {
    const losses = events.filter((e) => e.type === 'loss');
    const held = losses.filter((e) => e.stage === 'autoencoder').map((e) => e.heldOut ?? NaN);
    expect(info.autoencoderLoss).toBe(Math.min(...held));
    expect(info.autoencoderLoss).toBeLessThan(0.97 * held[0]);
    const flow = losses.filter((e) => e.stage === 'flow');
    expect(flow.length).toBeGreaterThanOrEqual(90);
    expect(flow[flow.length - 1].train).toBeLessThan(0.8 * flow[0].train);
  });

  it('reports stages in order, latents, previews, and progress that never falls', () => {
    const stages = events.filter((e) => e.type === 'stage').map((e) => e.stage);
    expect(stages).toEqual(['prepare', 'autoencoder', 'encode', 'flow', 'calibrate']);
    const latents = events.find((e) => e.type === 'latents');
    expect(latents?.latents.length).toBe(420 * info.latentDim);
    expect(latents?.heldOut.reduce((a, b) => a + b, 0)).toBe(info.heldOutCells);
    const progress = events.filter((e) => e.type === 'progress').map((e) => e.overall);
    expect(progress.length).toBeGreaterThan(2);
    progress.forEach((p, i) => expect(p).toBeGreaterThanOrEqual(progress[Math.max(0, i - 1)]));
    const previews = events.filter((e) => e.type === 'preview');
    expect(previews[previews.length - 1].sample.cells).toBe(30);
  });

  it('describes itself', () => {
    expect(info).toMatchObject({ nGenes: 37, trainingCells: 336, heldOutCells: 84, seed: 0 });
    const { combinations, attributes } = info;
    expect(combinations?.reduce((a, b) => a + b, 0)).toBe(336);
    expect(attributes[0].cells[0]).toBe((combinations ?? [])[0] + (combinations ?? [])[1]);
  });

  it('gives each category its genes', async () => {
    for (const [type, state] of [
      ['a', 'on'],
      ['b', 'off'],
    ]) {
      const sample = await service.sample(ask([term('type', type), term('state', state)]));
      const counts = await service.decode(sample.sampleId);
      expect(isCanonicalCsr(counts)).toBe(true);
      const real = realShares(type === 'a' ? 0 : 1, state === 'on' ? 1 : 0);
      for (const group of [0, 1, 2]) {
        expect(Math.abs(share(counts, group) / real[group] - 1)).toBeLessThan(0.3);
      }
      expect(sample.extrapolated).toBe(false);
      expect([...sample.codes['type']].every((c) => c === (type === 'a' ? 0 : 1))).toBe(true);
    }
  });

  it('draws free categories as often as in the training cells', async () => {
    const guidance = [term('type', null), term('state', 'on')];
    const sample = await service.sample(
      ask(guidance, { cells: 4000, solver: { method: 'heun', steps: 1 } }),
    );
    const shareOfB = sample.codes['type'].reduce((a, b) => a + b, 0) / 4000;
    const table = info.combinations ?? [];
    const expected = table[3] / (table[1] + table[3]);
    expect(Math.abs(shareOfB - expected)).toBeLessThan(4 * Math.sqrt(expected / 4000));
    expect([...sample.codes['state']].every((c) => c === 1)).toBe(true);
  });

  it('gives the same cells for the same seed, also as part of more cells', async () => {
    const first = await service.sample(ask([term('type', 'a'), term('state', 'on', 1.7)]));
    const again = await service.sample(ask([term('type', 'a'), term('state', 'on', 1.7)]));
    expect(again.latents).toEqual(first.latents);
    expect(await service.decode(again.sampleId)).toEqual(await service.decode(first.sampleId));
    const more = await service.sample(
      ask([term('type', 'a'), term('state', 'on', 1.7)], { cells: 150 }),
    );
    const moves = first.latents.map((value, i) => Math.abs(more.latents[i] - value));
    expect(Math.max(...moves)).toBeLessThan(1e-4);
    const other = await service.sample(ask([term('type', 'a')], { seed: 4 }));
    expect(other.latents).not.toEqual(first.latents);
  });

  it.each<readonly [string, Partial<SampleRequest>]>([
    ['values drawn from the data', { guidance: [term('type', null), term('state', 'on', 1.6)] }],
    ['one given size', { library: { mode: 'fixed', value: 250 } }],
    ['sizes of all cells', { library: { mode: 'all' }, seed: 2 ** 40 + 3 }],
  ])(
    'makes ranges of cells bit for bit as all at once, and keeps none of them: %s',
    async (_, change) => {
      const cells = 2 * RANGE_CELLS + 77;
      const order = ask([], { cells, solver: { method: 'heun', steps: 2 }, ...change });
      const whole = await service.sample(order);
      const counts = await service.decode(whole.sampleId);
      const ranges: GeneratedRange[] = [];
      for (const [first, to] of [
        [0, RANGE_CELLS],
        [RANGE_CELLS, 2 * RANGE_CELLS],
        [2 * RANGE_CELLS, cells],
      ]) {
        ranges.push(await service.generate({ ...order, cells: to - first, first }, true));
      }
      const joined = (pick: (range: GeneratedRange) => ArrayLike<number>): number[] =>
        ranges.flatMap((range) => Array.from(pick(range)));
      expect(joined(({ latents }) => latents)).toEqual(Array.from(whole.latents));
      expect(joined(({ logLibrary }) => logLibrary)).toEqual(Array.from(whole.logLibrary));
      for (const name of ['type', 'state']) {
        expect(joined(({ codes }) => codes[name])).toEqual(Array.from(whole.codes[name]));
      }
      const [a, b, c] = ranges.map((range) => range.counts as CsrMatrix);
      expect(stackRows(stackRows(a, b), c)).toEqual(counts);
      // The cells before are still there, as no range has taken their place.
      expect((await service.decode(whole.sampleId, 0, 1)).rows).toBe(1);
    },
  );

  it('makes a range that begins anywhere, but for rounding', async () => {
    const order = ask([term('state', 'off')], { cells: 150 });
    const whole = await service.sample(order);
    const part = await service.generate({ ...order, cells: 31, first: 101 }, false);
    const dims = whole.latentDim;
    const own = whole.latents.subarray(101 * dims, 132 * dims);
    expect(part.counts).toBeNull();
    expect(part.codes['type']).toEqual(whole.codes['type'].slice(101, 132));
    const moves = part.latents.map((value, i) => Math.abs(value - own[i]));
    expect(Math.max(...moves)).toBeLessThan(1e-4);
  });

  it('stops making cells for an export when told, and goes on after', async () => {
    const order = ask([], { cells: 3000, solver: { method: 'rk4', steps: 200 } });
    const running = service.generate(order, true).catch(codeOf);
    await new Promise((resolve) => setTimeout(resolve, 30));
    await service.cancelGenerate();
    expect(await running).toBe('cancelled');
    expect((await service.generate(ask([], { cells: 2 }), true)).counts?.rows).toBe(2);
    expect(await service.generate(ask([], { first: -1 }), true).catch(codeOf)).toBe('bad-request');
  });

  it('takes one evaluation of one branch at weights of 1, whatever the way of asking', async () => {
    const asked = await service.sample(ask([term('type', 'b'), term('state', 'on')]));
    const codes = { type: new Int32Array(120).fill(1), state: new Int32Array(120).fill(1) };
    const listed = await service.sample(ask([], { codes }));
    expect(listed.latents).toEqual(asked.latents);
    expect(asked.evaluations).toBe(16);
  });

  it('exaggerates with larger weights and forgets at weight 0', async () => {
    const shares: number[] = [];
    for (const weight of [0, 1, 2.5]) {
      const sample = await service.sample(ask([term('type', 'b', weight), term('state', null, 0)]));
      shares.push(share(await service.decode(sample.sampleId), 1));
      expect(sample.codes['type'][0]).toBe(weight === 0 ? -1 : 1);
      expect(sample.codes['state'][0]).toBe(-1);
    }
    expect(shares[0]).toBeLessThan(shares[1]);
    expect(shares[1]).toBeLessThan(shares[2] * 1.02);
  });

  it('keeps to the library setting', async () => {
    const fixed = await service.sample(ask([], { library: { mode: 'fixed', value: 250 } }));
    expect([...fixed.logLibrary].every((l) => Math.abs(l - Math.log(250)) < 1e-6)).toBe(true);
    const counts = await service.decode(fixed.sampleId);
    const mean = counts.values.reduce((a, b) => a + b, 0) / 120;
    expect(Math.abs(mean / 250 - 1)).toBeLessThan(0.05);
    const all = await service.sample(ask([], { cells: 2000, library: { mode: 'all' } }));
    const average = all.logLibrary.reduce((a, b) => a + b, 0) / 2000;
    expect(Math.abs(average - Math.log(300))).toBeLessThan(0.1);
  });

  it('spreads library sizes as real cells do, on a scale that its file carries', async () => {
    const { library: learnt } = readModelFile(await service.save()).body;
    expect(learnt.scale).toBe(3);
    const { logLibrary } = await service.sample(ask([], { cells: 1000 }));
    const mean = logLibrary.reduce((a, b) => a + b, 0) / 1000;
    const sd = Math.sqrt(logLibrary.reduce((sum, l) => sum + (l - mean) ** 2, 0) / 1000);
    // A scale that one side knows of and the other does not is off by three times.
    expect(Math.abs(mean - learnt.mean)).toBeLessThan(0.3 * learnt.sd);
    expect(sd / learnt.sd).toBeGreaterThan(0.6);
    expect(sd / learnt.sd).toBeLessThan(1.5);
  });

  it('shows the way from noise to cell', async () => {
    const plain = await service.sample(ask([]));
    const flow = await service.sample(ask([], { frames: 5 }));
    const size = 120 * info.latentDim;
    expect([...(flow.trajectory?.times ?? [])]).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(flow.latents).toEqual(plain.latents);
    expect(flow.trajectory?.latents.slice(4 * size)).toEqual(plain.latents);
    const noise = flow.trajectory?.latents.slice(0, size) ?? new Float32Array(0);
    const variance = noise.reduce((sum, v) => sum + v * v, 0) / size;
    expect(Math.abs(variance - 1)).toBeLessThan(0.1);
  });

  it('agrees between solvers', async () => {
    const exact = await service.sample(ask([], { solver: { method: 'dopri5', tolerance: 1e-4 } }));
    const rk4 = await service.sample(ask([], { solver: { method: 'rk4', steps: 40 } }));
    const far = exact.latents.map((v, i) => Math.abs(v - rk4.latents[i]));
    expect(far.reduce((a, b) => a + b, 0) / far.length).toBeLessThan(0.05);
  });

  it('rejects an older call when a newer one comes', async () => {
    const slow = service.sample(ask([], { cells: 2000, solver: { method: 'rk4', steps: 50 } }));
    const outcome = slow.then(
      () => 'done',
      (error: unknown) => codeOf(error),
    );
    const newest = await service.sample(ask([]));
    expect(await outcome).toBe('cancelled');
    expect(newest.cells).toBe(120);
  });

  it('names what is wrong with a request', async () => {
    const bad: Partial<SampleRequest>[] = [
      { cells: 0 },
      { seed: -1 },
      { guidance: [term('colour', null)] },
      { guidance: [term('type', 'c')] },
      { guidance: [term('type', 'a', -1)] },
      { codes: { type: new Int32Array(3) } },
      { codes: { type: new Int32Array(120).fill(2) } },
      { library: { mode: 'fixed', value: 0 } },
      { solver: { method: 'heun', steps: 0 } },
      { frames: 1 },
    ];
    for (const change of bad) {
      await expect(service.sample(ask([], change)).catch(codeOf)).resolves.toBe('bad-request');
    }
    await expect(service.gene(1e9, 'gene0', 'log').catch(codeOf)).resolves.toBe('bad-request');
    const { sampleId } = await service.sample(ask([]));
    await expect(service.gene(sampleId, 'TP53', 'log').catch(codeOf)).resolves.toBe('no-gene');
  });

  it('reads single genes of a sample', async () => {
    const { sampleId } = await service.sample(ask([]));
    const counts = await service.decode(sampleId);
    const column = await service.gene(sampleId, 'gene5', 'counts');
    const logged = await service.gene(sampleId, 'gene5', 'log');
    for (let r = 0; r < counts.rows; r++) {
      const from = counts.indptr[r];
      const own = counts.indices.subarray(from, counts.indptr[r + 1]).indexOf(5);
      const value = own < 0 ? 0 : counts.values[from + own];
      const total = counts.values.subarray(from, counts.indptr[r + 1]).reduce((a, b) => a + b, 0);
      expect(column[r]).toBe(value);
      expect(logged[r]).toBeCloseTo(Math.log1p((value / total) * 1e4), 5);
    }
  });

  it('draws the same counts for some of the cells as for all', async () => {
    const wanted = ask([term('type', 'a')]);
    const parts = await service.sample(wanted);
    const early = await service.decode(parts.sampleId, 30, 71);
    const all = await service.decode(parts.sampleId);
    const late = await service.decode(parts.sampleId, 30, 71);
    expect(early.rows).toBe(41);
    expect(early).toEqual(late);
    const [from, to] = [all.indptr[30], all.indptr[71]];
    expect(early.values).toEqual(all.values.slice(from, to));
    expect(early.indices).toEqual(all.indices.slice(from, to));
    await expect(service.decode(parts.sampleId, 5, 1000).catch(codeOf)).resolves.toBe(
      'bad-request',
    );
  });

  it('survives its file', async () => {
    const before = await service.sample(ask([term('type', 'b', 1.4)]));
    const countsBefore = await service.decode(before.sampleId);
    const bytes = await service.save();
    const other = createService();
    await other.init('cpu');
    const loaded = await other.load(bytes);
    expect(loaded).toEqual({ ...info, bytes: bytes.length });
    const after = await other.sample(ask([term('type', 'b', 1.4)]));
    expect(after.latents).toEqual(before.latents);
    expect(await other.decode(after.sampleId)).toEqual(countsBefore);
    expect(await other.genes()).toEqual(await service.genes());
    expect((await other.genes()).sourceNames?.length).toBe(80);
    expect(await other.cells()).toEqual(await service.cells());
    const latents = events.find((e) => e.type === 'latents')?.latents ?? [];
    const encoded = await other.encode(data.counts);
    expect(encoded.length).toBe(latents.length);
    expect(Math.max(...encoded.map((v, i) => Math.abs(v - latents[i])))).toBeLessThan(1e-3);
    const again = writeModelFile(readModelFile(bytes));
    expect(Buffer.compare(again, bytes)).toBe(0);
  });

  it('does not pile up memory', async () => {
    await service.sample(ask([term('type', 'a', 2)]));
    const before = presentDevice()?.bytesInUse;
    const { sampleId } = await service.sample(ask([term('type', 'a', 2)]));
    await service.decode(sampleId);
    await service.encode(data.counts);
    expect(before).toBeGreaterThan(0);
    expect(presentDevice()?.bytesInUse).toBe(before);
  });

  function realShares(type: number, state: number): number[] {
    const [types, states] = data.attributes;
    const sums = [0, 0, 0];
    let all = 0;
    for (let i = 0; i < data.counts.rows; i++) {
      if (types.codes[i] !== type || states.codes[i] !== state) continue;
      for (let k = data.counts.indptr[i]; k < data.counts.indptr[i + 1]; k++) {
        all += data.counts.values[k];
        const group = Math.floor(data.counts.indices[k] / TYPE_GENES);
        if (group < 3) sums[group] += data.counts.values[k];
      }
    }
    return sums.map((sum) => sum / all);
  }
});
