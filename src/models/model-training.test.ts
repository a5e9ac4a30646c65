/** @file Training that is interrupted, odd data, and broken files. */
import { describe, expect, it } from 'vitest';
import type { CsrMatrix } from '../numerics/csr.ts';
import type { TrainingData } from '../protocol/dataset.ts';
import { readModelFile } from './model-file.ts';
import { ask, codeOf, createService, data, request, term } from './testing/requests.ts';
import { simulateData } from './testing/simulated-data.ts';

describe('a broken model file', () => {
  it.each([
    ['nothing', new Uint8Array(0)],
    ['text', new TextEncoder().encode('no model at all')],
    ['the start of a zip', new Uint8Array([0x50, 0x4b, 3, 4, 20, 0, 0, 0])],
  ])('%s is named bad-model', async (_name, bytes) => {
    const service = createService();
    await service.init('cpu');
    await expect(service.load(bytes).catch(codeOf)).resolves.toBe('bad-model');
    await expect(service.sample(ask([])).catch(codeOf)).resolves.toBe('bad-request');
  });
});

describe('an interrupted training', () => {
  it('pauses, goes on, and keeps what it has when stopped in the flow', async () => {
    const service = createService();
    await service.init('cpu');
    const seen: string[] = [];
    const saved: Promise<Uint8Array>[] = [];
    const info = await service.train(request(data, { maxEpochs: 2, flowSteps: 4000 }), (event) => {
      seen.push(event.type);
      if (event.type === 'stage' && event.stage === 'flow') void service.pause();
      if (event.type === 'paused') setTimeout(() => void service.resume(), 30);
      if (event.type === 'loss' && event.stage === 'flow' && event.at >= 80) {
        saved.push(service.save());
        void service.stop();
      }
    });
    expect(seen.indexOf('paused')).toBeGreaterThan(0);
    expect(seen.indexOf('resumed')).toBeGreaterThan(seen.indexOf('paused'));
    expect(info.stoppedEarly).toBe(true);
    expect(info.flowStep).toBeLessThan(400);
    expect((await service.sample(ask([]))).cells).toBe(120);
    expect(readModelFile(await saved[0]).info.stoppedEarly).toBe(true);
  });

  it('is cancelled when stopped before the flow', async () => {
    const service = createService();
    await service.init('cpu');
    const run = service.train(request(data), (event) => {
      if (event.type === 'loss') void service.stop();
    });
    await expect(run.catch(codeOf)).resolves.toBe('cancelled');
  });
});

describe('odd data', () => {
  it.each([0, 1, 3])('trains with %i attributes', async (n) => {
    const service = createService();
    await service.init('cpu');
    const third = {
      name: 'batch',
      categories: ['x', 'y', 'z'],
      codes: Int32Array.from({ length: 60 }, (_, i) => i % 3),
    };
    const small = simulateData(60, 33, 2);
    const attributes = [...small.attributes, third].slice(0, n);
    const run = request({ ...small, attributes }, { maxEpochs: 3, flowSteps: 12 });
    const info = await service.train(run, () => undefined);
    expect(info.attributes.length).toBe(n);
    const guidance = attributes.map((a, i) => term(a.name, null, 0.5 + i));
    const sample = await service.sample(ask(guidance, { cells: 7 }));
    const counts = await service.decode(sample.sampleId);
    expect(counts.rows).toBe(7);
    for (let r = 0; r < 7; r++) expect(counts.indptr[r + 1]).toBeGreaterThan(counts.indptr[r]);
  });

  it('trains the faithful recipe', async () => {
    const service = createService();
    await service.init('cpu');
    const run = request(data, { recipe: 'faithful', maxEpochs: 2, flowSteps: 30 });
    const info = await service.train(run, () => undefined);
    expect(info.recipe).toBe('faithful');
    const sample = await service.sample(ask([term('type', 'a', 2), term('state', 'on')]));
    expect(sample.logLibrary.every(Number.isFinite)).toBe(true);
  });

  it('says so when a combination was never seen', async () => {
    const service = createService();
    await service.init('cpu');
    const small = simulateData(60, 33, 2);
    const [type, state] = small.attributes;
    const codes = state.codes.map((code, i) => (type.codes[i] === 1 ? 0 : code));
    const attributes = [type, { ...state, codes }];
    await service.train(
      request({ ...small, attributes }, { maxEpochs: 2, flowSteps: 10 }),
      () => undefined,
    );
    const sample = await service.sample(ask([term('type', 'b'), term('state', 'on')]));
    expect(sample.extrapolated).toBe(true);
    const seen = await service.sample(ask([term('type', 'b'), term('state', null)]));
    expect(seen.extrapolated).toBe(false);
  });

  it.each([
    ['too-few-cells', simulateData(12, 33, 1)],
    ['too-few-genes', { ...simulateData(40, 33, 1), counts: column() }],
    ['bad-values', fractional()],
  ])('%s', async (code, broken) => {
    const service = createService();
    await service.init('cpu');
    await expect(service.train(request(broken), () => undefined).catch(codeOf)).resolves.toBe(code);
  });
});

function column(): CsrMatrix {
  return {
    rows: 40,
    cols: 1,
    indptr: Uint32Array.from({ length: 41 }, (_, i) => i),
    indices: new Uint32Array(40),
    values: new Float32Array(40).fill(2),
  };
}

function fractional(): TrainingData {
  const data = simulateData(40, 33, 1);
  return { ...data, counts: { ...data.counts, values: data.counts.values.map((v) => v + 0.25) } };
}
