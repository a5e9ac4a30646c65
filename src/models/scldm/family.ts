/** @file scLDM as a registered model. Source: Palla et al., "Scalable single-cell gene expression generation with latent diffusion models", arXiv 2511.02986. */
import { memorySource } from '../../numerics/csr-source.ts';
import { Breather } from '../../engine/run-control.ts';
import { allShares, decodeCounts } from '../decoding/decode.ts';
import { whiten } from '../flow/sampled-model.ts';
import { sampleCells } from '../flow/sample.ts';
import { transportCells } from '../flow/transport.ts';
import {
  otherFamily,
  type ModelFamily,
  type ModelRuntime,
  type TrainedModel,
} from '../trained-model.ts';
import { sampledModel, ScldmRuntime } from './model.ts';
import { readyDevice } from '../ready-device.ts';
import { Velocity } from './plan/runtimes.ts';
import { trainScldm } from './train.ts';

/** Training and use of scLDM. */
export const scldmFamily: ModelFamily = {
  id: 'scldm',
  name: 'scLDM',
  source: 'Palla et al., arXiv 2511.02986',
  train: trainScldm,
  start: startScldm,
};

function startScldm({ body }: TrainedModel): ModelRuntime {
  if (body.family !== 'scldm') throw otherFamily('scLDM');
  const runtime = new ScldmRuntime(body, readyDevice());
  const sampled = sampledModel(body);
  return {
    sample: (request, signal) => sampleCells(sampled, runtime.velocity, request, signal),
    transport: (request, signal, onEvent) =>
      transportCells(
        sampled,
        {
          own: runtime.velocity,
          start: ({ architecture: { denoiser, categories }, flow }) =>
            new Velocity(readyDevice(), { ...denoiser, categories }, flow),
        },
        request,
        signal,
        onEvent,
      ),
    shares: (latents) => allShares(runtime, latents),
    encode: async (counts) => {
      const breather = new Breather(null);
      const latents = await runtime.autoencoder.encode(memorySource(counts), () =>
        breather.breathe(),
      );
      return whiten(latents, body.whitening);
    },
    decode: (cells, signal) => {
      const breather = new Breather(signal);
      return decodeCounts(runtime, cells, () => breather.breathe());
    },
    dispose: () => runtime.dispose(),
  };
}
