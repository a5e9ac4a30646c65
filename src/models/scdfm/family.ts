/** @file scDFM as a registered model. Source: Yu et al., "scDFM: Distributional Flow Matching Model for Robust Single-Cell Perturbation Prediction", ICLR 2026. */
import { memorySource } from '../../numerics/csr-source.ts';
import { csrToDense } from '../../numerics/csr.ts';
import { Breather } from '../../engine/run-control.ts';
import { StudioError } from '../../protocol/errors.ts';
import { unwhiten, whiten } from '../flow/sampled-model.ts';
import { readyDevice } from '../ready-device.ts';
import { NetworkWeights } from '../tape/tape.ts';
import {
  otherFamily,
  type ModelFamily,
  type ModelRuntime,
  type TrainedModel,
} from '../trained-model.ts';
import { carriedRows } from './carried-effects.ts';
import { projectAll, projectDense } from './components.ts';
import { START_NOISE } from './config.ts';
import { decodeStates } from './decode.ts';
import { logNormalised } from './expression.ts';
import { readStates } from './model.ts';
import { networkSpecs } from './plan/network.ts';
import { sampleScreen } from './sample.ts';
import { offsetsBySet } from './set-offsets.ts';
import { MemberTokens } from './tokens.ts';
import { trainScdfm } from './train.ts';

/** Training and use of scDFM. */
export const scdfmFamily: ModelFamily = {
  id: 'scdfm',
  name: 'scDFM',
  source: 'Yu et al., ICLR 2026',
  train: trainScdfm,
  start: startScdfm,
};

function startScdfm({ body, genes }: TrainedModel): ModelRuntime {
  if (body.family !== 'scdfm') throw otherFamily('scDFM');
  const device = readyDevice();
  const { network } = body.architecture;
  const arrays = readStates(body.autoencoder, body.architecture.genes);
  const weights = new NetworkWeights(device, networkSpecs(network));
  weights.arena.write(body.flow);
  const tokens = new MemberTokens(
    body.screen,
    genes.names,
    network,
    arrays.reach,
    arrays.contextShifts,
  );
  const { context, attribute } = body.screen;
  const offsetOfSet = offsetsBySet(body, arrays);
  const carriedRow = carriedRows(body, arrays.carried);
  const { genes: width } = body.architecture;
  const parts = { device, weights, model: body, arrays, tokens, startNoise: START_NOISE };
  return {
    sample: (request, signal) => sampleScreen(parts, request, signal),
    transport: () => Promise.reject(noTransport()),
    encode: async (counts) => {
      const breather = new Breather(null);
      if (arrays.components === null || network.tier === 'pad-lite')
        return whiten(csrToDense(logNormalised(counts)), body.whitening);
      const source = memorySource(counts);
      const places = await projectAll(source, arrays.components, () => breather.breathe());
      return whiten(places, body.whitening);
    },
    decode: ({ latents, logLibrary, codes, seed, first }, signal) => {
      const breather = new Breather(signal);
      const ends = unwhiten(latents, body.whitening);
      const isExpression = network.tier === 'pad-lite' && arrays.components !== null;
      const states = isExpression ? projectDense(ends, arrays.components) : ends;
      const contexts = context === null ? null : (codes?.[context] ?? null);
      const sets = codes?.[attribute];
      const setOffset = (cell: number): Float32Array | null => {
        const row = carriedRow(codes, cell);
        if (row < 0) return offsetOfSet(sets?.[cell] ?? -1);
        return arrays.carried?.offset.subarray(row * width, (row + 1) * width) ?? null;
      };
      const cells = { states, logLibrary, contexts, setOffset, seed, first };
      return decodeStates(arrays, cells, () => breather.breathe());
    },
    dispose: () => weights.dispose(),
  };
}

function noTransport(): StudioError {
  return new StudioError(
    'bad-request',
    'Cells cannot be moved with this kind of model.',
    'Batch correction and counterfactuals carry real cells to noise and back, which CFGen and scLDM do. Train one of them.',
  );
}
