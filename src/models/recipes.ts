/** @file How the stages of a training go: an autoencoder and a flow, whatever their networks are. */

/** How the autoencoder is trained. */
export interface AutoencoderRecipe {
  readonly batch: number;
  readonly maxEpochs: number;
  /** Epochs without a better held-out loss before training ends; null: never ends early. */
  readonly patience: number | null;
  readonly learningRate: number;
  readonly weightDecay: number;
  /** log θ starts at this for every gene; null: from N(0, 1). */
  readonly logTheta: number | null;
  /** Learning rate of log θ relative to the rest. */
  readonly thetaRate: number;
  readonly thetaDecays: boolean;
  readonly thetaBounds: readonly [number, number] | null;
  /** The decoder's last bias starts at the log of the genes' mean shares. */
  readonly biasStart: boolean;
  /** Standard deviation of the noise added to z while training. */
  readonly latentNoise: number;
  /** Factor of ‖z‖², summed over dimensions and averaged over cells, in the loss. */
  readonly latentPenalty: number;
  /** After the patience has ended: about so many more steps from the best weights, at this share of the learning rate; left out: none. */
  readonly cooling?: { readonly steps: number; readonly rate: number } | undefined;
}

/** How the flow is trained. */
export interface FlowRecipe {
  readonly batch: number;
  readonly steps: number;
  /** Spread left about each cell's state at t = 1: the flow learns cells with this much noise. */
  readonly sigma: number;
  readonly learningRate: number;
  /** Steps in which the rate rises in a line. */
  readonly warmUp: number;
  /** Share of the rate that it rises from, the cosine beginning where it ends; left out: from nothing, on the cosine. */
  readonly warmUpFrom?: number | undefined;
  /** Last learning rate of the cosine, as a share; 1: constant rate. */
  readonly finalRate: number;
  readonly weightDecay: number;
  /** Decay of the averaged parameters that are kept; null: the last ones are kept. */
  readonly average: number | null;
  /** Share of cells (or of batches, in `perBatch`) trained without any attribute. */
  readonly dropout: number;
  /** One condition for a whole batch, as in the original, instead of one per cell. */
  readonly perBatch: boolean;
  /** Share of cells that carry all attributes at once. */
  readonly allAttributes: number;
  /** Cells that may share a time, if they show the same labels; what depends on time and labels is computed once for them. */
  readonly shareTimes: number;
  /** Latents are brought to mean 0 and variance 1 in each dimension. */
  readonly whiten: boolean;
  /** Standard deviation to which log library size is brought where the flow generates it, beside latents of about 1; 1 when left out. */
  readonly libraryScale?: number | undefined;
}

/** Learning rate of flow step `step` (from 0): a linear warm-up, and a cosine down to the final share. */
export function flowRate(
  { learningRate, warmUp, warmUpFrom, finalRate, steps }: FlowRecipe,
  step: number,
): number {
  const apart = warmUpFrom !== undefined;
  if (apart && step < warmUp)
    return learningRate * (warmUpFrom + ((1 - warmUpFrom) * step) / warmUp);
  const warm = !apart && warmUp > 0 ? Math.min(1, (step + 1) / warmUp) : 1;
  const from = apart ? warmUp : 0;
  const done = Math.min(1, (step - from) / Math.max(1, steps - from));
  const cosine = finalRate + ((1 - finalRate) * (1 + Math.cos(Math.PI * done))) / 2;
  return learningRate * warm * cosine;
}
