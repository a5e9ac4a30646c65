/** @file Tests of autoencoders of several kinds of features on any device against float64: losses, gradients by finite differences, latents, what is expected. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ComputeDevice } from '../../../../engine/compute-device.ts';
import type { NamedArray } from '../../../../engine/named-array.ts';
import { largest, largestDifference } from '../../../../engine/testing/device.ts';
import { csrFromDense } from '../../../../numerics/csr.ts';
import { columnsSource, memorySource } from '../../../../numerics/csr-source.ts';
import { createRandom } from '../../../../numerics/random.ts';
import type { Likelihood } from '../../../../protocol/dataset.ts';
import { initialAutoencoder } from '../../initial-weights.ts';
import {
  oracleDecode,
  oracleEncode,
  oracleLoss,
  wide,
  type OracleBlock,
} from '../../testing/blocks-oracle.ts';
import { AutoencoderPlan } from '../autoencoder-plan.ts';
import { AutoencoderWeights } from '../autoencoder-weights.ts';
import { blockSources } from '../block-plan.ts';
import { largestBatch } from '../../../tape/count-buffers.ts';
import { blocksOf } from '../../../decoding/blocks.ts';
import { DecodePlan, EncodePlan } from '../half-plans.ts';

const rows = 19;
const latentDim = 5;
const penalty = 0.5;
const sizes = { rna: [13, [9, 6]], atac: [18, [7, 5]] } as const;

function setting(device: ComputeDevice, kinds: Partial<Record<keyof typeof sizes, Likelihood>>) {
  const random = createRandom(17);
  const names = Object.keys(kinds) as (keyof typeof sizes)[];
  const several = names.length > 1;
  const blocks = names.map((name): OracleBlock => {
    const likelihood = kinds[name] as Likelihood;
    const counts = Array.from({ length: rows }, () =>
      Array.from({ length: sizes[name][0] }, () => {
        if (likelihood === 'bernoulli') return Number(random.uniform() < 0.3);
        return random.uniform() < 0.5 ? 0 : random.poisson(4);
      }),
    );
    return {
      encoder: several ? `encoder.${name}` : 'encoder',
      decoder: several ? `decoder.${name}` : 'decoder',
      layers: several ? [3, 4] : [3, 3],
      likelihood,
      counts,
    };
  });
  const modalities = names.map((name, k) => ({
    name,
    features: sizes[name][0],
    likelihood: blocks[k].likelihood,
    hidden: sizes[name][1],
  }));
  const genes = modalities.reduce((sum, m) => sum + m.features, 0);
  const shape = { genes, hidden: [...modalities[0].hidden], latentDim, modalities };
  const dense = blocks[0].counts.flatMap((_, r) => blocks.flatMap((b) => b.counts[r]));
  const source = memorySource(csrFromDense(rows, genes, dense));
  const arrays = initialAutoencoder(shape, random, 1).map((a): NamedArray => ({
    ...a,
    values: a.values.map((v) => v + 0.1 * Math.abs(random.normal())),
  }));
  const weights = new AutoencoderWeights(device, shape);
  weights.write(arrays);
  const sources = blockSources(source, blocksOf(shape), columnsSource);
  return { blocks, arrays, weights, sources };
}

function planOf(
  device: ComputeDevice,
  { weights, sources }: ReturnType<typeof setting>,
): AutoencoderPlan {
  return new AutoencoderPlan(device, weights, {
    rows,
    data: sources.map((own) => ({ entries: largestBatch(own, rows) })),
    recipe: {
      weightDecay: 0,
      thetaRate: 1,
      thetaDecays: true,
      thetaBounds: null,
      latentNoise: 0,
      latentPenalty: penalty,
    },
  });
}

const all = Uint32Array.from({ length: rows }, (_, i) => i);

/** Declares the tests. @param start gives a device of their own */
export function describeBlocks(where: string, start: () => Promise<ComputeDevice>): void {
  let device: ComputeDevice;

  beforeAll(async () => {
    device = await start();
  });

  afterAll(() => device.dispose());

  describe.each([
    ['genes and peaks', { rna: 'negative-binomial', atac: 'bernoulli' }],
    ['genes and counted peaks', { rna: 'negative-binomial', atac: 'poisson' }],
    ['peaks alone', { atac: 'bernoulli' }],
    ['counted peaks alone', { atac: 'poisson' }],
    ['two kinds without genes', { rna: 'poisson', atac: 'bernoulli' }],
  ] as const)(`on ${where} an autoencoder of %s`, (_, kinds) => {
    it('has the loss of the formulas, in training and in evaluation', async () => {
      const own = setting(device, kinds);
      const plan = planOf(device, own);
      const arrays = wide(own.arrays);
      plan.load(own.sources, all);
      const judged = await plan.evaluate();
      expect(judged / oracleLoss(own.blocks, arrays, false, 0) - 1).toBeCloseTo(0, 5);
      plan.step(1e-3, { seed: 0, stream: 0, row: 0 });
      expect((await plan.takeLoss()) / oracleLoss(own.blocks, arrays, true, 0) - 1).toBeCloseTo(
        0,
        5,
      );
      plan.dispose();
      own.weights.dispose();
    });

    it('has the gradients of finite differences', async () => {
      const own = setting(device, kinds);
      const plan = planOf(device, own);
      const arrays = wide(own.arrays);
      plan.load(own.sources, all);
      plan.step(1e-3, { seed: 0, stream: 0, row: 0 });
      const random = createRandom(5);
      for (const { name, values } of await plan.gradients()) {
        const at = arrays.get(name) as Float64Array;
        const scale = Math.max(largest(values), 1e-2);
        for (let probe = 0; probe < 4; probe++) {
          const i = random.integer(values.length);
          const middle = at[i];
          const loss = (shift: number): number => {
            at[i] = middle + shift;
            return oracleLoss(own.blocks, arrays, true, penalty);
          };
          const slope = (loss(1e-4) - loss(-1e-4)) / 2e-4;
          at[i] = middle;
          expect(Math.abs(values[i] - slope), `${name}[${i}]`).toBeLessThan(3e-4 * scale);
        }
      }
      plan.dispose();
      own.weights.dispose();
    });

    it('encodes and decodes, and gives all memory back', async () => {
      const before = device.bytesInUse;
      const own = setting(device, kinds);
      const arrays = wide(own.arrays);
      const entries = own.sources.map((source) => largestBatch(source, rows));
      const encoder = new EncodePlan(device, own.weights, rows, entries);
      const z = await encoder.encode(own.sources, all);
      const expected = oracleEncode(own.blocks, arrays, false);
      expect(largestDifference(z, expected.flat())).toBeLessThan(1e-5 * largest(expected.flat()));
      const decoder = new DecodePlan(device, own.weights, rows);
      const some = rows - 3;
      const values = await decoder.shares(z.subarray(0, some * latentDim));
      const parts = oracleDecode(own.blocks, expected.slice(0, some), arrays);
      const flat = parts[0].flatMap((_, r) => parts.flatMap((part) => part[r]));
      expect(values).toHaveLength(flat.length);
      expect(largestDifference(values, flat)).toBeLessThan(2e-5 * largest(flat));
      encoder.dispose();
      decoder.dispose();
      own.weights.dispose();
      expect(device.bytesInUse).toBe(before);
    });
  });
}
