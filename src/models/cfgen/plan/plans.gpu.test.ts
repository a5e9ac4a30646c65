/** @file CFGen's plans on an emulated GPU: the same tests that the CPU passes, against the original program and plain tensors. */
import { describe, vi } from 'vitest';
import type { ComputeDevice } from '../../../engine/compute-device.ts';
import { hasSoftwareGpu, openSoftwareGpu } from '../../../engine/gpu/testing/gpus.ts';
import { describeAutoencoderPlan } from './testing/autoencoder-suite.ts';
import { describeBackends } from './testing/backends-suite.ts';
import { describeFlowPlan } from './testing/flow-suite.ts';

let opened: Promise<ComputeDevice> | null = null;

/** One device for all: its pipelines take long to build here, and Dawn does not survive that one is ended. */
function open(): Promise<ComputeDevice> {
  opened ??= openSoftwareGpu().then((device) => {
    vi.spyOn(device, 'dispose').mockImplementation(() => undefined);
    return device;
  });
  return opened;
}

describe.runIf(hasSoftwareGpu())('on an emulated GPU', () => {
  describeAutoencoderPlan('a GPU', open);
  describeFlowPlan('a GPU', open);
  describeBackends('a GPU', open);
});
