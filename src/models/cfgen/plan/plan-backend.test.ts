/** @file Plans on the CPU against plain tensors, behind the same interface; with batches from the host and picked on the device. */
import { startTestCpu } from '../../../engine/cpu/testing/devices.ts';
import { withDataBudget } from '../../../engine/testing/data-budget.ts';
import { describeBackends } from './testing/backends-suite.ts';

describeBackends('2 threads', () => startTestCpu(2));
describeBackends('2 threads that keep the counts', async () => {
  return withDataBudget(await startTestCpu(2), 2 ** 20);
});
