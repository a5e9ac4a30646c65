/** @file A million drawn counts on an emulated GPU against scipy's distributions. */
import { describe, vi } from 'vitest';
import { describeDraws } from '../kernels/testing/draw-suite.ts';
import { hasSoftwareGpu, openSoftwareGpu } from './testing/gpus.ts';

/** A device that is never ended: Dawn does not survive that here. */
async function open() {
  const device = await openSoftwareGpu();
  vi.spyOn(device, 'dispose').mockImplementation(() => undefined);
  return device;
}

describe.runIf(hasSoftwareGpu())('drawn counts', () => describeDraws('a GPU', open, 25));
