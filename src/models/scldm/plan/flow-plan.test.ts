/** @file The recorded velocity transformer on the processor. */
import { startTestCpu, TEST_THREADS } from '../../../engine/cpu/testing/devices.ts';
import { describeDenoiser } from './testing/denoiser-suite.ts';

for (const threads of TEST_THREADS.slice(0, 2)) {
  describeDenoiser(`${threads} threads`, () => startTestCpu(threads), [0, 1, 3]);
}
