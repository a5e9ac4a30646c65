/** @file Gradients of gene logits on an emulated GPU whose bindings are so small that genes go in several chunks, and sums over them in pieces. */
import { describe, expect, it, vi } from 'vitest';
import { distance, KernelBench } from '../kernels/testing/kernel-bench.ts';
import { GENE_CASES } from '../kernels/testing/gene-cases.ts';
import { GpuDevice } from './device.ts';
import { hasSoftwareGpu, openSoftwareGpu } from './testing/gpus.ts';

// Pipelines take long to build here, and longer on a busy machine.
vi.setConfig({ testTimeout: 300_000 });

/** Two cases: five chunks of 32 genes in three pieces, and nine of 8 in eight. */
const CASES = GENE_CASES.filter(({ name }) => /^logits of (131|65) /.test(name));

/** float32 sums in another order, and functions that may be off by some units in the last place. */
const SLACK = 4;

describe.runIf(hasSoftwareGpu())('bindings of 90 KB', () => {
  it.each(CASES)('$name', async ({ run }) => {
    const { gpu } = await openSoftwareGpu();
    const device = new GpuDevice(gpu, 'small', undefined, { bindingBytes: 90 * 1024 });
    const bench = new KernelBench(device);
    for (const { name, values, expected, share } of await run(bench)) {
      expect(distance(values, expected), name).toBeLessThanOrEqual(SLACK * share);
    }
    bench.dispose();
  });
});
