/** @file Counts drawn with offsets by category on the CPU, alone and by two threads. */
import { startTestCpu } from '../../../engine/cpu/testing/devices.ts';
import { describeLabelOffsets } from './testing/label-offsets-suite.ts';

describeLabelOffsets('one thread', () => startTestCpu(1));
describeLabelOffsets('two threads', () => startTestCpu(2));
