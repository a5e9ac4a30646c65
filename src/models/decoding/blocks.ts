/**
 * @file The blocks of an autoencoder: runs of features, each with an encoder, a decoder and a likelihood of its own.
 *
 * One block alone has plain names, as models of genes have always had. Several meet in one Linear of their latents side by side, whose output
 * is the cell's latent; each decoder begins with one more hidden layer of the latent's width. Source: Palma et al. 2025, the multimodal
 * autoencoder with a joint latent.
 */
import type { Likelihood, Modality } from '../../protocol/dataset.ts';

/** One run of features with networks and a likelihood of its own. */
export interface ModalityShape extends Modality {
  /** Widths of its encoder's hidden layers; its decoder mirrors them. */
  readonly hidden: readonly number[];
}

/** What tells an autoencoder's blocks. */
export interface BlocksShape {
  /** Features of all modalities together. */
  readonly genes: number;
  /** Widths of the encoder's hidden layers where there is one modality. */
  readonly hidden: readonly number[];
  readonly latentDim: number;
  /** Left out: one modality, negative binomial. */
  readonly modalities?: readonly ModalityShape[] | undefined;
}

/** One run of features. */
export interface Block {
  readonly name: string;
  /** First column, and how many there are. */
  readonly from: number;
  readonly features: number;
  readonly likelihood: Likelihood;
  /** Names of its halves' layers begin with these. */
  readonly encoder: string;
  readonly decoder: string;
  /** Widths from features to its latent, and from the cell's latent to features. */
  readonly encoderWidths: readonly number[];
  readonly decoderWidths: readonly number[];
}

/** Name of the Linear in which several blocks meet. */
export const JOINT = 'joint';

/** The blocks in the order of their columns. Error: RangeError, when they do not make up the features. */
export function blocksOf({ genes, hidden, latentDim, modalities }: BlocksShape): Block[] {
  const all = modalities ?? [
    { name: '', features: genes, likelihood: 'negative-binomial' as const, hidden },
  ];
  const several = all.length > 1;
  let from = 0;
  const blocks = all.map(({ name, features, likelihood, hidden: own }) => {
    const block: Block = {
      name,
      from,
      features,
      likelihood,
      encoder: several ? `encoder.${name}` : 'encoder',
      decoder: several ? `decoder.${name}` : 'decoder',
      encoderWidths: [features, ...own, latentDim],
      decoderWidths: [latentDim, ...(several ? [latentDim] : []), ...[...own].reverse(), features],
    };
    from += features;
    return block;
  });
  if (from !== genes) throw new RangeError('the modalities do not make up the features');
  if (blocks.filter((block) => block.likelihood === 'negative-binomial').length > 1) {
    throw new RangeError('two modalities are negative binomial');
  }
  return blocks;
}

/** The block whose expected counts are shares of a library size; null where no block has one. */
export function libraryBlock(shape: BlocksShape): Block | null {
  return blocksOf(shape).find((block) => block.likelihood === 'negative-binomial') ?? null;
}
