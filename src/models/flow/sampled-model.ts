/** @file What the flow of every kind of model says of its latents and library sizes. */
import type { ModelAttribute } from '../../protocol/model.ts';
import type { CellDispersion } from '../decoding/cell-dispersion.ts';
import type { Combination } from '../training/split.ts';

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
  /** Standard deviation of the noise that generated cells start from; 1 when left out. */
  readonly noise?: number | undefined;
}

/** Log-normal library sizes of one combination. */
export interface CombinationLibrary {
  readonly codes: readonly number[];
  readonly mean: number;
  readonly sd: number;
}

/** What the flow's sampler needs to know of a model. */
export interface SampledModel {
  readonly recipe: 'recommended' | 'faithful';
  readonly attributes: readonly ModelAttribute[];
  readonly combinations: readonly Combination[];
  readonly library: LibraryModel;
  /** Dimensions of the latent, and whether the flow generates log library size beside them. */
  readonly architecture: { readonly latentDim: number; readonly jointLibrary: boolean };
  /** In training a cell showed all of its labels or none, so it is guided by all together; left out: single labels were learnt too. */
  readonly labelsTogether?: boolean | undefined;
}

/** Dimensions in which the flow works: the latent, and log library size if it is generated too. */
export function flowDims(architecture: SampledModel['architecture']): number {
  return architecture.latentDim + (architecture.jointLibrary ? 1 : 0);
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
