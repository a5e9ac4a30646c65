/** @file The kernels of deeper networks, on an emulated GPU, against float64; nothing beside their results is written; same bits twice. */
import { beforeAll, describe, expect, it } from 'vitest';
import { DEEP_CASES } from '../kernels/testing/deep-cases.ts';
import { distance, KernelBench, type Outcome } from '../kernels/testing/kernel-bench.ts';
import type { GpuDevice } from './device.ts';
import { hasSoftwareGpu, openSoftwareGpu } from './testing/gpus.ts';
import { Places } from './testing/places.ts';

/** float32 sums in another order, and functions that may be off by some units in the last place. */
const SLACK = 4;

/** Apart, and in one buffer at odd places; deep-compile.gpu.test.ts has the third. */
const ARRANGEMENTS = ['own', 'odd'] as const;

/** float32 results of one name as bits. */
function bitsOf({ name, values }: Outcome): [string, Uint32Array] {
  return [name, new Uint32Array(Float32Array.from(values).buffer)];
}

describe.runIf(hasSoftwareGpu()).each(ARRANGEMENTS)('numbers, %s buffers', (arrangement) => {
  let device: GpuDevice;

  beforeAll(async () => {
    device = await openSoftwareGpu();
  });

  // Odd places change how operands are read, not what is computed: half of the cases meet all of that.
  const cases = DEEP_CASES.filter((_, i) => arrangement === 'own' || i % 2 === 0);

  it.each(cases)('$name', async ({ run }) => {
    const places = new Places(device, arrangement);
    const bench = new KernelBench(device, places);
    const found = await run(bench);
    for (const { name, values, expected, share } of found) {
      expect(distance(values, expected), name).toBeLessThanOrEqual(SLACK * share);
    }
    expect(await places.damaged(), 'numbers between the arguments').toBe(0);
    bench.dispose();
    const again = new KernelBench(device, new Places(device, arrangement));
    const second = await run(again);
    expect(second.map(bitsOf), 'a second time').toEqual(found.map(bitsOf));
    again.dispose();
  });
});
