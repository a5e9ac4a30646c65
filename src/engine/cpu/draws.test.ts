/** @file Drawn counts: the same as numerics draws from the same means, over all regimes, on any number of threads. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom, drawSparseCounts, randomAt } from '../../numerics/random.ts';
import type { CpuDevice } from './device.ts';
import { startTestCpu, TEST_THREADS } from './testing/devices.ts';
import { put, putWide, putWords, runKernel } from './testing/kernel-run.ts';

const [ROWS, GENES] = [37, 1013];
const random = createRandom(77);
/** Shares over many orders of magnitude, some exactly 0; dispersions from 0.01 to Poisson. */
const shares = Float32Array.from({ length: ROWS * GENES }, (_, i) =>
  i % 41 === 0 ? 0 : Math.exp(-9 + 2.5 * random.normal()),
);
const theta = Float32Array.from({ length: GENES }, (_, g) =>
  g % 31 === 0 ? Infinity : Math.exp(-4.6 + 16 * random.uniform()),
);
const library = Float64Array.from({ length: ROWS }, (_, r) => 40 * 1.25 ** r);

describe.each(TEST_THREADS)('on %i threads', (threads) => {
  let device: CpuDevice;

  beforeAll(async () => {
    device = await startTestCpu(threads);
  });

  afterAll(() => device.dispose());

  it('agrees with numerics count by count', () => {
    const keys = new Uint32Array(2 * ROWS);
    for (let r = 0; r < ROWS; r++) {
      const cell = randomAt(5, 6, r);
      keys[2 * r] = cell.uint32();
      keys[2 * r + 1] = cell.uint32();
    }
    const indices = device.allocate(ROWS * GENES);
    const values = device.allocate(ROWS * GENES);
    const counts = device.allocate(ROWS);
    runKernel(device, 'drawCounts', {
      shares: put(device, shares),
      theta: put(device, theta),
      library: putWide(device, library),
      keys: putWords(device, keys),
      rows: ROWS,
      genes: GENES,
      indices,
      values,
      counts,
    });
    let large = 0;
    for (let r = 0; r < ROWS; r++) {
      const means = shares.slice(r * GENES, (r + 1) * GENES).map((s) => s * library[r]);
      const [ownIndices, ownValues] = [new Uint32Array(GENES), new Float32Array(GENES)];
      const written = drawSparseCounts(means, theta, randomAt(5, 6, r), ownIndices, ownValues);
      large += means.filter((mean) => mean > 10).length;
      expect(device.words(counts)[r]).toBe(written);
      const at = r * GENES;
      expect(device.words(indices).slice(at, at + written)).toEqual(ownIndices.slice(0, written));
      expect(device.floats(values).slice(at, at + written)).toEqual(ownValues.slice(0, written));
    }
    expect(large).toBeGreaterThan(500);
  });
});
