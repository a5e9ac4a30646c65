/** @file Every kernel with every variant and way to lie in memory passes the checks of a WebGPU implementation; nothing is computed. */
import { beforeAll, describe, expect, it } from 'vitest';
import { COUNT_KERNELS } from '../kernels/list-counts.ts';
import { KERNELS, type KernelName } from '../kernels/list.ts';
import type { GpuDevice } from './device.ts';
import { GPU_KERNELS } from './kernels/index.ts';
import { kernelCases, recordCase } from './testing/cases.ts';
import { openNullGpu } from './testing/gpus.ts';
import { ARRANGEMENTS, Places } from './testing/places.ts';

let device: GpuDevice;

beforeAll(async () => {
  device = await openNullGpu();
});

/** What the implementation says against some commands. */
async function complaints(commands: () => void): Promise<string | null> {
  device.gpu.pushErrorScope('validation');
  commands();
  return (await device.gpu.popErrorScope())?.message ?? null;
}

describe('every kernel', () => {
  it('has a version for the GPU', () => {
    expect(Object.keys(GPU_KERNELS).sort()).toEqual(Object.keys(KERNELS).sort());
  });

  it('has a case here, but for those of deeper networks, which have their own file', () => {
    const tried = new Set(kernelCases().map((c) => c.kernel));
    expect(Object.keys(COUNT_KERNELS).filter((name) => !tried.has(name as KernelName))).toEqual([]);
  });

  it.each(ARRANGEMENTS)('compiles and binds, %s buffers', async (arrangement) => {
    for (const one of kernelCases()) {
      const places = new Places(device, arrangement);
      const said = await complaints(() => {
        const program = device.compile(recordCase(one, places));
        program.run();
        program.dispose();
      });
      expect(said, one.name).toBeNull();
      places.free();
    }
  });
});

describe('the checks find', () => {
  it('a shader that is wrong', async () => {
    const code = 'fn main() { let x: f32 = 1u; }';
    expect(await complaints(() => device.gpu.createShaderModule({ code }))).toMatch(/f32|type/);
  });

  it('a barrier that only some lanes reach', async () => {
    const code = `@compute @workgroup_size(64) fn main(@builtin(local_invocation_index) lane: u32) {
  if (lane > 3u) { workgroupBarrier(); }
}`;
    expect(await complaints(() => device.gpu.createShaderModule({ code }))).toMatch(/uniform/);
  });
});
