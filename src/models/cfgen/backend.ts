/** @file What computes for CFGen. */
import type { NamedArray } from '../../engine/named-array.ts';
import type {
  AutoencoderLearner,
  AutoencoderRuntime,
  AutoencoderTaskSpec,
  FlowLearner,
  FlowTaskSpec,
  VelocityRuntime,
} from '../backend.ts';
import type { AutoencoderShape, VelocityShape } from './shapes.ts';

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
