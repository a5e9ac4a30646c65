/** @file Tests of counts drawn with offsets by category on any device, against the decoder and its offsets in float64. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ComputeDevice } from '../../../../engine/compute-device.ts';
import type { NamedArray } from '../../../../engine/named-array.ts';
import { largest, largestDifference } from '../../../../engine/testing/device.ts';
import { createRandom, drawSparseCounts, randomAt } from '../../../../numerics/random.ts';
import type { DrawBlock, DrawnBlock } from '../../../backend.ts';
import { initialAutoencoder } from '../../initial-weights.ts';
import { oracleDecode, wide } from '../../testing/blocks-oracle.ts';
import { createPlanBackend } from '../plan-backend.ts';

const genes = 67;
const latentDim = 5;
const seed = 9;
/** Three attributes: of three categories, without offsets, of five. */
const categories = [3, 4, 5];
const shape = { genes, hidden: [9, 6], latentDim };

const random = createRandom(23);
const normals = (n: number): Float32Array =>
  Float32Array.from({ length: n }, () => random.normal());

const arrays = initialAutoencoder(shape, random, 1).map((array): NamedArray => ({
  ...array,
  values: array.values.map((value) => value + 0.1 * Math.abs(random.normal())),
}));
const tables = categories.map((count, a) => (a === 1 ? null : normals(count * genes)));
const theta = Float32Array.from({ length: genes }, (_, g) => Math.exp(3 * (g / genes) - 1));

/** Cells from a place on; their latents, sizes and draws' keys do not depend on the others. */
function cellsFrom(first: number, rows: number): DrawBlock {
  const cells = Array.from({ length: rows }, (_, r) => first + r);
  return {
    latents: Float32Array.from(cells.flatMap((c) => Array.from({ length: latentDim }, (_, d) => Math.sin(c * 7 + d * 3)))), // prettier-ignore
    library: Float64Array.from(cells, (c) => 200 * 1.07 ** (c % 40)),
    theta,
    keys: Uint32Array.from(cells.flatMap((c) => {
      const own = randomAt(seed, 6, c);
      return [own.uint32(), own.uint32()];
    })), // prettier-ignore
    codes: categories.map((count, a) => Int32Array.from(cells, (c) => ((c * (a + 3)) % (count + 1)) - 1)), // prettier-ignore
  };
}

/** Shares of genes with the offsets of the categories that are shown, in float64: [cells][genes]. */
function expectedShares({ latents, library, codes = [] }: DrawBlock): number[][] {
  const z = Array.from(library, (_, r) => Array.from(latents.subarray(r * latentDim, (r + 1) * latentDim))); // prettier-ignore
  const block = { encoder: 'encoder', decoder: 'decoder', layers: [3, 3], likelihood: 'negative-binomial', counts: [] } as const; // prettier-ignore
  const [plain] = oracleDecode([block], z, wide(arrays));
  return plain.map((shares, r) => {
    const weights = shares.map((share, g) => {
      const offsets = tables.map((table, a) => {
        const code = codes[a]?.[r] ?? -1;
        return table === null || code < 0 ? 0 : table[code * genes + g];
      });
      return share * Math.exp(offsets.reduce((sum, offset) => sum + offset, 0));
    });
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return weights.map((weight) => weight / total);
  });
}

/** Drawn counts that differ from those that float64's shares would give. */
function otherCounts({ library }: DrawBlock, drawn: DrawnBlock, shares: number[][]): number {
  let [other, at] = [0, 0];
  shares.forEach((row, r) => {
    const found = new Float32Array(genes);
    for (const end = at + drawn.counts[r]; at < end; at++) {
      found[drawn.indices[at]] = drawn.values[at];
    }
    const means = Float32Array.from(row, (share) => share * library[r]);
    const [indices, values] = [new Uint32Array(genes), new Float32Array(genes)];
    const written = drawSparseCounts(means, theta, randomAt(seed, 6, r), indices, values);
    const wanted = new Float32Array(genes);
    for (let k = 0; k < written; k++) wanted[indices[k]] = values[k];
    other += found.filter((count, g) => count !== wanted[g]).length;
  });
  return other;
}

/** Declares the tests. @param start gives a device of their own */
export function describeLabelOffsets(where: string, start: () => Promise<ComputeDevice>): void {
  describe(`a decoder with offsets by category on ${where}`, () => {
    let device: ComputeDevice;

    beforeAll(async () => {
      device = await start();
    });

    afterAll(() => device.dispose());

    function startDecoder() {
      const decoder = createPlanBackend(device).startAutoencoder(shape, arrays, tables);
      const { draw } = decoder;
      if (draw === null) throw new RangeError('the device draws no counts');
      return { draw, dispose: () => decoder.dispose() };
    }

    async function expectShares(block: DrawBlock, drawn: DrawnBlock): Promise<void> {
      for (const [r, shares] of expectedShares(block).entries()) {
        const own = await drawn.shares(r);
        expect(largestDifference(own, shares), `cell ${r}`).toBeLessThan(3e-6 * largest(shares));
      }
    }

    it('expects the shares that float64 does, whichever attributes a cell shows, and forgets those of the cells before', async () => {
      const { draw, dispose } = startDecoder();
      const block = cellsFrom(0, 9);
      // The first cell shows none; afterwards there are fewer cells, and cells of which nothing is said.
      expect(block.codes?.map((own) => own[0])).toEqual([-1, -1, -1]);
      for (const some of [block, cellsFrom(5, 3), { ...cellsFrom(5, 2), codes: [] }]) {
        await expectShares(some, await draw(some));
      }
      dispose();
    });

    it('draws the counts that float64’s shares give, but where rounding decides, and gives all memory back', async () => {
      const before = device.bytesInUse;
      const { draw, dispose } = startDecoder();
      const block = cellsFrom(0, 60);
      const other = otherCounts(block, await draw(block), expectedShares(block));
      expect(other).toBeLessThan(2e-3 * 60 * genes);
      // Without offsets they would be others altogether.
      const plain = expectedShares({ ...block, codes: [] });
      expect(otherCounts(block, await draw(block), plain)).toBeGreaterThan(0.1 * 60 * genes);
      dispose();
      expect(device.bytesInUse).toBe(before);
    });
  });
}
