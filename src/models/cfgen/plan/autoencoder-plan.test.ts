/** @file The recorded autoencoder on the CPU, with one and more threads. */
import { expect, it } from 'vitest';
import { startTestCpu, TEST_THREADS } from '../../../engine/cpu/testing/devices.ts';
import { describeAutoencoderPlan } from './testing/autoencoder-suite.ts';

for (const threads of TEST_THREADS) {
  describeAutoencoderPlan(`${threads} threads`, () => startTestCpu(threads));
}

it.each(TEST_THREADS)('runs on the %i threads asked for', async (threads) => {
  const device = await startTestCpu(threads);
  expect(device.threads).toBe(threads);
  device.dispose();
});
