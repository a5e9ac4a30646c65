/** @file CPU devices for tests: one per number of threads, shared by the tests of a file. */
import { CpuDevice } from '../device.ts';
import { nodeCpuHost } from '../node-host.ts';

/** Numbers of threads that the tests run with: alone, a pair, and more than most work can be split into. */
export const TEST_THREADS = [1, 2, 3] as const;

/** Starts a device for tests. */
export function startTestCpu(threads = 1): Promise<CpuDevice> {
  return CpuDevice.start(nodeCpuHost(threads));
}
