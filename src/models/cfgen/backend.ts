/** @file What computes for CFGen: recorded plans on a device (plan/), which the product runs, or plain tensors (tensors/), which the plans are tested against. */
import type { NamedArray } from '../../engine/named-array.ts';
import type {
  AutoencoderLearner,
  AutoencoderRuntime,
  AutoencoderSpec,
  FieldRuntime,
  FlowLearner,
  FlowSpec,
} from '../backend.ts';
import type { AutoencoderRecipe } from '../recipes.ts';
import type { AutoencoderShape, VelocityShape } from './shapes.ts';

/** What an autoencoder learner is made for. */
export type AutoencoderTaskSpec = AutoencoderSpec<AutoencoderShape, AutoencoderRecipe>;

/** What a flow learner is made for. */
export type FlowTaskSpec = FlowSpec<VelocityShape>;

/** A velocity network in use. */
export interface VelocityRuntime extends FieldRuntime {
  readonly shape: VelocityShape;
  write(arrays: readonly NamedArray[]): void;
  dispose(): void;
}

/** Makes all of these. */
export interface CfgenBackend {
  learnAutoencoder(spec: AutoencoderTaskSpec): AutoencoderLearner;
  learnFlow(spec: FlowTaskSpec): FlowLearner;
  /** @param tables offsets of log expression by category, per attribute [categories, genes] or null; only `draw` knows them */
  startAutoencoder(
    shape: AutoencoderShape,
    arrays: readonly NamedArray[],
    tables?: readonly (Float32Array | null)[],
  ): AutoencoderRuntime;
  startVelocity(shape: VelocityShape, arrays: readonly NamedArray[]): VelocityRuntime;
}
