/** @file Sizes of CFGen's two networks. */
import type { BlocksShape } from '../decoding/blocks.ts';

/** Statistics of a batch in training mode, of the stored running ones in evaluation mode. */
export type Mode = 'train' | 'eval';

/** Sizes of an autoencoder. */
export type AutoencoderShape = BlocksShape;

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
