/** @file Sizes of scLDM's two networks. Source: Palla et al., arXiv 2511.02986, and the released program. */

/** How a gene's vector and its count become one token: E[g] · log1p(c), or a linear map of both (as the paper writes). */
export type CountEmbedding = 'log1p' | 'projconcat';

/** Sizes of the set autoencoder. */
export interface AutoencoderShape {
  readonly genes: number;
  /** Width of gene vectors and tokens. */
  readonly width: number;
  /** Tokens that a cell is pooled into. */
  readonly tokens: number;
  /** Channels of a latent token. */
  readonly channels: number;
  /** Hidden width of the gated layers. */
  readonly gated: number;
  /** Blocks of the encoder, and of the decoder. */
  readonly layers: number;
  readonly heads: number;
  /** Heads of the two cross-attentions. */
  readonly crossHeads: number;
  readonly counts: CountEmbedding;
  /** Cells are filled up to so many tokens with unmasked padding, as the original does; null: only expressed genes are seen. */
  readonly context: number | null;
  /** The decoder adds a learnt number per gene to its logits; not in the original. */
  readonly geneBias: boolean;
}

/** Sizes of the velocity transformer. */
export interface DenoiserShape {
  readonly tokens: number;
  readonly channels: number;
  /** One more token carries the log library size. */
  readonly library: boolean;
  readonly width: number;
  readonly gated: number;
  readonly layers: number;
  readonly heads: number;
  /** Categories per attribute; every table has one more row for "not shown". */
  readonly categories: readonly number[];
}

/** Numbers of a cell's latent. */
export function latentDims({
  tokens,
  channels,
}: Pick<DenoiserShape, 'tokens' | 'channels'>): number {
  return tokens * channels;
}

/** Dimensions in which the flow works: the latent, and log library size if it is generated too. */
export function flowDims({ library, ...shape }: DenoiserShape): number {
  return latentDims(shape) + (library ? 1 : 0);
}

/** Tokens that the transformer sees. */
export function denoiserTokens({ tokens, library }: DenoiserShape): number {
  return tokens + (library ? 1 : 0);
}
