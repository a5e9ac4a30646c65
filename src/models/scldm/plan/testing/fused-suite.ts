/** @file Tests of both cross-attentions in one piece on any device: they give what they give token by token and tile by tile, loss and all gradients. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ComputeDevice } from '../../../../engine/compute-device.ts';
import type { NamedArray } from '../../../../engine/named-array.ts';
import { largest, largestDifference } from '../../../../engine/testing/device.ts';
import { memorySource } from '../../../../numerics/csr-source.ts';
import { csrFromDense } from '../../../../numerics/csr.ts';
import { createRandom } from '../../../../numerics/random.ts';
import { initialAutoencoder } from '../../initial-weights.ts';
import type { AutoencoderShape } from '../../shapes.ts';
import { autoencoderSpecs } from '../autoencoder-arrays.ts';
import { AutoencoderPlan } from '../autoencoder-plan.ts';
import { canFuseGenes } from '../fused-genes.ts';
import { canFusePooling } from '../fused-pooling.ts';
import type { Tiling } from '../gene-tiles.ts';
import { NetworkWeights } from '../../../tape/tape.ts';
import { plainRecipe } from './plain-recipe.ts';

/** Sizes of a small network and its batch. */
export interface FusedSize {
  readonly cells: number;
  readonly genes: number;
  readonly width: number;
  readonly tokens: number;
  readonly gated: number;
  readonly genesPerStep: number | null;
}

function shapeOf({ genes, width, tokens, gated }: FusedSize): AutoencoderShape {
  return {
    genes,
    width,
    tokens,
    channels: 4,
    gated,
    layers: 1,
    heads: 2,
    crossHeads: 1,
    counts: 'projconcat',
    context: null,
    geneBias: true,
  };
}

/** A step of it: loss, and all gradients. */
export interface FusedStep {
  readonly loss: number;
  readonly gradients: readonly NamedArray[];
}

/** Makes a step on a device: in one piece, or in tiles. */
export function fusedStep(
  size: FusedSize,
): (device: ComputeDevice, tiling?: Tiling) => Promise<FusedStep> {
  const { cells, genes, genesPerStep } = size;
  const shape = shapeOf(size);
  const random = createRandom(7);
  // The last of several cells expresses nothing.
  const counts = memorySource(
    csrFromDense(
      cells,
      genes,
      Float32Array.from({ length: cells * genes }, (_, i) =>
        random.uniform() < 0.6 || (cells > 1 && i >= (cells - 1) * genes)
          ? 0
          : 1 + random.integer(9),
      ),
    ),
  );
  const arrays = initialAutoencoder(
    shape,
    createRandom(4),
    1,
    Float32Array.from({ length: genes }, () => random.normal()),
  ).map((array) => ({
    // Gains of 1 and shifts of 0 would hide what becomes of them.
    ...array,
    values: array.values.map((value) => value + 0.2 * random.normal()),
  }));
  const every = Uint32Array.from({ length: cells }, (_, i) => i);
  return async (device, tiling) => {
    const weights = new NetworkWeights(device, autoencoderSpecs(shape));
    weights.arena.write(arrays);
    const plan = new AutoencoderPlan(device, weights, {
      shape,
      rows: cells,
      counts,
      recipe: { ...plainRecipe, genesPerStep },
      ...(tiling === undefined ? {} : { tiling }),
    });
    plan.step(counts, every, 0, { seed: 3, stream: 1, row: 5 });
    const result = { loss: await plan.takeLoss(), gradients: await plan.gradients() };
    plan.dispose();
    weights.dispose();
    return result;
  };
}

/** Declares the tests. @param start gives a device, which is disposed of at the end */
export function describeFused(
  name: string,
  start: () => Promise<ComputeDevice>,
  sizes: readonly FusedSize[],
): void {
  describe.each(sizes)(`${name}: $cells cells, $genes genes, $width × $tokens`, (size) => {
    const step = fusedStep(size);
    let device: ComputeDevice;

    beforeAll(async () => {
      device = await start();
    });

    afterAll(() => device.dispose());

    it('can be done in one piece', () => {
      expect(canFuseGenes(shapeOf(size))).toBe(true);
      expect(canFusePooling(shapeOf(size))).toBe(true);
    });

    it('has the same loss and gradients', async () => {
      const [whole, tiled] = [await step(device), await step(device, { genes: 16, rows: 32 })];
      expect(Math.abs(whole.loss / tiled.loss - 1)).toBeLessThan(1e-6);
      const wrong = whole.gradients.flatMap(({ name: array, values }, i) => {
        const expected = tiled.gradients[i].values;
        const error = largestDifference(values, expected) / Math.max(1e-3, largest(expected));
        return error < 5e-5 ? [] : [`${array} ${error}`];
      });
      expect(wrong).toEqual([]);
    });
  });
}
