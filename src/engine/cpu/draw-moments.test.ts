/** @file A million drawn counts over the grid of means and dispersions against scipy's distributions: frequencies, means, zeros. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomAt } from '../../numerics/random.ts';
import { loadFixture } from '../../numerics/testing/fixture.ts';
import type { CpuDevice } from './device.ts';
import { startTestCpu } from './testing/devices.ts';
import { put, putWide, putWords, runKernel } from './testing/kernel-run.ts';

const folder = join(import.meta.dirname, '../../numerics/fixtures');
const fixture = loadFixture('sampling', 'nb_moments', folder);
const [mus, thetas] = [fixture.values('mu'), fixture.values('theta')];
const PAIRS = mus.length * thetas.length;
const [ROWS, BLOCKS] = [640, 25];
const DRAWS = ROWS * BLOCKS;
const BINS = 60;

describe('a million counts', () => {
  let device: CpuDevice;
  /** Draws of pair p with value k (the last bin: 60 and more), [pairs, 61]. */
  const seen = new Float64Array(PAIRS * (BINS + 1));
  const sums = new Float64Array(PAIRS);

  beforeAll(async () => {
    device = await startTestCpu(2);
    const theta = Float32Array.from({ length: PAIRS }, (_, p) => thetas[p % thetas.length]);
    const means = Array.from({ length: PAIRS }, (_, p) => mus[Math.floor(p / thetas.length)]);
    const total = means.reduce((a, b) => a + b, 0);
    const shares = Float32Array.from({ length: ROWS * PAIRS }, (_, i) => means[i % PAIRS] / total);
    const room = (): ReturnType<CpuDevice['allocate']> => device.allocate(ROWS * PAIRS);
    const [indices, values, counts] = [room(), room(), device.allocate(ROWS)];
    const rest = {
      shares: put(device, shares),
      theta: put(device, theta),
      library: putWide(device, new Float64Array(ROWS).fill(total)),
      rows: ROWS,
      genes: PAIRS,
      indices,
      values,
      counts,
    };
    seen.forEach((_, i) => (seen[i] = i % (BINS + 1) === 0 ? DRAWS : 0));
    for (let block = 0; block < BLOCKS; block++) {
      const keys = new Uint32Array(2 * ROWS);
      for (let r = 0; r < ROWS; r++) {
        const cell = randomAt(2024, 6, block * ROWS + r);
        keys.set([cell.uint32(), cell.uint32()], 2 * r);
      }
      runKernel(device, 'drawCounts', { ...rest, keys: putWords(device, keys) });
      for (let r = 0; r < ROWS; r++) {
        for (let k = 0; k < device.words(counts)[r]; k++) {
          const pair = device.words(indices)[r * PAIRS + k];
          const value = device.floats(values)[r * PAIRS + k];
          sums[pair] += value;
          seen[pair * (BINS + 1)]--;
          seen[pair * (BINS + 1) + Math.min(BINS, value)]++;
        }
      }
    }
  });

  afterAll(() => device.dispose());

  it(`are ${PAIRS * DRAWS} draws`, () => {
    expect(PAIRS * DRAWS).toBeGreaterThan(1e6);
  });

  it('have the frequencies of every pair (chi-square)', () => {
    const pmf = fixture.values('pmf');
    for (let pair = 0; pair < PAIRS; pair++) {
      let [statistic, bins, expected, found, rest] = [0, 0, 0, 0, 1];
      const close = (): void => {
        statistic += (found - expected) ** 2 / expected;
        bins++;
        [expected, found] = [0, 0];
      };
      for (let k = 0; k < BINS; k++) {
        expected += pmf[pair * BINS + k] * DRAWS;
        found += seen[pair * (BINS + 1) + k];
        rest -= pmf[pair * BINS + k];
        if (expected >= 5 && rest * DRAWS >= 5) close();
      }
      expected += Math.max(0, rest) * DRAWS;
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
    const [mean, variance, zeros] = ['mean', 'variance', 'p0'].map((key) => fixture.values(key));
    for (let pair = 0; pair < PAIRS; pair++) {
      const z = (sums[pair] / DRAWS - mean[pair]) / Math.sqrt(variance[pair] / DRAWS);
      expect(Math.abs(z), `mean of pair ${pair}`).toBeLessThan(5);
      const p0 = zeros[pair];
      const spread = Math.sqrt(Math.max((p0 * (1 - p0)) / DRAWS, 1 / DRAWS ** 2));
      const share = seen[pair * (BINS + 1)] / DRAWS;
      expect(Math.abs(share - p0) / spread, `zeros of pair ${pair}`).toBeLessThan(5);
    }
  });
});
