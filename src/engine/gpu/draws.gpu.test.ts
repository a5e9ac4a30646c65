/** @file Drawn counts on an emulated GPU: those of numerics but where float32 rounding decides, over all regimes; and their moments. */
import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom, drawSparseCounts, randomAt } from '../../numerics/random.ts';
import type { GpuDevice } from './device.ts';
import { hasSoftwareGpu, openSoftwareGpu } from './testing/gpus.ts';
import { runKernel } from './testing/kernel-run.ts';
import { Places } from './testing/places.ts';

interface Drawn {
  readonly counts: Uint32Array;
  readonly indices: Uint32Array;
  readonly values: Float32Array;
}

function keysOf(rows: number): Uint32Array {
  const keys = new Uint32Array(2 * rows);
  for (let r = 0; r < rows; r++) {
    const cell = randomAt(5, 6, r);
    keys[2 * r] = cell.uint32();
    keys[2 * r + 1] = cell.uint32();
  }
  return keys;
}

describe.runIf(hasSoftwareGpu())('drawn counts', () => {
  let device: GpuDevice;

  beforeAll(async () => {
    device = await openSoftwareGpu();
  });

  async function draw(
    shares: Float32Array,
    theta: Float32Array,
    library: Float64Array,
    arrangement: 'own' | 'odd' = 'own',
  ): Promise<Drawn> {
    const [rows, genes] = [library.length, theta.length];
    const places = new Places(device, arrangement);
    const [indices, values] = [places.room(rows * genes), places.room(rows * genes)];
    const counts = places.room(rows);
    runKernel(device, 'drawCounts', {
      shares: places.floats(shares),
      theta: places.floats(theta),
      library: places.wide(library),
      keys: places.words(keysOf(rows)),
      rows,
      genes,
      indices,
      values,
      counts,
    });
    const drawn = {
      counts: await device.readWords(counts),
      indices: await device.readWords(indices),
      values: await device.read(values),
    };
    expect(await places.damaged()).toBe(0);
    places.free();
    return drawn;
  }

  it('are those of numerics', async () => {
    const [rows, genes] = [37, 1013];
    const random = createRandom(77);
    const shares = Float32Array.from({ length: rows * genes }, (_, i) =>
      i % 41 === 0 ? 0 : Math.exp(-9 + 2.5 * random.normal()),
    );
    const theta = Float32Array.from({ length: genes }, (_, g) =>
      g % 31 === 0 ? Infinity : Math.exp(-4.6 + 16 * random.uniform()),
    );
    const library = Float64Array.from({ length: rows }, (_, r) => 40 * 1.25 ** r);
    const drawn = await draw(shares, theta, library);
    let [same, other, large] = [0, 0, 0];
    for (let r = 0; r < rows; r++) {
      const means = shares.slice(r * genes, (r + 1) * genes).map((s) => s * library[r]);
      const [indices, values] = [new Uint32Array(genes), new Float32Array(genes)];
      const written = drawSparseCounts(means, theta, randomAt(5, 6, r), indices, values);
      const expected = new Float32Array(genes);
      for (let k = 0; k < written; k++) expected[indices[k]] = values[k];
      const found = new Float32Array(genes);
      for (let k = 0; k < drawn.counts[r]; k++) {
        const at = r * genes + k;
        if (k > 0) expect(drawn.indices[at]).toBeGreaterThan(drawn.indices[at - 1]);
        found[drawn.indices[at]] = drawn.values[at];
      }
      for (let g = 0; g < genes; g++) {
        if (expected[g] === 0 && found[g] === 0) continue;
        if (means[g] > 10) large++;
        // Counts of many thousands are known to seven digits.
        const close = Math.abs(found[g] - expected[g]) <= 1e-6 * expected[g];
        if (close) same++;
        else other++;
      }
    }
    console.log(`${same} counts as in numerics, ${other} other`);
    expect(large).toBeGreaterThan(500);
    expect(other).toBeLessThan(2e-3 * same);
    expect((await draw(shares, theta, library)).values).toEqual(drawn.values);
    expect((await draw(shares, theta, library, 'odd')).values).toEqual(drawn.values);
  }, 120_000);

  it('have the mean and variance of the negative binomial', async () => {
    const [rows, genes] = [16, 4096];
    for (const [mean, theta] of [
      [0.02, 0.3],
      [0.7, 2],
      [6, 0.2],
      [40, 5],
      [900, 1e4],
    ]) {
      const shares = new Float32Array(rows * genes).fill(mean / 1000);
      const thetas = new Float32Array(genes).fill(theta);
      const drawn = await draw(shares, thetas, new Float64Array(rows).fill(1000));
      let [sum, squares] = [0, 0];
      for (let r = 0; r < rows; r++) {
        for (let k = 0; k < drawn.counts[r]; k++) {
          sum += drawn.values[r * genes + k];
          squares += (drawn.values[r * genes + k] - mean) ** 2;
        }
        squares += (genes - drawn.counts[r]) * mean ** 2;
      }
      const count = rows * genes;
      const variance = mean + mean ** 2 / theta;
      expect(Math.abs(sum / count - mean) / Math.sqrt(variance / count)).toBeLessThan(4);
      // Kurtosis of gamma–Poisson: 3 + 6 / θ + 1 / variance.
      const spread = Math.sqrt((2 + 6 / theta + 1 / variance) / count);
      expect(Math.abs(squares / count / variance - 1)).toBeLessThan(5 * spread);
    }
  }, 120_000);
});
