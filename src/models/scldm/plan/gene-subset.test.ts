/** @file Learning from some genes: the same as a smaller model that has no others, and nothing for the genes that were left out. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ComputeDevice } from '../../../engine/compute-device.ts';
import { startTestCpu } from '../../../engine/cpu/testing/devices.ts';
import type { NamedArray } from '../../../engine/named-array.ts';
import { largest, largestDifference } from '../../../engine/testing/device.ts';
import { memorySource } from '../../../numerics/csr-source.ts';
import { csrFromDense } from '../../../numerics/csr.ts';
import { createRandom } from '../../../numerics/random.ts';
import { initialAutoencoder } from '../initial-weights.ts';
import type { AutoencoderShape } from '../shapes.ts';
import { autoencoderSpecs } from './autoencoder-arrays.ts';
import { AutoencoderPlan } from './autoencoder-plan.ts';
import { NetworkWeights } from '../../tape/tape.ts';
import { plainRecipe } from './testing/plain-recipe.ts';

const [cells, genes, some] = [6, 23, 9];
const shape: AutoencoderShape = {
  genes,
  width: 12,
  tokens: 3,
  channels: 4,
  gated: 16,
  layers: 1,
  heads: 2,
  crossHeads: 1,
  counts: 'projconcat',
  context: null,
  geneBias: true,
};
const noise = { seed: 3, stream: 1, row: 5 };
const every = Uint32Array.from({ length: cells }, (_, i) => i);
const PER_GENE = ['log_theta', 'gene_bias', 'genes'];

describe('a step on some genes', () => {
  let device: ComputeDevice;

  beforeAll(async () => {
    device = await startTestCpu(2);
  });

  afterAll(() => device.dispose());

  async function step(
    own: AutoencoderShape,
    arrays: readonly NamedArray[],
    dense: Float32Array,
    genesPerStep: number | null,
  ): Promise<{ loss: number; gradients: Map<string, Float32Array> }> {
    const counts = memorySource(csrFromDense(cells, own.genes, dense));
    const weights = new NetworkWeights(device, autoencoderSpecs(own));
    weights.arena.write(arrays);
    const plan = new AutoencoderPlan(device, weights, {
      shape: own,
      rows: cells,
      counts,
      recipe: { ...plainRecipe, genesPerStep },
    });
    plan.step(counts, every, 0, noise);
    const loss = await plan.takeLoss();
    const gradients = await plan.gradients();
    plan.dispose();
    weights.dispose();
    return { loss, gradients: new Map(gradients.map((g) => [g.name, g.values])) };
  }

  it('has the loss and the gradients of a model of these genes alone', async () => {
    const random = createRandom(6);
    const bias = Float32Array.from({ length: genes }, () => random.normal());
    const arrays = initialAutoencoder(shape, random, 1, bias);
    const dense = Float32Array.from({ length: cells * genes }, () => random.integer(4));
    const first = await step(shape, arrays, dense, some);
    const seen = [...first.gradients.get('log_theta')!].flatMap((v, g) => (v === 0 ? [] : [g]));
    expect(seen.length).toBe(some);

    const limited = dense.map((v, i) => (seen.includes(i % genes) ? v : 0));
    const pick = (values: Float32Array): Float32Array => {
      const width = values.length / genes;
      return Float32Array.from(
        { length: some * width },
        (_, i) => values[seen[Math.floor(i / width)] * width + (i % width)],
      );
    };
    const fewer = arrays.map((a) =>
      PER_GENE.includes(a.name) ? { ...a, values: pick(a.values) } : a,
    );
    const alone = Float32Array.from(
      { length: cells * some },
      (_, i) => limited[Math.floor(i / some) * genes + seen[i % some]],
    );
    const part = await step(shape, arrays, limited, some);
    const whole = await step({ ...shape, genes: some }, fewer, alone, null);
    // The loss of some genes is told as if there were all.
    expect((part.loss * some) / genes / whole.loss).toBeCloseTo(1, 5);
    for (const [name, expected] of whole.gradients) {
      const values = part.gradients.get(name)!;
      const own = PER_GENE.includes(name) ? pick(values) : values;
      expect(largestDifference(own, expected), name).toBeLessThan(2e-5 * largest(expected));
      if (PER_GENE.includes(name)) {
        const sum = (list: Float32Array): number => list.reduce((a, v) => a + Math.abs(v), 0);
        expect(sum(values) / sum(own)).toBeCloseTo(1, 5);
      }
    }
  });
});
