/** @file The CPU device in Node computes with fused multiply-adds once it was asked to, on one thread and on several. */
import { expect, it } from 'vitest';
import { CpuDevice } from './device.ts';
import { askForRelaxedSimd, nodeCpuHost } from './node-host.ts';

it.each([
  [1, 'relaxed'],
  [2, 'relaxed-threads'],
])('on %i threads', async (threads, binary) => {
  askForRelaxedSimd();
  const device = await CpuDevice.start(nodeCpuHost(threads));
  expect(device.binary).toBe(binary);
  expect(device.threads).toBe(threads);
  device.dispose();
});
