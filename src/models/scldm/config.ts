/** @file The sizes and constants of an scLDM model and of its training, for both recipes. */
import { latentDims, type AutoencoderShape, type DenoiserShape } from './shapes.ts';
import type { FlowRecipe } from '../recipes.ts';
import type { ModelSize } from '../../protocol/model.ts';
import {
  SCLDM_CHANNELS,
  SCLDM_FAITHFUL_BATCH,
  SCLDM_FLOW_BATCH,
  SCLDM_LAYERS,
  scldmGenesPerStep,
  scldmSizes,
  type ScldmSizes,
} from '../../protocol/scldm-sizes.ts';

/** Shape of the two networks. */
export interface ScldmArchitecture {
  readonly genes: number;
  /** Numbers of a latent that the flow works in, all its tokens together. */
  readonly latentDim: number;
  /** The flow generates log library size as one more token. */
  readonly jointLibrary: boolean;
  /** Categories per attribute, in order. */
  readonly categories: readonly number[];
  readonly autoencoder: AutoencoderShape;
  readonly denoiser: DenoiserShape;
}

/** How the autoencoder is trained. */
export interface AutoencoderRecipe {
  readonly batch: number;
  /** Steps at most: warm-up over the first tenth, a constant rate, and a decline. */
  readonly steps: number;
  /** Share of the steps in which the rate declines, and falls further. */
  readonly decline: number;
  /** Share of the steps, the last ones, in which it falls from a tenth to a hundredth. */
  readonly cooling: number;
  /** Steps without a better held-out loss after which the decline begins; null: never early. */
  readonly patience: number | null;
  readonly learningRate: number;
  readonly beta2: number;
  readonly clipNorm: number;
  readonly weightDecay: number;
  /** log θ starts at this for every gene. */
  readonly logTheta: number;
  /** Learning rate of log θ relative to the rest. */
  readonly thetaRate: number;
  readonly thetaBounds: readonly [number, number] | null;
  /** The same of the gene vectors. */
  readonly geneRate: number;
  /** Gene vectors begin as loadings of the training cells' components instead of noise alone. */
  readonly geneLoadings: boolean;
  /** Standard deviation of the noise added to latents (whose tokens have variance 1) while training. */
  readonly latentNoise: number;
  /** Genes whose counts teach a step, drawn anew for each; null: all. */
  readonly genesPerStep: number | null;
  /** Genes with more counts are drawn more often. */
  readonly genesByCounts: boolean;
}

/** Everything a training run needs to know beside the data. */
export interface ScldmConfig {
  readonly recipe: 'recommended' | 'faithful';
  readonly size: ModelSize;
  readonly architecture: ScldmArchitecture;
  readonly autoencoder: AutoencoderRecipe;
  /** The flow works in so many principal components of the latents; null: in the latents as they are. */
  readonly components: number | null;
  readonly flow: FlowRecipe;
  /** The decoder takes offsets of log expression by category once the flow has learnt, from so many cells; null: none. */
  readonly calibration: CalibrationEffort | null;
}

/** Cells that are generated for calibration, and the solver's steps. */
export interface CalibrationEffort {
  readonly cells: number;
  readonly steps: number;
}

/** What decides the sizes. */
export interface ConfigRequest {
  readonly recipe: 'recommended' | 'faithful';
  readonly size: ModelSize;
  readonly genes: number;
  readonly trainingCells: number;
  readonly categories: readonly number[];
  /** Expressed genes of the richest cell; the faithful recipe's context. */
  readonly mostExpressed: number;
  readonly autoencoderSteps: number | null;
  readonly flowSteps: number | null;
}

const HEADS = 4;

/** Cells of a batch of the autoencoder. */
export function autoencoderBatch(recipe: ScldmConfig['recipe'], size: ModelSize): number {
  return recipe === 'faithful' ? SCLDM_FAITHFUL_BATCH : scldmSizes[size].batch;
}

/** The configuration of a recipe and a size for given data. */
export function createConfig(request: ConfigRequest): ScldmConfig {
  const { recipe, size } = request;
  const faithful = recipe === 'faithful';
  const sizes = scldmSizes[size];
  return {
    recipe,
    size,
    architecture: architectureOf(request, sizes),
    autoencoder: {
      batch: autoencoderBatch(recipe, size),
      steps: request.autoencoderSteps ?? sizes.steps,
      decline: faithful ? 0.1 : 0.5,
      cooling: faithful ? 0 : 1 / 16,
      patience: faithful ? null : 400,
      learningRate: faithful ? 1e-3 : 2e-3,
      beta2: 0.95,
      clipNorm: 10,
      weightDecay: faithful ? 0 : 1e-4,
      logTheta: 1,
      thetaRate: faithful ? 1 : 25,
      thetaBounds: faithful ? null : [-7, 9],
      geneRate: faithful ? 1 : 15,
      geneLoadings: !faithful,
      latentNoise: faithful ? 0 : 0.5,
      genesPerStep: faithful ? null : scldmGenesPerStep(request.genes),
      genesByCounts: !faithful,
    },
    components: faithful ? null : sizes.components,
    flow: {
      batch: faithful ? SCLDM_FAITHFUL_BATCH : SCLDM_FLOW_BATCH,
      steps: request.flowSteps ?? sizes.flowSteps,
      sigma: 0,
      learningRate: faithful ? 5e-4 : 1e-3,
      warmUp: faithful ? Math.round((request.flowSteps ?? sizes.flowSteps) / 10) : 100,
      warmUpFrom: faithful ? 0.01 : undefined,
      finalRate: faithful ? 0.1 : 0.02,
      weightDecay: 0,
      average: faithful ? null : 0.999,
      dropout: faithful ? 0.8 : 0.15,
      perBatch: false,
      allAttributes: faithful ? 1 : 0.5,
      shareTimes: 1,
      whiten: !faithful,
      libraryScale: faithful ? 1 : 3,
    },
    calibration: faithful ? null : { cells: 2048, steps: 6 },
  };
}

function architectureOf(request: ConfigRequest, sizes: ScldmSizes): ScldmArchitecture {
  const { genes, categories, recipe, mostExpressed } = request;
  const faithful = recipe === 'faithful';
  const { width, gated, tokens, flow } = sizes;
  const channels = SCLDM_CHANNELS;
  const flowTokens = faithful ? tokens : sizes.components / channels;
  return {
    genes,
    latentDim: latentDims({ tokens: flowTokens, channels }),
    jointLibrary: !faithful,
    categories,
    autoencoder: {
      genes,
      width,
      tokens,
      channels,
      gated,
      layers: SCLDM_LAYERS,
      heads: HEADS,
      crossHeads: 1,
      counts: faithful ? 'log1p' : 'projconcat',
      context: faithful ? mostExpressed : null,
      geneBias: !faithful,
    },
    denoiser: {
      tokens: flowTokens,
      channels,
      library: !faithful,
      width: flow.width,
      gated: flow.gated,
      layers: flow.layers,
      heads: HEADS,
      categories,
    },
  };
}

/** Step at which the decline begins when nothing ends training before. */
export function declineStart({
  steps,
  decline,
}: Pick<AutoencoderRecipe, 'steps' | 'decline'>): number {
  return Math.floor(steps * (1 - decline));
}

/**
 * Learning rate of autoencoder step `step` (from 0): a linear rise from a hundredth, constant, and from step `from` on a decline
 * to a tenth, 1 − √ of the way. Source: the original's schedule (methods/scldm §3). Where the recipe cools, the last steps go on to a
 * hundredth in a line.
 */
export function autoencoderRate(
  recipe: Pick<AutoencoderRecipe, 'learningRate' | 'steps' | 'decline' | 'cooling'>,
  step: number,
  from: number,
): number {
  const rise = Math.max(1, Math.floor(recipe.steps / 10));
  const cool = Math.floor(recipe.steps * recipe.cooling);
  const length = Math.max(1, recipe.steps - declineStart(recipe) - cool);
  let factor = 1;
  if (step < rise) factor = step / rise + (1 - step / rise) / 100;
  if (step >= from) factor = 0.1 + 0.9 * Math.max(0, 1 - Math.sqrt((step - from) / length));
  const cooled = step - from - length;
  if (cool > 0 && cooled > 0) factor = 0.1 - 0.09 * Math.min(1, cooled / cool);
  return recipe.learningRate * factor;
}
