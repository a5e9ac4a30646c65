/** @file CFGen as a registered model. Source: Palma et al., "Multi-modal and multi-attribute generation of single cells with CFGen", ICLR 2025. */
import { memorySource } from '../../numerics/csr-source.ts';
import { Breather } from '../../engine/run-control.ts';
import type { ModelFamily, ModelRuntime, TrainedModel } from '../trained-model.ts';
import { decodeCounts } from './decode.ts';
import { CfgenRuntime, whiten } from './model.ts';
import { presentBackend } from './present-backend.ts';
import { sampleCells } from './sample.ts';
import { trainCfgen } from './train.ts';
import { transportCells } from './transport.ts';

/** Training and use of CFGen. */
export const cfgenFamily: ModelFamily = {
  id: 'cfgen',
  name: 'CFGen',
  source: 'Palma et al., ICLR 2025',
  train: trainCfgen,
  start: startCfgen,
};

function startCfgen(model: TrainedModel): ModelRuntime {
  const backend = presentBackend();
  const runtime = new CfgenRuntime(model.body, backend);
  return {
    sample: (request, signal) => sampleCells(model.body, runtime.velocity, request, signal),
    transport: (request, signal) =>
      transportCells(
        model.body,
        { own: runtime.velocity, start: (shape, arrays) => backend.startVelocity(shape, arrays) },
        request,
        signal,
      ),
    encode: async (counts) => {
      const breather = new Breather(null);
      const latents = await runtime.autoencoder.encode(memorySource(counts), () =>
        breather.breathe(),
      );
      return whiten(latents, model.body.whitening);
    },
    decode: ({ latents, logLibrary, seed, first }, signal) => {
      const breather = new Breather(signal);
      return decodeCounts(runtime, { latents, logLibrary, seed, first }, () => breather.breathe());
    },
    dispose: () => runtime.dispose(),
  };
}
