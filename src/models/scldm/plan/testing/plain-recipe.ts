/** @file How tests of plans let an autoencoder learn: every number at one rate, without noise, decay or bounds. */

/** What a plan takes of an `AutoencoderRecipe`, but for the genes of a step. */
export const plainRecipe = {
  beta2: 0.95,
  clipNorm: 10,
  weightDecay: 0,
  thetaRate: 1,
  thetaBounds: null,
  geneRate: 1,
  latentNoise: 0,
} as const;
