/** @file Plans on the CPU against plain tensors, behind the same interface. */
import { startTestCpu } from '../../../engine/cpu/testing/devices.ts';
import { describeBackends } from './testing/backends-suite.ts';

describeBackends('2 threads', () => startTestCpu(2));
