/** @file Tests of drawn counts on any device over the grid of means and dispersions, against scipy's distributions: frequencies, means, zeros. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomAt } from '../../../numerics/random.ts';
import { loadFixture } from '../../../numerics/testing/fixture.ts';
import type { ComputeDevice } from '../../compute-device.ts';
import { KernelBench } from './kernel-bench.ts';

const folder = join(import.meta.dirname, '../../../numerics/fixtures');
const fixture = loadFixture('sampling', 'nb_moments', folder);
const [mus, thetas] = [fixture.values('mu'), fixture.values('theta')];
const PAIRS = mus.length * thetas.length;
const ROWS = 640;
const BINS = 60;

/** Counts that were drawn. */
interface Tally {
  /** Draws of each pair. */
  readonly draws: number;
  /** Draws of pair p with value k (the last bin: 60 and more), [pairs, 61]. */
  readonly seen: Float64Array;
  readonly sums: Float64Array;
}

async function tally(device: ComputeDevice, blocks: number): Promise<Tally> {
  const bench = new KernelBench(device);
  const draws = ROWS * blocks;
  const seen = new Float64Array(PAIRS * (BINS + 1));
  const sums = new Float64Array(PAIRS);
  const theta = Float32Array.from({ length: PAIRS }, (_, p) => thetas[p % thetas.length]);
  const means = Array.from({ length: PAIRS }, (_, p) => mus[Math.floor(p / thetas.length)]);
  const total = means.reduce((a, b) => a + b, 0);
  const shares = Float32Array.from({ length: ROWS * PAIRS }, (_, i) => means[i % PAIRS] / total);
  const [indices, values] = [bench.blank(ROWS * PAIRS), bench.blank(ROWS * PAIRS)];
  const counts = bench.blank(ROWS);
  const [keys, library] = [bench.blank(2 * ROWS), bench.wide(ROWS)];
  device.writeWide(library, new Float64Array(ROWS).fill(total));
  const given = { shares: bench.put(shares), theta: bench.put(theta), library, keys };
  for (let p = 0; p < PAIRS; p++) seen[p * (BINS + 1)] = draws;
  for (let block = 0; block < blocks; block++) {
    const words = new Uint32Array(2 * ROWS);
    for (let r = 0; r < ROWS; r++) {
      const cell = randomAt(2024, 6, block * ROWS + r);
      words.set([cell.uint32(), cell.uint32()], 2 * r);
    }
    device.writeWords(keys, words);
    bench.call('drawCounts', { ...given, rows: ROWS, genes: PAIRS, indices, values, counts });
    const lengths = await device.readWords(counts);
    const [pairs, drawn] = [await device.readWords(indices), await bench.read(values)];
    lengths.forEach((length, r) => {
      for (let k = r * PAIRS; k < r * PAIRS + length; k++) {
        sums[pairs[k]] += drawn[k];
        seen[pairs[k] * (BINS + 1)]--;
        seen[pairs[k] * (BINS + 1) + Math.min(BINS, drawn[k])]++;
      }
    });
  }
  bench.dispose();
  return { draws, seen, sums };
}

/** Declares the tests. @param start gives a device of their own @param blocks each draws 640 counts of each of 64 pairs */
export function describeDraws(
  name: string,
  start: () => Promise<ComputeDevice>,
  blocks: number,
): void {
  const million = ((PAIRS * ROWS * blocks) / 1e6).toFixed(2);
  describe(`${million} million counts on ${name}`, () => {
    let device: ComputeDevice;
    let drawn: Tally;

    beforeAll(async () => {
      device = await start();
      drawn = await tally(device, blocks);
    }, 240_000);

    afterAll(() => device.dispose());

    it('have the frequencies of every pair (chi-square)', () => {
      const { draws, seen } = drawn;
      const pmf = fixture.values('pmf');
      for (let pair = 0; pair < PAIRS; pair++) {
        let [statistic, bins, expected, found, rest] = [0, 0, 0, 0, 1];
        const close = (): void => {
          statistic += (found - expected) ** 2 / expected;
          bins++;
          [expected, found] = [0, 0];
        };
        for (let k = 0; k < BINS; k++) {
          expected += pmf[pair * BINS + k] * draws;
          found += seen[pair * (BINS + 1) + k];
          rest -= pmf[pair * BINS + k];
          if (expected >= 5 && rest * draws >= 5) close();
        }
        expected += Math.max(0, rest) * draws;
        found += seen[pair * (BINS + 1) + BINS];
        if (expected >= 5) close();
        const freedom = bins - 1;
        if (freedom < 1) continue;
        // Wilson and Hilferty: the cube root of χ²/freedom is nearly normal. 4.5 standard deviations, 64 pairs.
        const root = Math.cbrt(statistic / freedom);
        const z = (root - (1 - 2 / (9 * freedom))) / Math.sqrt(2 / (9 * freedom));
        expect(z, `mean ${mus[Math.floor(pair / thetas.length)]}, pair ${pair}`).toBeLessThan(4.5);
      }
    });

    it('have the means and the shares of zeros of every pair', () => {
      const { draws, seen, sums } = drawn;
      const [mean, variance, zeros] = ['mean', 'variance', 'p0'].map((key) => fixture.values(key));
      for (let pair = 0; pair < PAIRS; pair++) {
        const z = (sums[pair] / draws - mean[pair]) / Math.sqrt(variance[pair] / draws);
        expect(Math.abs(z), `mean of pair ${pair}`).toBeLessThan(5);
        const p0 = zeros[pair];
        const spread = Math.sqrt(Math.max((p0 * (1 - p0)) / draws, 1 / draws ** 2));
        const share = seen[pair * (BINS + 1)] / draws;
        expect(Math.abs(share - p0) / spread, `zeros of pair ${pair}`).toBeLessThan(5);
      }
    });
  });
}
