/** @file A trained scLDM model: plain data that can be stored, and the same model ready to run on the device. */
import type { ComputeDevice } from '../../engine/compute-device.ts';
import type { NamedArray } from '../../engine/named-array.ts';
import type { ModelAttribute, ModelSize } from '../../protocol/model.ts';
import { tablesOf } from '../decoding/label-tables.ts';
import type { LibraryModel, Whitening } from '../flow/sampled-model.ts';
import type { Combination } from '../training/split.ts';
import type { ScldmArchitecture } from './config.ts';
import { ComponentAutoencoder } from './component-autoencoder.ts';
import { Velocity } from './plan/runtimes.ts';

/** Everything a trained model consists of. */
export interface ScldmModel {
  readonly family: 'scldm';
  readonly recipe: 'recommended' | 'faithful';
  readonly size: ModelSize;
  readonly architecture: ScldmArchitecture;
  readonly attributes: readonly ModelAttribute[];
  readonly combinations: readonly Combination[];
  readonly whitening: Whitening;
  readonly library: LibraryModel;
  /** Weights of the autoencoder, and the components of its latents where the flow works in these. */
  readonly autoencoder: readonly NamedArray[];
  /** Weights of the velocity transformer. */
  readonly flow: readonly NamedArray[];
  /** Offsets of log expression by category, [categories, genes], named by the attribute's place; left out: none. */
  readonly calibration?: readonly NamedArray[] | undefined;
}

/** The model as the flow's sampler takes it: `faithful` showed a cell's labels together or not at all in training. */
export function sampledModel<Model extends Pick<ScldmModel, 'recipe'>>(
  model: Model,
): Model & { readonly labelsTogether: boolean } {
  return { ...model, labelsTogether: model.recipe === 'faithful' };
}

/** A model on the device. */
export class ScldmRuntime {
  readonly model: ScldmModel;
  readonly autoencoder: ComponentAutoencoder;
  readonly velocity: Velocity;
  /** Inverse dispersion of each gene. */
  readonly theta: Float32Array;
  readonly tables: readonly (Float32Array | null)[];

  constructor(model: ScldmModel, device: ComputeDevice) {
    const { architecture } = model;
    this.model = model;
    const shape = architecture.autoencoder;
    this.tables = tablesOf(model);
    this.autoencoder = new ComponentAutoencoder(device, shape, model.autoencoder, this.tables);
    this.velocity = new Velocity(device, architecture.denoiser, model.flow);
    const logTheta = model.autoencoder.find((a) => a.name === 'log_theta') as NamedArray;
    this.theta = logTheta.values.map(Math.exp);
  }

  dispose(): void {
    this.autoencoder.dispose();
    this.velocity.dispose();
  }
}
