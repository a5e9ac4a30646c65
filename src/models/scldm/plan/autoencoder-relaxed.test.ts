/** @file The recorded set autoencoder with fused multiply-adds, as browsers have them; Node is asked for them where it has them behind a flag. */
import { setFlagsFromString } from 'node:v8';
import { expect, it } from 'vitest';
import { startTestCpu } from '../../../engine/cpu/testing/devices.ts';
import { describeSetAutoencoder } from './testing/autoencoder-suite.ts';

setFlagsFromString('--experimental-wasm-relaxed-simd');

it('computes with fused multiply-adds here', async () => {
  const device = await startTestCpu();
  expect(device.binary).toBe('relaxed');
  device.dispose();
});

describeSetAutoencoder('1 thread, relaxed SIMD', () => startTestCpu());
