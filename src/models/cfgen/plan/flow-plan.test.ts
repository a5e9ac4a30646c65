/** @file The recorded flow on the CPU, with one and more threads. */
import { startTestCpu, TEST_THREADS } from '../../../engine/cpu/testing/devices.ts';
import { describeFlowPlan } from './testing/flow-suite.ts';

for (const threads of TEST_THREADS) {
  describeFlowPlan(`${threads} threads`, () => startTestCpu(threads));
}
