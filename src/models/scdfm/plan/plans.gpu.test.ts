/** @file scDFM's plans on an emulated GPU: the tests that the CPU passes. */
import { describe, vi } from 'vitest';
import { hasSoftwareGpu, openSoftwareGpu } from '../../../engine/gpu/testing/gpus.ts';
import { describePad } from './testing/pad-suite.ts';

describe.runIf(hasSoftwareGpu())('on an emulated GPU', () => {
  describePad(async () => {
    const device = await openSoftwareGpu();
    // Dawn does not survive that one is ended.
    vi.spyOn(device, 'dispose').mockImplementation(() => undefined);
    return device;
  }, true);
});
