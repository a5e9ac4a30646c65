/** @file The whole way in small: train an scLDM model on simulated counts, steer, decode, encode, store, read again. */
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { isCanonicalCsr, selectRows, type CsrMatrix } from '../../numerics/csr.ts';
import type { ModelInfo, TrainEvent } from '../../protocol/model.ts';
import { learntArrays } from './learnt-bias.ts';
import type * as config from './config.ts';
import { readModelFile, writeModelFile } from '../model-file.ts';
import { ask, codeOf, createService, data, request, term } from '../testing/requests.ts';
import { TYPE_GENES } from '../testing/simulated-data.ts';
import type { ModelService } from '../model-service.ts';

/** Networks of a size that simulated cells are learnt with in seconds; everything else is as in the product. */
vi.mock('./config.ts', async (original) => {
  const own = await original<typeof config>();
  const tiny = { width: 16, gated: 24, tokens: 4, channels: 8, layers: 1 };
  return {
    ...own,
    createConfig: (order: Parameters<typeof own.createConfig>[0]) => {
      const made = own.createConfig(order);
      const { architecture } = made;
      return {
        ...made,
        architecture: {
          ...architecture,
          latentDim: LATENT,
          autoencoder: { ...architecture.autoencoder, ...tiny },
          denoiser: { ...architecture.denoiser, ...tiny, width: 32 },
        },
        autoencoder: { ...made.autoencoder, learningRate: 5e-3, geneRate: 1 },
        components: made.components === null ? null : LATENT,
        flow: { ...made.flow, batch: 64 },
      };
    },
  };
});

const LATENT = 32;
const small = { model: 'scldm', maxEpochs: 60, flowSteps: 1000 } as const;

/** Share of the genes of type a among those of both types. */
function shareOfA(counts: CsrMatrix): number {
  let [a, b] = [0, 0];
  counts.values.forEach((value, k) => {
    const group = Math.floor(counts.indices[k] / TYPE_GENES);
    if (group === 0) a += value;
    if (group === 1) b += value;
  });
  return a / (a + b);
}

/** Shares of genes in all cells of a category together. */
function meanShares({ cols, indptr, indices, values }: CsrMatrix, codes: Int32Array, code: number) {
  const sums = new Float64Array(cols);
  codes.forEach((own, r) => {
    if (own !== code) return;
    for (let k = indptr[r]; k < indptr[r + 1]; k++) sums[indices[k]] += values[k];
  });
  const total = sums.reduce((a, b) => a + b, 0);
  return Array.from(sums, (sum) => sum / total);
}

describe('an scLDM model', () => {
  let service: ModelService;
  let info: ModelInfo;
  const events: TrainEvent[] = [];

  beforeAll(async () => {
    service = createService();
    await service.init('cpu');
    info = await service.train(request(data, small, 20), (event) => events.push(event));
  }, 120_000);

  it('learns, and tells how', () => {
    expect(info).toMatchObject({
      model: 'scldm',
      size: 'S',
      latentDim: LATENT,
      stoppedEarly: false,
    });
    const losses = events.filter((e) => e.type === 'loss');
    const ae = losses.filter((e) => e.stage === 'autoencoder');
    expect(ae.at(-1)!.train).toBeLessThan(ae[0].train - 2);
    expect(losses.at(-1)!.train).toBeLessThan(losses.find((e) => e.stage === 'flow')!.train);
    expect(events.filter((e) => e.type === 'stage').map((e) => e.stage)).toEqual([
      'prepare',
      'autoencoder',
      'encode',
      'flow',
      'calibrate',
    ]);
    const preview = events.find((e) => e.type === 'preview');
    expect(preview?.sample.latents.length).toBe(20 * LATENT);
    const overall = events.filter((e) => e.type === 'progress').map((e) => e.overall);
    expect(overall).toEqual([...overall].sort((a, b) => a - b));
  });

  it('has a device whose speed can be asked for', async () => {
    expect(await service.speed()).toBeGreaterThan(0.01);
  });

  it('makes cells of the type it is asked for', async () => {
    const shares = [];
    for (const value of ['a', 'b']) {
      const sample = await service.sample(ask([term('type', value)]));
      const counts = await service.decode(sample.sampleId);
      expect(isCanonicalCsr(counts)).toBe(true);
      shares.push(shareOfA(counts));
    }
    expect(shares[0]).toBeGreaterThan(shares[1] + 0.4);
  });

  it('comes nearer to the training cells’ mean shares by type than as it was learnt, which a file from before holds', async () => {
    const stored = readModelFile(await service.save());
    const { body } = stored;
    if (body.family !== 'scldm') throw new Error('the model is no scLDM');
    expect(body.calibration?.map(({ name }) => name)).toEqual(['0', '1']);
    expect(body.calibration?.map(({ shape }) => shape)).toEqual([[2, 37], [2, 37]]); // prettier-ignore
    const [type, state] = data.attributes.map(({ codes }) => codes);
    const order = ask([], { cells: type.length, codes: { type, state } });
    const earlier = createService();
    await earlier.init('cpu');
    const autoencoder = learntArrays(body.autoencoder);
    const learnt = { ...body, autoencoder, calibration: undefined };
    await earlier.load(writeModelFile({ ...stored, body: learnt }));
    const sharesOf = (counts: CsrMatrix): number[] =>
      [0, 1].flatMap((code) => meanShares(counts, type, code));
    const theirs = sharesOf(data.counts as CsrMatrix);
    const [ours, before] = await Promise.all(
      [service, earlier].map(async (used) => {
        const { sampleId } = await used.sample(order);
        const shares = sharesOf(await used.decode(sampleId));
        return shares.reduce((sum, share, at) => sum + Math.abs(Math.log(share / theirs[at])), 0);
      }),
    );
    expect(ours).toBeLessThan(0.7 * before);
  });

  it('evaluates the field twice a step of Heun’s method, whatever the weights', async () => {
    for (const weight of [1, 2]) {
      const { evaluations } = await service.sample(ask([term('type', 'a', weight)]));
      expect(evaluations).toBe(16);
    }
  });

  it('makes the same cells again from its file', async () => {
    const order = ask([term('state', 'on', 1.5)], { frames: 3 });
    const before = await service.sample(order);
    const counts = await service.decode(before.sampleId);
    const bytes = await service.save();
    const again = createService();
    await again.init('cpu');
    const { bytes: size, ...loaded } = await again.load(bytes);
    const { bytes: _, ...own } = info;
    expect(size).toBe(bytes.length);
    expect(loaded).toEqual(own);
    const after = await again.sample(order);
    expect(after.latents).toEqual(before.latents);
    expect(after.trajectory).toEqual(before.trajectory);
    expect(await again.decode(after.sampleId)).toEqual(counts);
    const stored = readModelFile(bytes);
    expect(writeModelFile(stored)).toEqual(bytes);
    const { autoencoder } = stored.body;
    const names = autoencoder
      .map(({ name }) => name)
      .filter((name) => name.startsWith('components'));
    expect(names.sort()).toEqual(['components.mean', 'components.scales', 'components.vectors']);
  });

  it('encodes cells, whatever stands beside them, and gives shares of 1 in all', async () => {
    const all = await service.encode(data.counts as CsrMatrix);
    expect(all.length).toBe(420 * LATENT);
    const some = Uint32Array.of(311, 4);
    const own = await service.encode(selectRows(data.counts as CsrMatrix, some));
    some.forEach((cell, i) => {
      const there = all.subarray(cell * LATENT, (cell + 1) * LATENT);
      own.subarray(i * LATENT, (i + 1) * LATENT).forEach((value, d) => expect(value).toBeCloseTo(there[d], 4)); // prettier-ignore
    });
    const shares = await service.shares(own);
    for (const row of [shares.subarray(0, 37), shares.subarray(37)]) {
      expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
    }
  });

  it('is the same when trained again', async () => {
    const again = createService();
    await again.init('cpu');
    await again.train(request(data, { ...small, maxEpochs: 2, flowSteps: 20 }), () => undefined);
    const other = createService();
    await other.init('cpu');
    await other.train(request(data, { ...small, maxEpochs: 2, flowSteps: 20 }), () => undefined);
    const [a, b] = [again, other].map(async (s) => readModelFile(await s.save()).body);
    expect((await a).autoencoder).toEqual((await b).autoencoder);
    expect((await a).flow).toEqual((await b).flow);
  }, 120_000);

  it('carries cells to noise and back, and to another type', async () => {
    const sample = await service.sample(ask([term('type', 'a')], { cells: 60 }));
    const { latents, logLibrary } = sample;
    const codes = (type: number) => ({ type: new Int32Array(60).fill(type) });
    const move = {
      latents,
      logLibrary,
      from: codes(0),
      average: null,
      weightsToNoise: {},
      weightsToCells: {},
      library: 'kept',
      solver: { method: 'rk4', steps: 20 },
      seed: 0,
    } as const;
    const back = await service.transport({ ...move, to: codes(0) }, () => undefined);
    const errors = back.latents.map((value, i) => Math.abs(value - latents[i])).sort();
    expect(errors[Math.floor(0.9 * errors.length)]).toBeLessThan(0.1);
    expect(back.logLibrary).toEqual(logLibrary);
    const over = await service.transport({ ...move, to: codes(1) }, () => undefined);
    const [before, after] = [sample.sampleId, over.sampleId].map(async (id) =>
      shareOfA(await service.decode(id)),
    );
    expect(await before).toBeGreaterThan((await after) + 0.3);
    const mean = await service.transport(
      { ...move, to: codes(0), average: 'type' },
      () => undefined,
    );
    const between = shareOfA(await service.decode(mean.sampleId));
    expect(between).toBeLessThan(await before);
    expect(between).toBeGreaterThan(await after);
  });
});

describe('an scLDM training', () => {
  it.each([
    ['faithful', 0],
    ['faithful', 2],
    ['recommended', 0],
  ] as const)('runs as %s with %i attributes', async (recipe, count) => {
    const service = createService();
    await service.init('cpu');
    const some = { ...data, attributes: data.attributes.slice(0, count) };
    const order = request(some, { ...small, recipe, maxEpochs: 2, flowSteps: 20 });
    const info = await service.train(order, () => undefined);
    expect(info).toMatchObject({ recipe, autoencoderEpoch: expect.any(Number), flowStep: 20 });
    expect(info.autoencoderEpoch).toBeLessThanOrEqual(2);
    const asked = count === 0 ? [] : [term('type', 'a', 2), term('state', 'on', 0.5)];
    const sample = await service.sample(ask(asked, { cells: 5 }));
    expect((await service.decode(sample.sampleId)).rows).toBe(5);
  });

  it('makes the fewest steps in minutes that are too few for more, and those that are set', async () => {
    const service = createService();
    await service.init('cpu');
    const short = { ...small, maxEpochs: null, flowSteps: null, minutes: 1e-4 };
    const info = await service.train(request(data, short), () => undefined);
    expect(info.flowStep).toBe(40);
    const set = await service.train(request(data, { ...short, flowSteps: 7 }), () => undefined);
    expect(set.flowStep).toBe(7);
  });

  it('goes on from the model it made, and from no other', async () => {
    const service = createService();
    await service.init('cpu');
    const anew: TrainEvent[] = [];
    const first = await service.train(
      request(data, { ...small, maxEpochs: 40, flowSteps: 300 }),
      (event) => anew.push(event),
    );
    const events: TrainEvent[] = [];
    const more = { ...small, maxEpochs: 3, flowSteps: 50, goOn: true };
    const second = await service.train(request(data, more), (event) => events.push(event));
    expect(second.flowStep).toBe(350);
    expect(second.autoencoderEpoch).toBeGreaterThan(first.autoencoderEpoch);
    const losses = events.filter((e) => e.type === 'loss');
    const begun = anew.filter((e) => e.type === 'loss').find((e) => e.stage === 'flow')!;
    expect(losses.find((e) => e.stage === 'flow')!.train).toBeLessThan(0.7 * begun.train);
    expect(losses[0].heldOut).toBeLessThan(first.autoencoderLoss + 1);
    // What was there is kept where nothing better comes, but for rounding.
    expect(second.autoencoderLoss).toBeLessThan(first.autoencoderLoss + 0.01);
    expect(anew.find((e) => e.type === 'loss')!.heldOut).toBeGreaterThan(first.autoencoderLoss + 4);
    const other = service.train(request(data, { ...more, seed: 99 }), () => undefined);
    await expect(other.catch(codeOf)).resolves.toBe('bad-request');
    // What was there is still there.
    expect((await service.sample(ask([], { cells: 3 }))).cells).toBe(3);
  });

  it('is cancelled when stopped before the flow', async () => {
    const service = createService();
    await service.init('cpu');
    const run = service.train(request(data, small), (event) => {
      if (event.type === 'loss') void service.stop();
    });
    await expect(run.catch(codeOf)).resolves.toBe('cancelled');
  });
});
