/** @file The kernels of deeper networks on the CPU device: norms, activations, attention, likelihoods; same bits on any number of threads. */
import { setFlagsFromString } from 'node:v8';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KERNELS } from '../kernels/list.ts';
import { ATTENTION_KERNELS } from '../kernels/list-attention.ts';
import { DIFFERENTIAL_KERNELS } from '../kernels/list-differential.ts';
import { FEED_KERNELS } from '../kernels/list-feed.ts';
import { GENE_KERNELS } from '../kernels/list-genes.ts';
import { ROW_KERNELS } from '../kernels/list-rows.ts';
import { DEEP_CASES } from '../kernels/testing/deep-cases.ts';
import { distance, KernelBench } from '../kernels/testing/kernel-bench.ts';
import { CpuDevice } from './device.ts';
import { nodeCpuHost } from './node-host.ts';
import { startTestCpu, TEST_THREADS } from './testing/devices.ts';

// Browsers have fused multiply-adds; Node is asked for them where it has them behind a flag.
setFlagsFromString('--experimental-wasm-relaxed-simd');

/** What one thread gave, by case and result. */
const alone = new Map<string, number[]>();

describe.each(TEST_THREADS)('on %i threads', (threads) => {
  let device: CpuDevice;

  beforeAll(async () => {
    device = await startTestCpu(threads);
    expect(device.binary).toMatch('relaxed');
  });

  afterAll(() => device.dispose());

  it.each(DEEP_CASES)('$name', async ({ name, run }) => {
    const bench = new KernelBench(device);
    for (const outcome of await run(bench)) {
      const values = Array.from(outcome.values);
      expect(distance(values, outcome.expected), outcome.name).toBeLessThanOrEqual(outcome.share);
      const key = `${name}: ${outcome.name}`;
      if (threads === 1) alone.set(key, values);
      expect(values, `${outcome.name} on one thread`).toEqual(alone.get(key));
    }
    bench.dispose();
  });
});

describe('without relaxed SIMD', () => {
  let device: CpuDevice;

  beforeAll(async () => {
    const host = nodeCpuHost(1);
    device = await CpuDevice.start({ ...host, binary: () => host.binary('simd') });
  });

  afterAll(() => device.dispose());

  it.each(DEEP_CASES)('$name', async ({ run }) => {
    const bench = new KernelBench(device);
    for (const { name, values, expected, share } of await run(bench)) {
      expect(distance(values, expected), name).toBeLessThanOrEqual(share);
    }
    bench.dispose();
  });
});

it('every kernel of these families has a case, and numbers go on where the first ones end', () => {
  const own = [
    ROW_KERNELS,
    ATTENTION_KERNELS,
    FEED_KERNELS,
    GENE_KERNELS,
    DIFFERENTIAL_KERNELS,
  ].flatMap((table) => Object.keys(table));
  const tried = new Set<string>(DEEP_CASES.flatMap(({ kernels }) => kernels));
  expect(own.filter((name) => !tried.has(name))).toEqual([]);
  expect(Object.keys(KERNELS).slice(31)).toEqual(own);
});
