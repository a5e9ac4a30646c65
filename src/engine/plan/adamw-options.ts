/** @file Settings of AdamW, and the constants that PyTorch and the original programs use. */

/** Settings of the optimiser. */
export interface AdamWOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** p is multiplied by 1 − rate · weightDecay before each step. */
  readonly weightDecay: number;
  /** Gradients are scaled by min(1, clipNorm / (norm + 1e-6)), one norm over all parameters; null: never. */
  readonly clipNorm: number | null;
  /** Decay of the running average of the parameters; null: none is kept. */
  readonly average: number | null;
  /** Steps may come with null gradients: such parameters stand still with their moments and their own step counter. */
  readonly skips: boolean;
}

/** PyTorch's constants, clipping at 1, no average. */
export const ADAMW_DEFAULTS: AdamWOptions = {
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0.01,
  clipNorm: 1,
  average: null,
  skips: false,
};
