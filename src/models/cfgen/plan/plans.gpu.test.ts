/** @file CFGen's plans on an emulated GPU: against the original program where it left numbers, else against the CPU device. */
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ComputeDevice } from '../../../engine/compute-device.ts';
import { startTestCpu } from '../../../engine/cpu/testing/devices.ts';
import type { GpuDevice } from '../../../engine/gpu/device.ts';
import { hasSoftwareGpu, openSoftwareGpu } from '../../../engine/gpu/testing/gpus.ts';
import { largest, largestDifference } from '../../../engine/testing/device.ts';
import { csrFromDense, rowSums, type CsrMatrix } from '../../../numerics/csr.ts';
import { createRandom } from '../../../numerics/random.ts';
import { loadFixture } from '../../../numerics/testing/fixture.ts';
import {
  autoencoderNames,
  initialArrays,
  originalValues,
  velocityNames,
} from '../../testing/original-weights.ts';
import { separateConditions } from '../flow-choice.ts';
import { additiveGuidance, sharedGuidance } from '../guidance.ts';
import { AutoencoderPlan } from './autoencoder-plan.ts';
import { AutoencoderWeights } from './autoencoder-weights.ts';
import { largestBatch } from './count-buffers.ts';
import { FlowPlan } from './flow-plan.ts';
import { FlowWeights } from './flow-weights.ts';
import { createPlanBackend } from './plan-backend.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures');
const NO_NOISE = { seed: 0, stream: 0, row: 0 };

describe.runIf(hasSoftwareGpu())('plans on a GPU', () => {
  let device: GpuDevice;
  let cpu: ComputeDevice;

  beforeAll(async () => {
    device = await openSoftwareGpu();
    cpu = await startTestCpu();
    return () => cpu.dispose();
  });

  it('follow five steps of the original autoencoder, twice to the same bits', async () => {
    const fixture = loadFixture('autoencoder', 'unimodal', FIXTURES);
    const names = autoencoderNames();
    const [steps, rows, genes] = fixture.tensors['counts.rna'].shape;
    const counts = csrFromDense(steps * rows, genes, fixture.values('counts.rna'));
    const scalars = fixture.info.scalars as Record<string, number & number[]>;
    const zeroBiases = new Set(fixture.info.settings['zero_gradient_biases'] as string[]);
    const recipe = {
      ...{ weightDecay: 1e-5, thetaRate: 1, thetaDecays: true, thetaBounds: null },
      ...{ latentNoise: 0, latentPenalty: 0 },
    };
    const runs = [];
    for (let run = 0; run < 2; run++) {
      const weights = new AutoencoderWeights(device, { genes, hidden: [16, 11], latentDim: 7 });
      weights.write(initialArrays(fixture, names));
      const entries = largestBatch(counts, rows);
      const plan = new AutoencoderPlan(device, weights, { rows, entries, recipe });
      for (let step = 0; step < steps; step++) {
        plan.load(
          counts,
          Uint32Array.from({ length: rows }, (_, i) => step * rows + i),
        );
        if (step === 0) {
          expect(Math.abs((await plan.evaluate()) / scalars['eval.loss'] - 1)).toBeLessThan(1e-5);
        }
        plan.step(1e-3, NO_NOISE);
        const expected = scalars['train_losses'][step];
        expect(Math.abs((await plan.takeLoss()) / expected - 1)).toBeLessThan(1e-5);
        if (step > 0) continue;
        for (const { name: ours, values } of await plan.gradients()) {
          const name = names.find((n) => n.ours === ours)!;
          const gradient = originalValues(fixture, 'grad', name);
          const scale = zeroBiases.has(name.original) ? 1 : largest(gradient);
          expect(largestDifference(values, gradient), ours).toBeLessThan(1e-4 * scale);
        }
      }
      const arrays = await weights.read();
      for (const array of arrays) {
        const name = names.find((n) => n.ours === array.name)!;
        const loose = zeroBiases.has(name.original) || name.original.endsWith('running_mean');
        const difference = largestDifference(array.values, originalValues(fixture, 'after5', name));
        expect(difference, array.name).toBeLessThan(loose ? 5e-3 : 2e-5);
      }
      runs.push(arrays);
      plan.dispose();
      weights.dispose();
    }
    expect(runs[1]).toEqual(runs[0]);
  });

  it('follow five steps of the original flow', async () => {
    const attributes = ['cell_type', 'batch'];
    const fixture = loadFixture('velocity', 'train_random', FIXTURES);
    const names = velocityNames(attributes);
    const [steps, cells, dims] = fixture.tensors['z1'].shape;
    const conditions = fixture.info.settings['condition_of_each_step'] as (string | null)[];
    const losses = fixture.info.scalars['losses'] as number[];
    const weights = new FlowWeights(device, {
      dims,
      hidden: fixture.tensors['init.net_in.weight'].shape[0],
      embedding: fixture.tensors['init.time_embedder.0.weight'].shape[0],
      blocks: 3,
      categories: attributes.map((a) => fixture.tensors[`init.label.${a}`].shape[0]),
    });
    weights.arena.write(initialArrays(fixture, names));
    const plan = new FlowPlan(device, weights, {
      recipe: { batch: cells, sigma: 1e-4, weightDecay: 1e-6, average: null, perBatch: true },
      latents: Float32Array.from(fixture.values('z1')),
      codes: attributes.map((a) => Int32Array.from(fixture.values(`label.${a}`))),
    });
    const part = (key: string, step: number): Float64Array => {
      const values = fixture.values(key);
      const size = values.length / steps;
      return values.slice(step * size, (step + 1) * size);
    };
    for (let step = 0; step < steps; step++) {
      const shown = attributes.indexOf(conditions[step] ?? '');
      const batch = separateConditions(
        Uint32Array.from({ length: cells }, (_, i) => step * cells + i),
        new Uint32Array(cells).fill(shown < 0 ? 0 : 1 << shown),
        part('t', step),
      );
      plan.step({ ...batch, noise: Float32Array.from(part('eps', step)) }, 1e-4);
      expect(Math.abs((await plan.takeLoss()) / losses[step] - 1)).toBeLessThan(1e-4);
    }
    for (const { name: ours, values } of await weights.arena.read()) {
      const expected = originalValues(
        fixture,
        `after${steps}`,
        names.find((n) => n.ours === ours)!,
      );
      expect(largestDifference(values, expected), ours).toBeLessThan(2e-6);
    }
    plan.dispose();
    weights.dispose();
  });

  const shape = { genes: 131, hidden: [36, 13], latentDim: 5 };

  function counts(): CsrMatrix {
    const random = createRandom(9);
    const dense = Float32Array.from({ length: 66 * shape.genes }, () =>
      random.uniform() < 0.8 ? 0 : random.negativeBinomial(6, 0.7),
    );
    return csrFromDense(66, shape.genes, dense);
  }

  /** Random arrays as a device lays them out. */
  async function autoencoderArrays() {
    const weights = new AutoencoderWeights(cpu, shape);
    const random = createRandom(3);
    const arrays = (await weights.read()).map((a) => {
      const centre = /norm\.(weight|running_var)$/.test(a.name) ? 1 : 0;
      return { ...a, values: a.values.map(() => centre + 0.1 * Math.abs(random.normal())) };
    });
    weights.dispose();
    return arrays;
  }

  it('take the recommended recipe’s steps as the CPU does', async () => {
    const data = counts();
    const recipe = {
      ...{ weightDecay: 1e-5, thetaRate: 20, thetaDecays: false, thetaBounds: [-7, 9] as const },
      ...{ latentNoise: 0.5, latentPenalty: 0.5 },
    };
    const results = [];
    for (const one of [cpu, device]) {
      const weights = new AutoencoderWeights(one, shape);
      weights.write(await autoencoderArrays());
      const entries = largestBatch(data, 33);
      const plan = new AutoencoderPlan(one, weights, { rows: 33, entries, recipe });
      for (let step = 0; step < 3; step++) {
        plan.load(
          data,
          Uint32Array.from({ length: 33 }, (_, i) => i + step * 5),
        );
        plan.step(1e-3, { seed: 8, stream: 2, row: step });
      }
      results.push({ loss: await plan.takeLoss(), arrays: await weights.read() });
      plan.dispose();
      weights.dispose();
    }
    expect(Math.abs(results[1].loss / results[0].loss - 1)).toBeLessThan(1e-5);
    for (const [i, { name, values }] of results[1].arrays.entries()) {
      const loose = /(encoder|decoder)\.[01]\.(bias|norm\.running_mean)/.test(name);
      const difference = largestDifference(values, results[0].arrays[i].values);
      expect(difference, name).toBeLessThan(loose ? 5e-3 : 1e-4);
    }
  });

  it('encode, share and draw as the CPU does', async () => {
    const data = counts();
    const arrays = await autoencoderArrays();
    const [plain, ours] = [cpu, device].map((one) =>
      createPlanBackend(one).startAutoencoder(shape, arrays),
    );
    const breathe = (): Promise<void> => Promise.resolve();
    const latents = await plain.encode(data, breathe);
    const found = await ours.encode(data, breathe);
    expect(largestDifference(found, latents)).toBeLessThan(1e-5 * largest(latents));
    const some = latents.slice(0, 20 * shape.latentDim);
    const block = {
      latents: some,
      library: Float64Array.from(rowSums(data).slice(0, 20)),
      theta: new Float32Array(shape.genes).fill(1.5),
      keys: Uint32Array.from({ length: 40 }, (_, i) => i * 77),
    };
    const shares = Float32Array.from(await plain.shares(some));
    expect(largestDifference(await ours.shares(some), shares)).toBeLessThan(1e-6);
    const expected = await plain.draw!(block)!;
    const numbers = { counts: expected.counts.slice(), values: expected.values.slice() };
    const drawn = await ours.draw!(block)!;
    // A share's last digit may decide a count.
    const cells = drawn.counts.map((n, r) => Math.abs(n - numbers.counts[r]));
    expect(cells.reduce((a, b) => a + b, 0)).toBeLessThan(4);
    plain.dispose();
    ours.dispose();
  });

  it('carry guided cells as the CPU does', async () => {
    const field = { dims: 7, hidden: 33, embedding: 10, blocks: 3, categories: [3, 2] };
    const cells = 41;
    const random = createRandom(2);
    const weights = new FlowWeights(cpu, field);
    const arrays = (await weights.arena.read()).map((a) => ({
      ...a,
      values: a.values.map(() => 0.3 * random.normal()),
    }));
    weights.dispose();
    const groups = [additiveGuidance([1.5, 0.5]), sharedGuidance([2, 1])];
    const question = {
      codes: field.categories.map((n) =>
        Int32Array.from({ length: cells }, () => random.integer(n)),
      ),
      groups,
      groupOf: Uint16Array.from({ length: cells }, () => random.integer(groups.length)),
      lastVelocity: Float32Array.from({ length: cells }, () => random.normal()),
    };
    const x = Float32Array.from({ length: cells * field.dims }, () => random.normal());
    const results = [];
    for (const one of [cpu, device]) {
      const velocity = createPlanBackend(one).startVelocity(field, arrays);
      const result = await velocity.carry(question, async (carrier) => {
        let state = carrier.create(x);
        for (const t of [0, 0.31, 0.7]) {
          const k = carrier.velocity(t, state);
          state = carrier.space.combine(state, [{ c: 0.3, k }]);
        }
        return carrier.read(state);
      });
      results.push(Float32Array.from(result));
      velocity.dispose();
    }
    expect(largestDifference(results[1], results[0])).toBeLessThan(2e-5 * largest(results[0]));
  });
});
