/** @file The recorded set autoencoder on the processor. */
import { startTestCpu, TEST_THREADS } from '../../../engine/cpu/testing/devices.ts';
import { describeSetAutoencoder } from './testing/autoencoder-suite.ts';

for (const threads of TEST_THREADS.slice(0, 2)) {
  describeSetAutoencoder(`${threads} threads`, () => startTestCpu(threads));
}
