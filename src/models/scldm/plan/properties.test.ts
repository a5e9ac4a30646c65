/** @file What a set autoencoder must keep, whatever its weights: order of genes, genes that are not there, scale of latents, shares. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ComputeDevice } from '../../../engine/compute-device.ts';
import { startTestCpu } from '../../../engine/cpu/testing/devices.ts';
import type { NamedArray } from '../../../engine/named-array.ts';
import { largestDifference } from '../../../engine/testing/device.ts';
import { memorySource } from '../../../numerics/csr-source.ts';
import { csrFromDense, selectColumns, type CsrMatrix } from '../../../numerics/csr.ts';
import { createRandom } from '../../../numerics/random.ts';
import { StudioError } from '../../../protocol/errors.ts';
import { createConfig } from '../config.ts';
import { additiveGuidance } from '../../flow/guidance.ts';
import { guidedConditions } from '../../flow/guided-conditions.ts';
import { initialAutoencoder, initialDenoiser } from '../initial-weights.ts';
import { flowDims, type AutoencoderShape, type DenoiserShape } from '../shapes.ts';
import { autoencoderSpecs } from './autoencoder-arrays.ts';
import { denoiserSpecs } from './denoiser-arrays.ts';
import { FieldPlan } from './field-plan.ts';
import { SetAutoencoder } from './runtimes.ts';
import { countParameters, denoiserParameters } from './testing/parameters.ts';
import { NetworkWeights } from '../../tape/tape.ts';

const [cells, genes, absent] = [7, 41, 19];
const shape: AutoencoderShape = {
  genes,
  width: 20,
  tokens: 3,
  channels: 5,
  gated: 24,
  layers: 1,
  heads: 2,
  crossHeads: 1,
  counts: 'projconcat',
  context: null,
  geneBias: true,
};
const random = createRandom(3);
const counts = csrFromDense(
  cells,
  genes,
  Float32Array.from({ length: cells * genes }, (_, i) =>
    i % genes === absent || random.uniform() < 0.6 ? 0 : 1 + random.integer(9),
  ),
);
const bias = Float32Array.from({ length: genes }, () => random.normal());
const arrays = initialAutoencoder(shape, createRandom(4), 1, bias);

/** Arrays with rows per gene put in another order, or some left out; a row for padding stays last. */
function withGenes(order: readonly number[], from: readonly NamedArray[] = arrays): NamedArray[] {
  return from.map((array) => {
    if (!['genes', 'gene_bias', 'log_theta'].includes(array.name)) return array;
    const [rows, width = 1] = array.shape;
    const kept = rows > genes ? [...order, genes] : order;
    const values = new Float32Array(kept.length * width);
    kept.forEach((g, i) =>
      values.set(array.values.subarray(g * width, (g + 1) * width), i * width),
    );
    return { ...array, values };
  });
}

/** The same cells with the entries of each row in another order. */
function shuffled(matrix: CsrMatrix): CsrMatrix {
  const indices = matrix.indices.slice();
  const values = matrix.values.slice();
  for (let r = 0; r < matrix.rows; r++) {
    const [from, to] = [matrix.indptr[r], matrix.indptr[r + 1]];
    random.permutation(to - from).forEach((k, i) => {
      indices[from + i] = matrix.indices[from + k];
      values[from + i] = matrix.values[from + k];
    });
  }
  return { ...matrix, indices, values };
}

describe('a set autoencoder', () => {
  let device: ComputeDevice;

  beforeAll(async () => {
    device = await startTestCpu(2);
  });

  afterAll(() => device.dispose());

  function encode(
    matrix: CsrMatrix,
    change: Partial<AutoencoderShape> = {},
    own: readonly NamedArray[] = arrays,
  ): Promise<Float32Array> {
    const autoencoder = new SetAutoencoder(device, { ...shape, ...change }, own);
    const latents = autoencoder.encode(memorySource(matrix), () => Promise.resolve());
    return latents.finally(() => autoencoder.dispose());
  }

  async function shares(latents: Float32Array, own: readonly NamedArray[]): Promise<Float32Array> {
    const autoencoder = new SetAutoencoder(device, shape, own);
    return autoencoder.shares(latents).finally(() => autoencoder.dispose());
  }

  it('gives the same latents whatever the order of the expressed genes', async () => {
    const [plain, other] = [await encode(counts), await encode(shuffled(counts))];
    expect(largestDifference(other, plain)).toBeLessThan(1e-5);
  });

  it('gives each cell its latent, whatever cells stand beside it', async () => {
    const all = await encode(counts);
    const some = Uint32Array.of(5, 2);
    const own = await encode(memorySource(counts).readRows(some));
    const dims = shape.tokens * shape.channels;
    some.forEach((cell, i) => {
      const expected = all.subarray(cell * dims, (cell + 1) * dims);
      expect(largestDifference(own.subarray(i * dims, (i + 1) * dims), expected)).toBeLessThan(
        1e-5,
      );
    });
  });

  it('does not notice a gene that no cell expresses', async () => {
    const order = Array.from({ length: genes }, (_, g) => g).filter((g) => g !== absent);
    const without = selectColumns(counts, order);
    const own = await encode(without, { genes: genes - 1 }, withGenes(order));
    expect(largestDifference(own, await encode(counts))).toBeLessThan(1e-6);
  });

  it.each([
    ['without padding', {}],
    ['with padding that is seen', { counts: 'log1p', context: 30 }],
  ] as const)('does not notice genes that the cell does not express, %s', async (_, change) => {
    const own = initialAutoencoder({ ...shape, ...change }, createRandom(4), 1, bias);
    const all = await encode(counts, change, own);
    const dims = shape.tokens * shape.channels;
    for (let r = 0; r < cells; r++) {
      // A vocabulary of the cell's own genes alone.
      const order = [...counts.indices.subarray(counts.indptr[r], counts.indptr[r + 1])];
      const alone = selectColumns(memorySource(counts).readRows(Uint32Array.of(r)), order);
      const latents = await encode(
        alone,
        { ...change, genes: order.length },
        withGenes(order, own),
      );
      const expected = all.subarray(r * dims, (r + 1) * dims);
      expect(largestDifference(latents, expected)).toBeLessThan(1e-5);
    }
  });

  it('gives shares of 1 in all, in the order of the genes', async () => {
    const latents = await encode(counts);
    const plain = await shares(latents, arrays);
    for (let r = 0; r < cells; r++) {
      const sum = plain.subarray(r * genes, (r + 1) * genes).reduce((a, b) => a + b, 0);
      expect(sum).toBeCloseTo(1, 5);
    }
    const order = [...createRandom(9).permutation(genes)];
    const turned = await shares(latents, withGenes(order));
    const expected = turned.map((_, i) => plain[Math.floor(i / genes) * genes + order[i % genes]]);
    expect(largestDifference(turned, expected)).toBeLessThan(1e-6);
  });

  it('ignores scale and shift of a latent token', async () => {
    const latents = await encode(counts);
    const moved = latents.map((v, i) => 3 * v + Math.floor(i / shape.channels));
    const [a, b] = [await shares(latents, arrays), await shares(moved, arrays)];
    expect(largestDifference(a, b)).toBeLessThan(1e-5);
  });

  it('refuses a cell with more expressed genes than its context', async () => {
    const context = { context: 4, counts: 'log1p' as const };
    const own = initialAutoencoder({ ...shape, ...context }, createRandom(4), 1, bias);
    const error = await encode(counts, context, own).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(StudioError);
    expect((error as StudioError).code).toBe('bad-request');
  });
});

describe('an untrained velocity transformer', () => {
  it('gives velocities of exactly 0', async () => {
    const device = await startTestCpu();
    const own: DenoiserShape = {
      tokens: 3,
      channels: 5,
      library: true,
      width: 12,
      gated: 8,
      layers: 2,
      heads: 2,
      categories: [3],
    };
    const weights = new NetworkWeights(device, denoiserSpecs(own));
    weights.arena.write(initialDenoiser(own, createRandom(2)));
    const question = {
      codes: [Int32Array.of(0, 2)],
      groups: [additiveGuidance([2])],
      groupOf: new Uint16Array(2),
      lastVelocity: null,
    };
    const field = new FieldPlan(device, weights, own, guidedConditions(question));
    const count = 2 * flowDims(own);
    const [x, v] = [device.allocate(count), device.allocate(count)];
    device.write(
      x,
      Float32Array.from({ length: count }, () => random.normal()),
    );
    field.evaluate(0.3, x, v);
    expect(await device.read(v)).toEqual(new Float32Array(count));
    device.dispose();
  });
});

describe('published sizes', () => {
  // The original also counts positions that stay 0, padding's dispersion, and a bias of the head that does nothing.
  const original = (own: AutoencoderShape): number =>
    countParameters(autoencoderSpecs(own)) + own.tokens * own.width + 2;

  it('has the parameters of the dentate gyrus model: 3,419,756 and 9,774,096', () => {
    const autoencoder: AutoencoderShape = {
      genes: 17_002,
      width: 128,
      tokens: 128,
      channels: 16,
      gated: 344,
      layers: 2,
      heads: 4,
      crossHeads: 1,
      counts: 'log1p',
      context: 6147,
      geneBias: false,
    };
    expect(original(autoencoder)).toBe(3_419_756);
    const denoiser: DenoiserShape = {
      tokens: 128,
      channels: 16,
      library: false,
      width: 256,
      gated: 684,
      layers: 8,
      heads: 8,
      categories: [14],
    };
    expect(denoiserParameters(denoiser)).toBe(9_774_096);
  });

  it.each([
    ['S', 437_074],
    ['M', 1_478_354],
  ] as const)('has the parameters of configuration %s at 2,000 genes: %i', (size, expected) => {
    const { architecture } = createConfig({
      recipe: 'faithful',
      size,
      genes: 2000,
      trainingCells: 100,
      categories: [],
      mostExpressed: 600,
      autoencoderSteps: null,
      flowSteps: null,
    });
    expect(original(architecture.autoencoder)).toBe(expected);
  });
});
