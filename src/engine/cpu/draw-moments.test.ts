/** @file A million drawn counts on the CPU against scipy's distributions. */
import { describeDraws } from '../kernels/testing/draw-suite.ts';
import { startTestCpu } from './testing/devices.ts';

describeDraws('2 threads', () => startTestCpu(2), 25);
