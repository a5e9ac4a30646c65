/** @file CFGen's plans on an emulated GPU: the same tests that the CPU passes, against the original program and plain tensors. */
import { describe, expect, it, vi } from 'vitest';
import type { ComputeDevice } from '../../../engine/compute-device.ts';
import type { GpuDevice } from '../../../engine/gpu/device.ts';
import { hasSoftwareGpu, openSoftwareGpu } from '../../../engine/gpu/testing/gpus.ts';
import { memorySource } from '../../../numerics/csr-source.ts';
import { csrFromDense } from '../../../numerics/csr.ts';
import { createRandom } from '../../../numerics/random.ts';
import { createConfig } from '../config.ts';
import { separateConditions } from '../../flow/flow-choice.ts';
import { initialAutoencoder, initialVelocity } from '../initial-weights.ts';
import { createPlanBackend } from './plan-backend.ts';
import { describeAutoencoderPlan } from './testing/autoencoder-suite.ts';
import { describeBlocks } from './testing/blocks-suite.ts';
import { describeBackends } from './testing/backends-suite.ts';
import { describeFlowPlan } from './testing/flow-suite.ts';
import { describeLabelOffsets } from './testing/label-offsets-suite.ts';

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
  it('a step of each stage is one submission, the noise and the picking of the cells included', async () => {
    const device = await open();
    const { queue } = (device as GpuDevice).gpu;
    const submit = vi.spyOn(queue, 'submit');
    const backend = createPlanBackend(device);
    const cells = Uint32Array.from({ length: 8 }, (_, i) => i);
    const config = createConfig({
      recipe: 'recommended',
      genes: 9,
      trainingCells: 8,
      categories: [2],
      maxEpochs: null,
      flowSteps: null,
    });
    const shape = { genes: 9, hidden: [8, 4], latentDim: 4 };
    const dense = Float32Array.from({ length: 72 }, (_, i) => (i * 7) % 4);
    const autoencoder = backend.learnAutoencoder({
      shape,
      recipe: config.autoencoder,
      initial: initialAutoencoder(shape, createRandom(1), config.autoencoder.logTheta),
      counts: memorySource(csrFromDense(8, 9, dense)),
      rows: 8,
    });
    const velocity = { dims: 5, hidden: 8, embedding: 8, blocks: 2, categories: [2] };
    const flow = backend.learnFlow({
      shape: velocity,
      recipe: { ...config.flow, batch: 8 },
      initial: initialVelocity(velocity, createRandom(2)),
      latents: dense.slice(0, 40),
      codes: [Int32Array.from(cells, (i) => i % 2)],
    });
    const noise = { seed: 1, stream: 2, row: 3 };
    const times = Float64Array.from(cells, (i) => i / 8);
    const batch = {
      ...separateConditions(
        cells,
        cells.map((i) => i % 2),
        times,
      ),
      noise,
    };
    const steps = [() => autoencoder.step(cells, 1e-3, noise), () => flow.step(batch, 1e-3)];
    for (const step of steps) {
      step();
      const before = submit.mock.calls.length;
      for (let i = 0; i < 3; i++) step();
      expect(submit.mock.calls.length - before).toBe(3);
    }
    expect(Number.isFinite(await autoencoder.takeLoss())).toBe(true);
    expect(Number.isFinite(await flow.takeLoss())).toBe(true);
    autoencoder.dispose();
    flow.dispose();
    submit.mockRestore();
  });

  describeAutoencoderPlan('a GPU', open);
  describeBlocks('a GPU', open);
  describeFlowPlan('a GPU', open);
  describeBackends('a GPU', open);
  describeLabelOffsets('a GPU', open);
});
