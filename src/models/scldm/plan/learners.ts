/** @file scLDM's networks as learners on a device. */
import type { ComputeDevice } from '../../../engine/compute-device.ts';
import type { NamedArray } from '../../../engine/named-array.ts';
import type { AutoencoderLearner, AutoencoderSpec, FlowLearner, FlowSpec } from '../../backend.ts';
import type { AutoencoderRecipe } from '../config.ts';
import type { AutoencoderShape, DenoiserShape } from '../shapes.ts';
import { autoencoderSpecs } from './autoencoder-arrays.ts';
import { AutoencoderPlan } from './autoencoder-plan.ts';
import { denoiserSpecs } from './denoiser-arrays.ts';
import { FlowPlan } from './flow-plan.ts';
import { NetworkWeights } from '../../tape/tape.ts';

/** What an autoencoder learner is made for. */
export interface AutoencoderTaskSpec extends AutoencoderSpec<AutoencoderShape, AutoencoderRecipe> {
  /** Chances of genes to be in a step's part; even when left out. */
  readonly chances?: Float64Array | null;
}

/** What a flow learner is made for. */
export type FlowTaskSpec = FlowSpec<DenoiserShape>;

/** The first stage. */
export function learnAutoencoder(
  device: ComputeDevice,
  { shape, recipe, initial, counts, rows, chances = null }: AutoencoderTaskSpec,
): AutoencoderLearner {
  const weights = new NetworkWeights(device, autoencoderSpecs(shape));
  weights.arena.write(initial);
  const plan = new AutoencoderPlan(device, weights, { shape, rows, counts, recipe, chances });
  return {
    step: (cells, rate, noise) => plan.step(counts, cells, rate, noise),
    evaluate: (cells) => plan.evaluate(counts, cells),
    ...common(device, weights, plan),
  };
}

/** The second stage. */
export function learnFlow(
  device: ComputeDevice,
  { shape, recipe, initial, latents, codes }: FlowTaskSpec,
): FlowLearner {
  const weights = new NetworkWeights(device, denoiserSpecs(shape));
  weights.arena.write(initial);
  const plan = new FlowPlan(device, weights, { shape, recipe, latents, codes });
  return {
    step: (batch, rate) => plan.step(batch, rate),
    evaluate: (batch) => plan.evaluate(batch),
    averages: () => plan.averages(),
    ...common(device, weights, plan),
  };
}

interface LearningPlan {
  takeLoss(): Promise<number>;
  restart(): void;
  dispose(): void;
}

function common(device: ComputeDevice, weights: NetworkWeights, plan: LearningPlan) {
  return {
    settle: () => device.settle(),
    takeLoss: () => plan.takeLoss(),
    read: () => weights.arena.read(),
    restart(arrays: readonly NamedArray[]) {
      weights.arena.write(arrays);
      plan.restart();
    },
    dispose() {
      plan.dispose();
      weights.dispose();
    },
  };
}
