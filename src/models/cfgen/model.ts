/** @file A trained CFGen model: plain data that can be stored, and the same model ready to run on the device. */
import { flowDims, type LibraryModel, type Whitening } from '../flow/sampled-model.ts';
import type { NamedArray } from '../../engine/named-array.ts';
import type { ModelAttribute } from '../../protocol/model.ts';
import type { AutoencoderRuntime } from '../backend.ts';
import type { CfgenBackend, VelocityRuntime } from './backend.ts';
import type { CfgenArchitecture } from './config.ts';
import { tablesOf } from '../decoding/label-tables.ts';
import type { Combination } from '../training/split.ts';
import type { AutoencoderShape, VelocityShape } from './shapes.ts';

/** Everything a trained model consists of. */
export interface CfgenModel {
  readonly family: 'cfgen';
  readonly recipe: 'recommended' | 'faithful';
  readonly architecture: CfgenArchitecture;
  readonly attributes: readonly ModelAttribute[];
  readonly combinations: readonly Combination[];
  readonly whitening: Whitening;
  readonly library: LibraryModel;
  /** Weights and running statistics of the autoencoder. */
  readonly autoencoder: readonly NamedArray[];
  /** Weights of the velocity network. */
  readonly flow: readonly NamedArray[];
  /** Offsets of log expression by category, [categories, genes], named by the attribute's place; left out: none. */
  readonly calibration?: readonly NamedArray[] | undefined;
}

/** Sizes of the autoencoder. */
export function autoencoderShape(architecture: CfgenArchitecture): AutoencoderShape {
  const { genes, hidden, latentDim, modalities } = architecture;
  return { genes, hidden, latentDim, ...(modalities === undefined ? {} : { modalities }) };
}

/** Sizes of the velocity network. */
export function velocityShape(architecture: CfgenArchitecture): VelocityShape {
  return {
    dims: flowDims(architecture),
    hidden: architecture.flowHidden,
    embedding: architecture.flowEmbedding,
    blocks: architecture.flowBlocks,
    categories: architecture.categories,
  };
}

/** A model on the device. */
export class CfgenRuntime {
  readonly model: CfgenModel;
  readonly autoencoder: AutoencoderRuntime;
  readonly velocity: VelocityRuntime;
  /** Inverse dispersion of each gene; none without negative binomial features. */
  readonly theta: Float32Array;
  readonly tables: readonly (Float32Array | null)[];

  constructor(model: CfgenModel, backend: CfgenBackend) {
    const { architecture } = model;
    this.model = model;
    this.tables = tablesOf(model);
    this.autoencoder = backend.startAutoencoder(
      autoencoderShape(architecture),
      model.autoencoder,
      this.tables,
    );
    this.velocity = backend.startVelocity(velocityShape(architecture), model.flow);
    const logTheta = model.autoencoder.find((a) => a.name === 'log_theta');
    this.theta = (logTheta?.values ?? new Float32Array(0)).map(Math.exp);
  }

  dispose(): void {
    this.autoencoder.dispose();
    this.velocity.dispose();
  }
}
