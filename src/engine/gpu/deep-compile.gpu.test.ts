/** @file The kernels of deeper networks pass the checks of a WebGPU implementation, however their arguments lie; nothing is computed. */
import { beforeAll, describe, expect, it } from 'vitest';
import { DEEP_CASES } from '../kernels/testing/deep-cases.ts';
import { KernelBench } from '../kernels/testing/kernel-bench.ts';
import type { GpuDevice } from './device.ts';
import { openNullGpu } from './testing/gpus.ts';
import { ARRANGEMENTS, Places } from './testing/places.ts';

describe.each(ARRANGEMENTS)('checks, %s buffers', (arrangement) => {
  let device: GpuDevice;

  beforeAll(async () => {
    device = await openNullGpu();
  });

  it.each(DEEP_CASES)('$name', async ({ run }) => {
    device.gpu.pushErrorScope('validation');
    const bench = new KernelBench(device, new Places(device, arrangement));
    await run(bench);
    const error = await device.gpu.popErrorScope();
    expect(error?.message ?? null).toBeNull();
    bench.dispose();
  });
});
