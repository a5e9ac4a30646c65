/** @file What every trainer of an autoencoder works on, whatever its epochs, checks and rates are. */
import type { RunControl } from '../../engine/run-control.ts';
import type { Random } from '../../numerics/random.ts';
import type { AutoencoderLearner } from '../backend.ts';
import type { Setbacks } from './setbacks.ts';

/** Stream of the noise that is added to latents while an autoencoder trains. */
export const LATENT_NOISE_STREAM = 30;

/** The learner, the cells, and what ends or delays the training. */
export interface LearnerTask<Recipe> {
  readonly learner: AutoencoderLearner;
  /** After the device was lost: the same learner, untrained, on another one. Error: device-lost when there is none. */
  readonly relearn: () => Promise<AutoencoderLearner>;
  readonly recipe: Recipe;
  /** Cells of a batch, as the learner was made for. */
  readonly rows: number;
  readonly trainingCells: Uint32Array;
  readonly heldOutCells: Uint32Array;
  readonly random: Random;
  readonly control: RunControl;
  readonly setbacks: Setbacks;
}
