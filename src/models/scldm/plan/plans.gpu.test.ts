/** @file scLDM's plans on an emulated GPU: the same tests that the CPU passes, against the original program. */
import { describe, vi } from 'vitest';
import type { ComputeDevice } from '../../../engine/compute-device.ts';
import { hasSoftwareGpu, openSoftwareGpu } from '../../../engine/gpu/testing/gpus.ts';
import { describeSetAutoencoder } from './testing/autoencoder-suite.ts';
import { describeDenoiser } from './testing/denoiser-suite.ts';
import { describeFused, type FusedSize } from './testing/fused-suite.ts';

// Pipelines take long to build here, and longer on a busy machine.
vi.setConfig({ testTimeout: 300_000 });

const FUSED: FusedSize = {
  cells: 3,
  genes: 35,
  width: 20,
  tokens: 8,
  gated: 12,
  genesPerStep: 19,
};

let opened: Promise<ComputeDevice> | null = null;

/** One device for all: its pipelines take long to build here, and Dawn does not survive that one is ended. */
function open(): Promise<ComputeDevice> {
  opened ??= openSoftwareGpu().then((device) => {
    vi.spyOn(device, 'dispose').mockImplementation(() => undefined);
    return device;
  });
  return opened;
}

describe.runIf(hasSoftwareGpu())('scLDM on an emulated GPU', () => {
  describeSetAutoencoder('SwiftShader', open);
  describeDenoiser('SwiftShader', open, [3]);
  describeFused('SwiftShader', open, [FUSED]);
});
