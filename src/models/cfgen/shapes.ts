/** @file Sizes of CFGen's two networks. */
import type { Modality } from '../../protocol/dataset.ts';

/** Statistics of a batch in training mode, of the stored running ones in evaluation mode. */
export type Mode = 'train' | 'eval';

/** One run of features with networks and a likelihood of its own. */
export interface ModalityShape extends Modality {
  /** Widths of its encoder's hidden layers; its decoder mirrors them. */
  readonly hidden: readonly number[];
}

/** Sizes of an autoencoder. */
export interface AutoencoderShape {
  /** Features of all modalities together. */
  readonly genes: number;
  /** Widths of the encoder's hidden layers where there is one modality. */
  readonly hidden: readonly number[];
  readonly latentDim: number;
  /** Left out: one modality, negative binomial. */
  readonly modalities?: readonly ModalityShape[] | undefined;
}

/** Sizes of a velocity network. */
export interface VelocityShape {
  /** Dimensions of x. */
  readonly dims: number;
  readonly hidden: number;
  /** Width of the embeddings, even. */
  readonly embedding: number;
  readonly blocks: number;
  /** Categories per attribute. */
  readonly categories: readonly number[];
}
