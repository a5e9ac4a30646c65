/** @file PAD-lite on the CPU against the original program. */
import { startTestCpu } from '../../../engine/cpu/testing/devices.ts';
import { describePad } from './testing/pad-suite.ts';

describePad(() => startTestCpu(2));
