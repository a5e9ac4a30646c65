/** @file CFGen as a registered model. Source: Palma et al., "Multi-modal and multi-attribute generation of single cells with CFGen", ICLR 2025. */
import { memorySource } from '../../numerics/csr-source.ts';
import type { CsrMatrix } from '../../numerics/csr.ts';
import { Breather } from '../../engine/run-control.ts';
import {
  otherFamily,
  type ModelFamily,
  type ModelRuntime,
  type TrainedModel,
} from '../trained-model.ts';
import { blocksOf, type Block } from '../decoding/blocks.ts';
import { allShares, decodeCounts } from '../decoding/decode.ts';
import { autoencoderShape, CfgenRuntime, velocityShape } from './model.ts';
import { whiten } from '../flow/sampled-model.ts';
import { presentBackend } from './present-backend.ts';
import { sampleCells } from '../flow/sample.ts';
import { trainCfgen } from './train.ts';
import { transportCells } from '../flow/transport.ts';

/** Training and use of CFGen. */
export const cfgenFamily: ModelFamily = {
  id: 'cfgen',
  name: 'CFGen',
  source: 'Palma et al., ICLR 2025',
  train: trainCfgen,
  start: startCfgen,
};

function startCfgen({ body }: TrainedModel): ModelRuntime {
  if (body.family !== 'cfgen') throw otherFamily('CFGen');
  const backend = presentBackend();
  const runtime = new CfgenRuntime(body, backend);
  return {
    sample: (request, signal) => sampleCells(body, runtime.velocity, request, signal),
    transport: (request, signal, onEvent) =>
      transportCells(
        body,
        {
          own: runtime.velocity,
          start: ({ architecture, flow }) =>
            backend.startVelocity(velocityShape(architecture), flow),
        },
        request,
        signal,
        onEvent,
      ),
    // Only genes have shares; what is expected of peaks is another thing.
    ...(body.architecture.modalities === undefined
      ? { shares: (latents: Float32Array) => allShares(runtime, latents) }
      : {}),
    encode: async (counts) => {
      const breather = new Breather(null);
      const present = presentFeatures(counts, blocksOf(autoencoderShape(body.architecture)));
      const latents = await runtime.autoencoder.encode(memorySource(present), () =>
        breather.breathe(),
      );
      return whiten(latents, body.whitening);
    },
    decode: ({ latents, logLibrary, seed, first, codes }, signal) => {
      const breather = new Breather(signal);
      const cells = { latents, logLibrary, seed, first, codes };
      return decodeCounts(runtime, cells, () => breather.breathe());
    },
    dispose: () => runtime.dispose(),
  };
}

/** The counts with 1 for every count above it where a block's features are there or not. */
function presentFeatures(counts: CsrMatrix, blocks: readonly Block[]): CsrMatrix {
  const runs = blocks.filter(({ likelihood }) => likelihood === 'bernoulli');
  if (runs.length === 0) return counts;
  const inRun = (column: number): boolean =>
    runs.some(({ from, features }) => column >= from && column < from + features);
  const values = counts.values.map((value, k) => (inRun(counts.indices[k]) ? Math.min(1, value) : value)); // prettier-ignore
  return { ...counts, values };
}
