/** @file scLDM's three sizes and their full trainings: numbers that the page needs before a model exists. */
import type { ModelSize } from './model.ts';

/** Sizes of both networks and how long they are trained. */
export interface ScldmSizes {
  /** Width of gene vectors and of the autoencoder's tokens. */
  readonly width: number;
  /** Hidden width of its gated layers. */
  readonly gated: number;
  /** Tokens that a cell is pooled into. */
  readonly tokens: number;
  /** Cells of a batch of the autoencoder. */
  readonly batch: number;
  /** Steps of the autoencoder; it ends earlier when held-out cells gain nothing. */
  readonly steps: number;
  /** Principal components of the latents that the flow of the recommended recipe works in; a token has SCLDM_CHANNELS of them. */
  readonly components: number;
  readonly flow: { readonly width: number; readonly gated: number; readonly layers: number };
  readonly flowSteps: number;
}

/** Channels of a token's latent. */
export const SCLDM_CHANNELS = 16;

/** Blocks of the autoencoder's encoder, and of its decoder. */
export const SCLDM_LAYERS = 2;

/** Cells of a batch of the flow in the recommended recipe. */
export const SCLDM_FLOW_BATCH = 128;

/** Cells of a batch of the autoencoder in the faithful recipe, and of its flow. */
export const SCLDM_FAITHFUL_BATCH = 128;

/** S (any device), M (up to about 5,000 genes) and G (whole genomes). Source: methods/scldm §7.3; steps measured (docs/fidelity.md). */
export const scldmSizes: Readonly<Record<ModelSize, ScldmSizes>> = {
  S: {
    width: 64,
    gated: 176,
    tokens: 16,
    batch: 64,
    steps: 2_400,
    components: 64,
    flow: { width: 128, gated: 352, layers: 4 },
    flowSteps: 2_000,
  },
  M: {
    width: 128,
    gated: 352,
    tokens: 32,
    batch: 64,
    steps: 3_000,
    components: 64,
    flow: { width: 128, gated: 352, layers: 6 },
    flowSteps: 6_000,
  },
  G: {
    width: 64,
    gated: 176,
    tokens: 32,
    batch: 64,
    steps: 4_000,
    components: 64,
    flow: { width: 128, gated: 352, layers: 6 },
    flowSteps: 6_000,
  },
};

/** Genes whose counts teach a step of the recommended recipe, out of so many. */
export function scldmGenesPerStep(genes: number): number {
  return Math.min(genes, Math.max(512, Math.ceil(genes / 8)));
}
