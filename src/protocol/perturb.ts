/** @file What the parts say to each other about perturbation screens: the question, the prediction, and how far it is to be believed. */

/** Where the flow begins: noise, a control cell with noise on it, or a control cell. */
export type ScreenStart = 'gaussian' | 'noisy-control' | 'control';

/** `fast`: velocity on principal components, trained in a minute. `pad-lite`: gene tokens, differential attention, gene graph. */
export type ScreenTier = 'fast' | 'pad-lite';

/** How a screen is read and modelled. What is held out is told by `TrainSettings.split.hide`. */
export interface ScreenSettings {
  /** Name of the obs column of perturbations; one of the attributes that are trained on. */
  readonly attribute: string;
  /** Its value for untreated cells. */
  readonly control: string;
  /** What stands between the members of a combination in the column's values, as "+" in `A+B`; null: every value is one perturbation. */
  readonly separator: string | null;
  /** Name of another trained attribute that tells contexts apart (cell type, line); null: none. Controls are matched within it. */
  readonly context: string | null;
  readonly tier: ScreenTier;
  readonly start: ScreenStart;
  /** Weight of the squared maximum mean discrepancy, 0 or more; the paper's is 0.5. */
  readonly mmdWeight: number;
  /** Genes that are modelled, perturbed ones always among them; null: the tier's own number. */
  readonly genes: number | null;
  /** Pairs of gene names that replace the co-expression graph; left out: the graph is learnt from training cells. */
  readonly edges?: readonly (readonly [string, string])[] | undefined;
}

/** What a trained model knows of its screen. */
export interface ScreenInfo extends Omit<ScreenSettings, 'genes' | 'edges'> {
  /** Members that a set of perturbations can be made of: those seen in training first, then genes reached through the graph. */
  readonly members: readonly string[];
  /** How many of `members`, from the first, were seen in training. */
  readonly seenMembers: number;
  /** Values of the column that training cells have, control included. */
  readonly seenLabels: readonly string[];
  /** Neighbours in the gene graph: pairs of positions among the model's genes, each pair once, [2 · edges]; for `fast` those of perturbed genes alone. */
  readonly graph: readonly number[];
  /** The graph is a person's edge list, not learnt; left out by older models, which do not tell. */
  readonly graphGiven?: boolean | undefined;
}

/** A question: what would cells of this context look like with these perturbations? */
export interface PerturbRequest {
  /** Members of the set; none: control. Their order does not matter. */
  readonly members: readonly string[];
  /** Value of every other trained attribute that is fixed; those left out are as in the control cells. */
  readonly context: Readonly<Record<string, string>>;
  readonly cells: number;
  readonly seed: number;
  /** How strongly the perturbation is followed: 0 control, 1 as learnt, up to 4. */
  readonly weight: number;
  /** How strongly the fixed values of other attributes are followed, 0 to 4; 1 for those left out. */
  readonly weights?: Readonly<Record<string, number>> | undefined;
  /** Add the velocities of single members instead of asking for the set at once. */
  readonly composed: boolean;
}

/** Simple predictors that stand beside the model. */
export type PerturbBaseline =
  /** Control cells as they are. */
  | 'control'
  /** Control cells moved by the mean change of all training perturbations. */
  | 'mean-change'
  /** Control cells moved by the sum of the members' own changes. */
  | 'additive'
  /** Control cells moved by the change of the known perturbation nearest to this one. */
  | 'nearest'
  /** Control cells moved by a ridge regression on gene components. */
  | 'linear'
  /** Control cells of this context moved by the same perturbation's mean change in other contexts. */
  | 'other-contexts';

/** Everything that is scored: the model, the baselines, and one half of the real perturbed cells against the other. */
export type Predictor = 'model' | PerturbBaseline | 'floor';

/** Scores of one prediction of one perturbation, on log1p of counts per 10,000; null where a score has no value (no change has no correlation). */
export interface PerturbScores {
  /** Pearson correlation of the mean changes against control, −1 to 1. */
  readonly pearsonDelta: number | null;
  /** Share of the real top genes found among as many predicted ones, 0–1. */
  readonly overlap: number | null;
  /** Share of the really changed genes whose direction is right, 0–1. */
  readonly direction: number | null;
  /** How well the prediction picks its own perturbation among all, 0–1, 0.5 by chance; null with fewer than three perturbations. */
  readonly discrimination: number | null;
  /** Mean absolute and mean squared error of mean expression. */
  readonly mae: number;
  readonly mse: number;
  /** Area under the precision–recall curve of really changed genes, 0–1. */
  readonly prAuc: number | null;
  /** Energy distance of the cells in the space of principal components of training cells. */
  readonly energy: number;
  /** Squared maximum mean discrepancy in the same space, median width, unbiased. */
  readonly mmd: number;
}

/** Scores of one predictor for one perturbation in one context. */
export interface ScoredPrediction {
  readonly predictor: Predictor;
  /** The perturbation as in the column, and its context ('' without one). */
  readonly label: string;
  readonly context: string;
  /** Real perturbed cells it was compared with. */
  readonly cells: number;
  /** Training cells had this perturbation in this context. */
  readonly seen: boolean;
  readonly scores: PerturbScores;
}

/** One gene's change against control, in natural-log units of mean counts per 10,000 (+1). */
export interface PerturbEffect {
  readonly gene: string;
  readonly predicted: number;
  /** Benjamini–Hochberg-adjusted p of a rank-sum test, predicted cells against control cells. */
  readonly adjusted: number;
  /** The same of the real perturbed cells; null without any. */
  readonly real: number | null;
  readonly realAdjusted: number | null;
  /** The sum of the members' own changes; null when one was never seen alone. */
  readonly additive: number | null;
}

/** The answer. */
export interface PerturbReport {
  readonly request: PerturbRequest;
  /** The perturbation as the column would say it. */
  readonly label: string;
  /** No training cell has this set in this context. */
  readonly extrapolated: boolean;
  /** Every modelled gene, largest predicted change first. */
  readonly effects: readonly PerturbEffect[];
  /** The model, each baseline that has an answer, and the floor; empty without real cells. */
  readonly scores: readonly ScoredPrediction[];
  /** One sentence for a person, made from the scores. */
  readonly headline: string;
}

/** A set that was not measured, by how much it is predicted to do. */
export interface RankedSet {
  readonly members: readonly string[];
  /** Length of the predicted mean change over all modelled genes. */
  readonly size: number;
  /** Length of the part that the members' own changes do not add up to; null when one was never seen alone. */
  readonly beyondAdditive: number | null;
}
