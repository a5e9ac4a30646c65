/** @file Cells that are not labelled in an attribute: trained on without it, and no category of anything. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CpuDevice } from '../../engine/cpu/device.ts';
import { startTestCpu } from '../../engine/cpu/testing/devices.ts';
import { createRandom } from '../../numerics/random.ts';
import type { TrainingData } from '../../protocol/dataset.ts';
import { readModelFile, writeModelFile } from '../model-file.ts';
import { ask, codeOf, createService, data, request, term } from '../testing/requests.ts';
import { TYPE_GENES } from '../testing/simulated-data.ts';
import { chooseConditions, hideUnlabelled } from '../flow/conditions.ts';
import { separateConditions } from '../flow/flow-choice.ts';
import { initialVelocity } from './initial-weights.ts';
import { FlowPlan } from './plan/flow-plan.ts';
import { FlowWeights } from './plan/flow-weights.ts';

describe('conditions of unlabelled cells', () => {
  const codes = [Int32Array.of(0, -1, 2, -1), Int32Array.of(-1, 1, 0, -1)];

  it('lose the attributes that are missing, and keep the others', () => {
    const masks = hideUnlabelled(Uint32Array.of(3, 3, 3, 3, 2, 1), Uint32Array.of(0, 1, 2, 3, 0, 0), codes); // prettier-ignore
    expect([...masks]).toEqual([1, 2, 3, 0, 0, 1]);
  });

  it('draw the same numbers whether or not cells are labelled', () => {
    const recipe = { dropout: 0.2, perBatch: false, allAttributes: 0.5 };
    const cells = Uint32Array.from({ length: 50 }, (_, i) => i % 4);
    const masks = chooseConditions(50, 2, recipe, createRandom(4));
    const hidden = hideUnlabelled(masks.slice(), cells, codes);
    masks.forEach((mask, i) => {
      const able = (codes[0][cells[i]] >= 0 ? 1 : 0) | (codes[1][cells[i]] >= 0 ? 2 : 0);
      expect(hidden[i]).toBe(mask & able);
    });
  });
});

describe('a step of the flow', () => {
  let device: CpuDevice;
  beforeAll(async () => {
    device = await startTestCpu(1);
  });
  afterAll(() => device.dispose());

  const shape = { dims: 5, hidden: 17, embedding: 6, blocks: 2, categories: [3] };
  const cells = 9;
  const random = createRandom(6);
  const latents = Float32Array.from({ length: cells * shape.dims }, () => random.normal());
  const noise = Float32Array.from({ length: cells * shape.dims }, () => random.normal());
  const every = Uint32Array.from({ length: cells }, (_, i) => i);
  const recipe = { batch: cells, sigma: 1e-4, weightDecay: 0, average: 0.9, perBatch: false };
  // Zeros at the start would hide what a label adds.
  const initial = initialVelocity(shape, createRandom(2)).map((a) => ({
    ...a,
    values: a.values.map((v) => v + 0.2 * random.normal()),
  }));

  function plan(categories: readonly number[], codes: readonly Int32Array[]): FlowPlan {
    const weights = new FlowWeights(device, { ...shape, categories });
    weights.arena.write(
      initial.filter(({ name }) => categories.length > 0 || !/^label/.test(name)),
    );
    return new FlowPlan(device, weights, { recipe, latents, codes });
  }

  const batch = (masks: Uint32Array) => ({
    ...separateConditions(
      every,
      masks,
      Float64Array.from({ length: cells }, (_, i) => (i + 0.5) / cells),
    ),
    noise,
  });

  it('gives cells without a label what a network without the attribute gives them', async () => {
    const none = Int32Array.from({ length: cells }, () => -1);
    const masks = hideUnlabelled(new Uint32Array(cells).fill(1), every, [none]);
    const own = plan([3], [none]);
    const bare = plan([], []);
    expect(initial.some(({ name }) => /^label/.test(name))).toBe(true);
    expect(await own.evaluate(batch(masks))).toBe(await bare.evaluate(batch(masks)));
    own.step(batch(masks), 1e-3);
    const table = (await own.gradients()).find(({ name }) => /^label/.test(name));
    expect(table?.values.every((value) => value === 0)).toBe(true);
    own.dispose();
    bare.dispose();
  });

  it('gives the labels a gradient from the labelled cells alone', async () => {
    const partly = Int32Array.from({ length: cells }, (_, i) => (i % 3 === 0 ? -1 : i % 2));
    const masks = hideUnlabelled(new Uint32Array(cells).fill(1), every, [partly]);
    // The same cells, where those without a label carry one that is not shown.
    const shown = partly.map((code) => Math.max(0, code));
    const gradients = await Promise.all(
      [partly, shown].map(async (codes) => {
        const own = plan([3], [codes]);
        own.step(batch(masks), 1e-3);
        const found = await own.gradients();
        own.dispose();
        return found;
      }),
    );
    expect(gradients[0]).toEqual(gradients[1]);
    const table = gradients[0].find(({ name }) => /^label/.test(name));
    const rows = [0, 1, 2].map((row) =>
      table!.values.subarray(row * shape.embedding, (row + 1) * shape.embedding),
    );
    expect(rows.map((row) => row.some((value) => value !== 0))).toEqual([true, true, false]);
  });
});

/** Every third cell has no state. */
const partly: TrainingData = {
  ...data,
  attributes: data.attributes.map((a, i) =>
    i === 0 ? a : { ...a, codes: a.codes.map((code, cell) => (cell % 3 === 0 ? -1 : code)) },
  ),
};

describe('a partly labelled attribute', () => {
  it.each(['recommended', 'faithful'] as const)('trains and steers: %s', async (recipe) => {
    const service = createService();
    await service.init('cpu');
    const info = await service.train(request(partly, { recipe, flowSteps: 500 }), () => undefined);
    const [type, state] = info.attributes;
    expect(type.unlabelled).toBeUndefined();
    expect(state.categories).toEqual(['off', 'on']);
    const labelled = state.cells.reduce((a, b) => a + b, 0);
    expect(labelled + (state.unlabelled ?? 0)).toBe(info.trainingCells);
    expect((state.unlabelled ?? 0) / info.trainingCells).toBeCloseTo(1 / 3, 1);
    expect(info.combinations?.reduce((a, b) => a + b, 0)).toBe(labelled);

    const all = await service.sample(ask([], { cells: 600 }));
    const bare = all.codes['state'].filter((code) => code < 0).length / 600;
    expect(Math.abs(bare - 1 / 3)).toBeLessThan(4 * Math.sqrt(2 / 9 / 600));
    expect(all.extrapolated).toBe(false);
    const share = async (value: string): Promise<number> => {
      const { sampleId, codes } = await service.sample(ask([term('state', value)]));
      expect(codes['state'].every((code) => code >= 0)).toBe(true);
      const { indptr, indices, values } = await service.decode(sampleId);
      let raised = 0;
      let total = 0;
      for (let k = 0; k < indptr[120]; k++) {
        total += values[k];
        if (Math.floor(indices[k] / TYPE_GENES) === 2) raised += values[k];
      }
      return raised / total;
    };
    if (recipe === 'recommended')
      expect(await share('on')).toBeGreaterThan(1.3 * (await share('off')));

    const bytes = await service.save();
    const back = readModelFile(bytes);
    expect(back.info.attributes).toEqual(info.attributes);
    expect(back.info.combinations).toEqual(info.combinations);
    expect(writeModelFile(back)).toEqual(bytes);
  });

  it('needs a labelled cell, and codes that mean something', async () => {
    const service = createService();
    await service.init('cpu');
    for (const code of [-1, -2, 2]) {
      const codes = data.attributes[0].codes.map(() => code);
      const odd = { ...data, attributes: [{ ...data.attributes[0], codes }] };
      await expect(service.train(request(odd), () => undefined).catch(codeOf)).resolves.toBe('bad-attribute'); // prettier-ignore
    }
  });
});
