/** @file The sizes and constants of an scDFM model and of its training, for both tiers and recipes. */
import { padGenes, scdfmSteps } from '../../protocol/recipe.ts';
import type { ScreenStart, ScreenTier } from '../../protocol/perturb.ts';
import type { VelocityShape } from './shapes.ts';

/** Shape of a model. */
export interface ScdfmArchitecture {
  readonly genes: number;
  readonly latentDim: number;
  /** Library sizes are drawn, not generated. */
  readonly jointLibrary: false;
  /** Categories per attribute, in order. */
  readonly categories: readonly number[];
  readonly network: VelocityShape;
}

/** How the flow is trained. Source: methods/scdfm §2 and §4.2. */
export interface ScdfmRecipe {
  readonly steps: number;
  /** Conditions of a step, and cells of each. */
  readonly conditions: number;
  readonly cellsEach: number;
  readonly start: ScreenStart;
  /** Standard deviation of the noise on control cells, in whitened components or log expression. */
  readonly startNoise: number;
  /** Weight of the squared maximum mean discrepancy of the predicted end points. */
  readonly mmdWeight: number;
  /** Targets are matched with the nearest starts of their condition instead of being paired at random. */
  readonly pairs: boolean;
  /** Times are spread evenly over a condition's cells, and these come without repeats where there are enough; else both are drawn freely. */
  readonly even: boolean;
  /** Share of conditions of which each attribute but the perturbation is not shown. */
  readonly dropout: number;
  /** Share of numbers inside the network that are set to 0 in a training step (pad-lite). */
  readonly networkDropout: number;
  /** Standard deviation of the perturbations' tokens before training (fast). */
  readonly tokens: number;
  /**
   * What each member adds to the velocity beside the network: nothing; its mean change, around which the network learns (pad-lite); what is learnt
   * together with the network, from the mean change on; or what the finished network's cells lack of the real ones' mean (fast).
   */
  readonly shift: 'none' | 'known' | 'learnt' | 'fitted';
  /** Share of conditions that are control cells led to control cells. */
  readonly controls: number;
  readonly learningRate: number;
  readonly finalRate: number;
  readonly warmUp: number;
  readonly clipNorm: number | null;
  /** Decay of the averaged parameters that are kept; null: the last ones are kept. */
  readonly average: number | null;
}

/** Everything a training run needs to know beside the data. */
export interface ScdfmConfig {
  readonly recipe: 'recommended' | 'faithful';
  /** Components at most (fast), or genes at most (pad-lite). */
  readonly dims: number;
  /** Counts are drawn around what components say of a state; else (pad-lite) they are its numbers, rounded. */
  readonly drawsCounts: boolean;
  /** Components are kept as long as cells they were not fitted on vary along them by this share of what fitted cells do; 0: all are. */
  readonly leastHeld: number;
  /** Counts are drawn around the genes' means in the control cells of a context, not in all training cells (with `drawsCounts`). */
  readonly contextOffsets: boolean;
  /** And perturbed cells' with what their perturbations change in genes beyond their components (with `contextOffsets`). */
  readonly memberOffsets: boolean;
  /** The network is shown the mean of its context's control cells, not the one that a path begins at, and told mean changes by context (pad-lite). */
  readonly knowsMeans: boolean;
  readonly flow: ScdfmRecipe;
}

/** What decides the constants. */
export interface ConfigRequest {
  readonly recipe: 'recommended' | 'faithful';
  readonly tier: ScreenTier;
  readonly start: ScreenStart;
  readonly mmdWeight: number;
  readonly genes: number | null;
  readonly flowSteps: number | null;
  /** Values of the perturbation column among the training cells, control too. */
  readonly sets: number;
}

/** Components of the fast tier, genes of the other. */
export const COMPONENTS = 50;

/** Standard deviation of the noise on control cells that the flow starts from. */
export const START_NOISE = 0.3;

/** Least share of variance along a component that cells outside of its fit must have. */
const LEAST_HELD = 0.4;

/** Standard deviation of perturbations' tokens: with large ones pairs are learnt by heart. */
const TOKENS = 0.1;

/**
 * Which contexts stand in for one where a perturbation was never seen: at most so many, by a Gaussian of the distance of their control cells'
 * means whose variance is this share of the middle squared distance.
 */
export const NEAR_CONTEXTS = { width: 0.3, most: 6 } as const;

/** Cells generated in all to fit shifts with, about. */
export const SHIFT_CELLS = 20_000;

/** Cells generated of each set in a context that training never saw it in, to find out where they come to lie. */
export const CARRIED_CELLS = { fast: 512, 'pad-lite': 64 } as const;

/** Learning rates at their highest. Source: methods/scdfm §4.2 for pad-lite. */
const LEARNING_RATES = { fast: 1e-3, 'pad-lite': 5e-4 } as const;

/** Cells of gene tokens are too dear to fit shifts with them: from 16 each, shifts were mostly chance. */
const SHIFTS = { fast: 'fitted', 'pad-lite': 'known' } as const;

/** Neighbours that each gene keeps in the graph. Source: methods/scdfm §4.2; the original keeps 30. */
export const NEIGHBOURS = 12;

/** The configuration of a tier and a recipe. */
export function createConfig(request: ConfigRequest): ScdfmConfig {
  const { recipe, tier, start, mmdWeight } = request;
  const faithful = recipe === 'faithful';
  const steps = request.flowSteps ?? scdfmSteps(tier, request.sets);
  return {
    recipe,
    dims: tier === 'fast' ? COMPONENTS : (request.genes ?? padGenes),
    drawsCounts: tier === 'fast' || !faithful,
    leastHeld: faithful ? 0 : LEAST_HELD,
    contextOffsets: !faithful,
    memberOffsets: !faithful,
    knowsMeans: !faithful && tier === 'pad-lite',
    flow: {
      steps,
      conditions: faithful ? 1 : 4,
      cellsEach: faithful ? 48 : 16,
      start: faithful ? 'gaussian' : start,
      startNoise: START_NOISE,
      mmdWeight,
      pairs: !faithful,
      even: !faithful,
      dropout: faithful ? 0 : 0.1,
      networkDropout: faithful ? 0.1 : 0,
      tokens: faithful ? 1 : TOKENS,
      shift: faithful ? 'none' : SHIFTS[tier],
      controls: faithful ? 0 : 0.15,
      learningRate: faithful ? 5e-5 : LEARNING_RATES[tier],
      finalRate: faithful ? 0.02 : 0.01,
      warmUp: faithful ? 0 : Math.min(200, Math.round(steps / 10)),
      clipNorm: faithful ? null : 1,
      average: faithful ? null : 0.999,
    },
  };
}

/** Learning rate of step `step` (from 0): a linear rise, then a cosine. */
export function flowRate(
  recipe: Pick<ScdfmRecipe, 'learningRate' | 'finalRate' | 'warmUp' | 'steps'>,
  step: number,
): number {
  const { learningRate, finalRate, warmUp, steps } = recipe;
  if (step < warmUp) return (learningRate * (step + 1)) / warmUp;
  const share = (step - warmUp) / Math.max(1, steps - warmUp);
  return learningRate * (finalRate + (1 - finalRate) * 0.5 * (1 + Math.cos(Math.PI * share)));
}

/** Width of the fast network. */
const FAST = { width: 256, embedding: 128, blocks: 3 } as const;
const PAD = { width: 64, heads: 4, graphHeads: 4, layers: 2, ratio: 4 } as const;

/** Sizes of a network. @param members tokens that sets are made of */
export function networkShape(
  { recipe }: Pick<ScdfmConfig, 'recipe'>,
  tier: ScreenTier,
  dims: number,
  contexts: readonly number[],
  members: number,
): VelocityShape {
  if (tier === 'fast') return { tier, dims, members, contexts, ...FAST };
  const faithful = recipe === 'faithful';
  const own = faithful ? { ...PAD, graphHeads: 8 } : PAD;
  const gentle = !faithful;
  return { tier, dims, members, contexts, ...own, gentle, masked: gentle, shifted: gentle };
}
