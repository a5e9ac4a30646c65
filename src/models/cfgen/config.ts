/** @file The sizes and constants of a CFGen model and of its training, for both recipes. */
import type { AutoencoderRecipe, FlowRecipe } from '../recipes.ts';
import type { Modality } from '../../protocol/dataset.ts';
import { defaultFlowSteps } from '../../protocol/recipe.ts';
import type { ModalityShape } from '../decoding/blocks.ts';

/** Shape of the two networks. */
export interface CfgenArchitecture {
  readonly genes: number;
  /** Widths of the encoder's hidden layers; the decoder mirrors them. */
  readonly hidden: readonly [number, number];
  readonly latentDim: number;
  /** The flow generates log library size as one more dimension beside the latent. */
  readonly jointLibrary: boolean;
  readonly flowHidden: number;
  readonly flowEmbedding: number;
  readonly flowBlocks: number;
  /** Categories per attribute, in order. */
  readonly categories: readonly number[];
  /** Runs of features with networks and a likelihood of their own; left out: genes alone, negative binomial. */
  readonly modalities?: readonly ModalityShape[] | undefined;
}

/** Everything a training run needs to know beside the data. */
export interface CfgenConfig {
  readonly recipe: 'recommended' | 'faithful';
  readonly architecture: CfgenArchitecture;
  readonly autoencoder: AutoencoderRecipe;
  readonly flow: FlowRecipe;
  /** After the flow, the decoder takes offsets by category, so that generated cells have the training cells' mean composition. */
  readonly calibration: boolean;
}

/** Widths of the starting noise that calibration tries. */
export const NOISE_WIDTHS: readonly number[] = [1, 1.05];

/** What decides the sizes. */
export interface ConfigRequest {
  readonly recipe: 'recommended' | 'faithful';
  readonly genes: number;
  readonly trainingCells: number;
  readonly categories: readonly number[];
  readonly maxEpochs: number | null;
  readonly flowSteps: number | null;
  /** What the features are; left out: genes alone, negative binomial. */
  readonly modalities?: readonly Modality[] | undefined;
}

/** The configuration of a recipe for given data. */
export function createConfig(request: ConfigRequest): CfgenConfig {
  const config = request.recipe === 'faithful' ? faithful(request) : recommended(request);
  const { modalities } = request;
  if (modalities === undefined) return config;
  return { ...config, architecture: withModalities(config, modalities) };
}

/** Hidden layers of the original's halves for genes and for peaks beside them, and the width of their latents. */
const ORIGINAL_JOINT = { counted: [512, 300], other: [1024, 512], latentDim: 100 } as const;

/** The sizes for several kinds of features. The library size is generated with the latent where some features are counts that share it. */
function withModalities(
  { recipe, architecture }: CfgenConfig,
  modalities: readonly Modality[],
): CfgenArchitecture {
  const joint = recipe === 'faithful' && modalities.length > 1;
  const counted = modalities.some((m) => m.likelihood === 'negative-binomial');
  const hiddenOf = ({ likelihood, features }: Modality): readonly [number, number] => {
    if (!joint) return features < SMALL_GENES ? [256, 128] : [512, 256];
    return likelihood === 'negative-binomial' ? ORIGINAL_JOINT.counted : ORIGINAL_JOINT.other;
  };
  return {
    ...architecture,
    latentDim: joint ? ORIGINAL_JOINT.latentDim : architecture.latentDim,
    jointLibrary: architecture.jointLibrary && counted,
    modalities: modalities.map((modality) => ({ ...modality, hidden: hiddenOf(modality) })),
  };
}

/** Below this number of genes, layers of half the width do as well in half the time. */
const SMALL_GENES = 1_000;

function recommended(request: ConfigRequest): CfgenConfig {
  return {
    recipe: 'recommended',
    architecture: {
      genes: request.genes,
      hidden: request.genes < SMALL_GENES ? [256, 128] : [512, 256],
      latentDim: 50,
      jointLibrary: true,
      flowHidden: 128,
      flowEmbedding: 100,
      flowBlocks: 3,
      categories: request.categories,
    },
    autoencoder: {
      batch: 256,
      maxEpochs: request.maxEpochs ?? 300,
      patience: 10,
      learningRate: 1e-3,
      weightDecay: 1e-5,
      logTheta: 3,
      thetaRate: 20,
      thetaDecays: false,
      thetaBounds: [-7, 9],
      biasStart: true,
      latentNoise: 0.5,
      latentPenalty: 0.5,
      cooling: { steps: 80, rate: 0.1 },
    },
    flow: {
      batch: 256,
      steps: request.flowSteps ?? defaultFlowSteps(request.trainingCells),
      sigma: 0.1,
      learningRate: 1e-3,
      warmUp: 200,
      finalRate: 0.02,
      weightDecay: 1e-6,
      average: 0.999,
      dropout: 0.2,
      perBatch: false,
      allAttributes: 0.5,
      shareTimes: 4,
      whiten: true,
      libraryScale: 3,
    },
    calibration: true,
  };
}

/**
 * The original's settings. Its released scripts keep the last autoencoder (epoch 300), its paper the best validated one;
 * here the best validated one is kept, because the last is far worse.
 */
function faithful(request: ConfigRequest): CfgenConfig {
  const stepsPerEpoch = Math.max(1, Math.floor(request.trainingCells / 256));
  return {
    recipe: 'faithful',
    architecture: {
      genes: request.genes,
      hidden: [512, 256],
      latentDim: 50,
      jointLibrary: false,
      flowHidden: 64,
      flowEmbedding: 100,
      flowBlocks: 3,
      categories: request.categories,
    },
    autoencoder: {
      batch: 256,
      maxEpochs: request.maxEpochs ?? 300,
      patience: null,
      learningRate: 1e-3,
      weightDecay: 1e-5,
      logTheta: null,
      thetaRate: 1,
      thetaDecays: true,
      thetaBounds: null,
      biasStart: false,
      latentNoise: 0,
      latentPenalty: 0,
    },
    flow: {
      batch: 256,
      steps: request.flowSteps ?? 1500 * stepsPerEpoch,
      sigma: 1e-4,
      learningRate: 1e-4,
      warmUp: 0,
      finalRate: 1,
      weightDecay: 1e-6,
      average: null,
      dropout: 0.2,
      perBatch: true,
      allAttributes: 0,
      shareTimes: 1,
      whiten: false,
    },
    calibration: false,
  };
}
