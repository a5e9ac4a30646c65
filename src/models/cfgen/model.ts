/** @file A trained CFGen model: plain data that can be stored, and the same model ready to run on the device. */
import type { NamedArray } from '../../engine/named-array.ts';
import type { ModelAttribute } from '../../protocol/model.ts';
import type { AutoencoderShape } from './shapes.ts';
import type { AutoencoderRuntime, CfgenBackend, VelocityRuntime } from './backend.ts';
import type { CellDispersion } from './cell-dispersion.ts';
import type { CfgenArchitecture } from './config.ts';
import type { Combination } from './split.ts';
import type { VelocityShape } from './shapes.ts';

/** Rows that go through a network at once outside training. */
export const BLOCK = 256;

/** Mean and standard deviation of each latent dimension, by which latents are brought to unit scale. */
export interface Whitening {
  readonly mean: Float32Array;
  readonly sd: Float32Array;
}

/** Log-normal library sizes of the training cells (natural log). */
export interface LibraryModel {
  readonly mean: number;
  readonly sd: number;
  readonly min: number;
  readonly max: number;
  /** Mean and sd per category of each attribute. */
  readonly byCategory: readonly {
    readonly mean: readonly number[];
    readonly sd: readonly number[];
  }[];
  /** The same per combination of categories with enough training cells; left out where only the first attribute decides. */
  readonly byCombination?: readonly CombinationLibrary[] | undefined;
  /** Standard deviation of the training cells in the flow's library dimension; 1 when left out. */
  readonly scale?: number | undefined;
  /** Dispersions of single cells beside those of their genes; left out: cells have none. */
  readonly dispersion?: CellDispersion | undefined;
}

/** Log-normal library sizes of one combination. */
export interface CombinationLibrary {
  readonly codes: readonly number[];
  readonly mean: number;
  readonly sd: number;
}

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

/** What the flow's sampler needs to know of a model. */
export interface SampledModel extends Pick<
  CfgenModel,
  'recipe' | 'attributes' | 'combinations' | 'library'
> {
  readonly architecture: Pick<CfgenArchitecture, 'latentDim' | 'jointLibrary'>;
}

/** What drawing counts needs of a model on the device. */
export interface DecodingRuntime {
  readonly model: Pick<CfgenModel, 'whitening'> & {
    readonly attributes?: CfgenModel['attributes'];
    readonly library?: Pick<LibraryModel, 'dispersion'>;
    readonly architecture: Pick<CfgenArchitecture, 'genes' | 'latentDim'> & {
      readonly modalities?: CfgenArchitecture['modalities'];
    };
  };
  readonly autoencoder: Pick<AutoencoderRuntime, 'shares' | 'draw'>;
  /** Inverse dispersion of each gene. */
  readonly theta: Float32Array;
  /** Offsets of log expression per attribute, [categories, genes]; null where it has none. */
  readonly tables?: readonly (Float32Array | null)[] | undefined;
}

/** Dimensions in which the flow works: the latent, and log library size if it is generated too. */
export function flowDims(architecture: SampledModel['architecture']): number {
  return architecture.latentDim + (architecture.jointLibrary ? 1 : 0);
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

/** The offsets of a model per attribute, [categories, genes]; null where it has none. */
export function tablesOf({
  attributes,
  calibration = [],
}: Pick<CfgenModel, 'attributes' | 'calibration'>): (Float32Array | null)[] {
  return attributes.map(
    (_, a) => calibration.find(({ name }) => name === String(a))?.values ?? null,
  );
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

/** (z − mean) / sd per dimension. */
export function whiten(latents: Float32Array, { mean, sd }: Whitening): Float32Array {
  const dims = mean.length;
  return latents.map((value, i) => (value - mean[i % dims]) / sd[i % dims]);
}

/** Whitened · sd + mean per dimension. */
export function unwhiten(latents: Float32Array, { mean, sd }: Whitening): Float32Array {
  const dims = mean.length;
  return latents.map((value, i) => value * sd[i % dims] + mean[i % dims]);
}
