/** @file What drawing counts needs of a model. */
import type { ModelAttribute } from '../../protocol/model.ts';
import type { AutoencoderRuntime } from '../backend.ts';
import type { ModalityShape } from './blocks.ts';
import type { LibraryModel, Whitening } from '../flow/sampled-model.ts';

/** What drawing counts needs of a model on the device. */
export interface DecodingRuntime {
  readonly model: {
    readonly whitening: Whitening;
    readonly attributes?: readonly ModelAttribute[];
    readonly library?: Pick<LibraryModel, 'dispersion'>;
    readonly architecture: {
      readonly genes: number;
      readonly latentDim: number;
      readonly modalities?: readonly ModalityShape[] | undefined;
    };
  };
  readonly autoencoder: Pick<AutoencoderRuntime, 'shares' | 'draw'>;
  /** Inverse dispersion of each gene. */
  readonly theta: Float32Array;
  /** Offsets of log expression per attribute, [categories, genes]; null where it has none. */
  readonly tables?: readonly (Float32Array | null)[] | undefined;
}
