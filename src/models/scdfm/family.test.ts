/** @file The whole way in small: train scDFM on a simulated screen with a pair held out, ask, decode, encode, store, read again. */
import { strFromU8, unzipSync } from 'fflate';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CsrMatrix } from '../../numerics/csr.ts';
import { columnCounts, isCanonicalCsr } from '../../numerics/csr.ts';
import { largestDifference } from '../../engine/testing/device.ts';
import type { ModelInfo, SampleRequest, TrainEvent, TrainSettings } from '../../protocol/model.ts';
import { nodeCpuHost } from '../../engine/cpu/node-host.ts';
import { ask, codeOf, request, term } from '../testing/requests.ts';
import { ModelService } from '../model-service.ts';
import { RAISED, screenSettings, simulateScreen } from './testing/simulated-screen.ts';

const data = simulateScreen(400, 1);
const settings: Partial<TrainSettings> = {
  model: 'scdfm',
  flowSteps: 150,
  screen: screenSettings,
  split: { by: null, hide: [{ perturbation: 'A+B' }] },
};

/** On one thread: these networks are too small to be shared out. */
const createService = (): ModelService => new ModelService({ cpuHost: nodeCpuHost(1) });

/** Shares of all counts of the genes that A raises, and of those that B raises. */
function raised(counts: CsrMatrix): [number, number] {
  let [a, b, all] = [0, 0, 0];
  counts.values.forEach((value, k) => {
    const block = Math.floor(counts.indices[k] / RAISED);
    if (block === 0) a += value;
    if (block === 1) b += value;
    all += value;
  });
  return [a / all, b / all];
}

describe('an scDFM model', () => {
  let service: ModelService;
  let info: ModelInfo;
  const events: TrainEvent[] = [];

  const predict = async (
    perturbation: readonly string[],
    change: Partial<SampleRequest> = {},
  ): Promise<CsrMatrix> => {
    const sample = await service.sample(ask([], { perturbation, ...change }));
    return service.decode(sample.sampleId);
  };

  beforeAll(async () => {
    service = createService();
    await service.init('cpu');
    info = await service.train(request(data, settings, 20), (event) => events.push(event));
  }, 60_000);

  it('knows its screen, and hides the pair', () => {
    expect(info).toMatchObject({ model: 'scdfm', nGenes: 24, stoppedEarly: false });
    expect(info.screen).toMatchObject({ seenMembers: 3, seenLabels: ['ctrl', 'A', 'B', 'C'] });
    expect(info.screen?.members.slice(0, 3)).toEqual(['A', 'B', 'C']);
    expect(info.heldOutCells).toBeGreaterThanOrEqual(80);
    const losses = events.filter((e) => e.type === 'loss');
    expect(losses.at(-1)!.train).toBeLessThan(losses[0].train);
    expect(events.filter((e) => e.type === 'stage').map((e) => e.stage)).toEqual([
      'prepare',
      'flow',
      'calibrate',
    ]);
    const preview = events.find((e) => e.type === 'preview');
    expect(preview?.sample.cells).toBe(20);
  });

  it('does with cells what their perturbations do', async () => {
    const control = raised(await predict([]));
    const a = raised(await predict(['A']));
    const b = raised(await predict(['B']));
    expect(a[0]).toBeGreaterThan(control[0] + 0.1);
    expect(b[1]).toBeGreaterThan(control[1] + 0.1);
    expect(Math.abs(a[1] - control[1])).toBeLessThan(0.1);
    const plain = raised(await predict(['A'], { guidance: [term('perturbation', null, 0)] }));
    expect(plain[0]).toBeLessThan(control[0] + 0.05);
  });

  it('predicts a pair that it never saw, the same in either order, at once or composed', async () => {
    const control = raised(await predict([]));
    const order = ask([], { perturbation: ['A', 'B'] });
    const sample = await service.sample(order);
    expect(sample.extrapolated).toBe(true);
    expect(Array.from(sample.codes['perturbation'])).toEqual(new Array(120).fill(4));
    const turned = await service.sample({ ...order, perturbation: ['B', 'A'] });
    expect(turned.latents).toEqual(sample.latents);
    for (const composed of [false, true]) {
      const both = raised(await predict(['A', 'B'], { composed }));
      expect(both[0]).toBeGreaterThan(control[0] + 0.04);
      expect(both[1]).toBeGreaterThan(control[1] + 0.04);
    }
  });

  it('tells the control cells that cells began from, of the context that was asked for', async () => {
    const sample = await service.sample(
      ask([term('line', 'y')], { perturbation: ['A', 'C'], cells: 30 }),
    );
    expect(new Set(sample.codes['perturbation'])).toEqual(new Set([-1]));
    const starts = Array.from(sample.starts ?? []);
    expect(starts.length).toBe(30);
    for (const cell of starts) {
      expect(data.attributes[0].codes[cell]).toBe(0);
      expect(data.attributes[1].codes[cell]).toBe(1);
    }
  });

  it('draws counts whose components are those asked for, and with as many zeros', async () => {
    const counts = data.counts as CsrMatrix;
    const sample = await service.sample(ask([], { cells: 300 }));
    const drawn = await service.decode(sample.sampleId);
    expect(isCanonicalCsr(drawn)).toBe(true);
    const again = await service.encode(drawn);
    let squares = 0;
    again.forEach((value, k) => (squares += (value - sample.latents[k]) ** 2));
    expect(Math.sqrt(squares / again.length)).toBeLessThan(0.6);
    const expected = columnCounts(counts);
    const zeros = columnCounts(drawn).map((n, g) => Math.abs(n / 300 - expected[g] / 400));
    expect(zeros.reduce((a, b) => a + b, 0) / 24).toBeLessThan(0.05);
  });

  it('makes the same cells again from its file, and as part of more cells', async () => {
    const order = ask([], { perturbation: ['A', 'B'], frames: 3 });
    const before = await service.sample(order);
    const bytes = await service.save();
    const other = createService();
    await other.init('cpu');
    const { bytes: size, ...loaded } = await other.load(bytes);
    const { bytes: _, ...own } = info;
    expect(size).toBe(bytes.length);
    expect(loaded).toEqual(own);
    const after = await other.sample(order);
    expect(after.latents).toEqual(before.latents);
    expect(Buffer.compare(await other.save(), bytes)).toBe(0);
    const part = await other.sample({ ...order, cells: 40, first: 80, frames: 0 });
    const whole = before.latents.subarray(80 * info.latentDim);
    expect(largestDifference(part.latents, whole)).toBeLessThan(1e-4);
  });

  it('refuses what it does not know', async () => {
    const refuse = (order: SampleRequest): Promise<unknown> =>
      service.sample(order).catch((error: unknown) => codeOf(error));
    expect(await refuse(ask([], { perturbation: ['Z'] }))).toBe('bad-request');
    expect(await refuse(ask([term('line', 'z')]))).toBe('bad-request');
    const train = (screen: TrainSettings['screen']): Promise<unknown> =>
      service
        .train(request(data, { ...settings, screen }), () => undefined)
        .catch((error: unknown) => codeOf(error));
    expect(await train(undefined)).toBe('bad-request');
    expect(await train({ ...screenSettings, control: 'none' })).toBe('too-few-cells');
    expect(await train({ ...screenSettings, context: 'cell' })).toBe('bad-request');
  });
});

describe('an scDFM model of gene tokens', () => {
  it('begins with the mean changes, and carries them to a context where a perturbation was never seen', async () => {
    const service = createService();
    await service.init('cpu');
    const screen = { ...screenSettings, tier: 'pad-lite' } as const;
    const hide = [{ perturbation: 'A', line: 'y' }];
    const events: TrainEvent[] = [];
    await service.train(
      request(data, { ...settings, screen, flowSteps: 1, split: { by: null, hide } }),
      (event) => events.push(event),
    );
    // Cells of the one hidden combination are generated to see where they lie, which is told.
    const told = events.filter((e) => e.type === 'progress' && e.stage === 'calibrate');
    expect(told[0]).toMatchObject({ at: 0, of: 100 });
    const last = told.at(-1);
    expect(last).toMatchObject({ stage: 'calibrate', at: 100, of: 100, secondsLeft: 0 });
    const asked = (perturbation: readonly string[], change: Partial<SampleRequest> = {}) =>
      ask([term('line', 'y')], { perturbation, cells: 24, ...change });
    const predict = async (perturbation: readonly string[]): Promise<[number, number]> =>
      raised(await service.decode((await service.sample(asked(perturbation))).sampleId));
    const control = await predict([]);
    const a = await predict(['A']);
    expect(a[0]).toBeGreaterThan(control[0] + 0.1);
    expect(Math.abs(a[1] - control[1])).toBeLessThan(0.1);
    // Control cells that the network is shown come back with the file, and are a cell's own whichever are asked for with it.
    const other = createService();
    await other.init('cpu');
    const bytes = await service.save();
    await other.load(bytes);
    const { latents } = await service.sample(asked(['A']));
    expect((await other.sample(asked(['A']))).latents).toEqual(latents);
    const part = await other.sample(asked(['A'], { cells: 5, first: 19 }));
    expect(largestDifference(part.latents, latents.subarray(19 * 24))).toBeLessThan(1e-4);
    expect(Buffer.compare(await other.save(), bytes)).toBe(0);
    const { format } = JSON.parse(strFromU8(unzipSync(bytes)['manifest.json'])) as { format: unknown }; // prettier-ignore
    expect(format).toBe(6);
  }, 180_000);

  it('learns expression, begins from what is told, and keeps zeros', async () => {
    const service = createService();
    await service.init('cpu');
    const screen = { ...screenSettings, tier: 'pad-lite', genes: 12, start: 'gaussian' } as const;
    const info = await service.train(
      request(data, { ...settings, screen, flowSteps: 6 }),
      () => undefined,
    );
    expect(info).toMatchObject({ nGenes: 12, latentDim: 12 });
    expect((await service.genes()).names.slice(0, 3)).toEqual(['A', 'B', 'C']);
    const sample = await service.sample(ask([], { perturbation: ['B', 'A'], cells: 16 }));
    const counts = await service.decode(sample.sampleId);
    expect([counts.rows, counts.cols]).toEqual([16, 12]);
    expect(isCanonicalCsr(counts)).toBe(true);
  }, 60_000);
});
