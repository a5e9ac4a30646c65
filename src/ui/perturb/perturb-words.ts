/** @file Names of predictors and scores, and numbers of the Perturb step as a person reads them. */
import type { PerturbScores, Predictor } from '../../protocol/perturb.ts';
import { ruleNames } from '../../protocol/predictor-names.ts';
import type { PerturbUse, PerturbView } from '../../state/perturb.ts';
import { formatDecimal } from '../../state/format.ts';

/** What a predictor is called. */
export const predictorNames: Readonly<Record<Predictor, string>> = { model: 'scDFM', ...ruleNames };

/** Predictors in the order in which they are told. */
export const predictorOrder = Object.keys(predictorNames) as readonly Predictor[];

/** A score: its name, what it says, which way is better, its digits. */
export interface ScoreWords {
  readonly name: string;
  readonly says: string;
  readonly better: 'high' | 'low';
  readonly digits: number;
}

/** The scores in the order in which they are told. */
export const scoreWords: Readonly<Record<keyof PerturbScores, ScoreWords>> = {
  pearsonDelta: { name: 'r of changes', says: 'Pearson correlation of the mean changes against control', better: 'high', digits: 2 }, // prettier-ignore
  energy: { name: 'E-distance', says: 'energy distance between predicted and real cells', better: 'low', digits: 3 }, // prettier-ignore
  mmd: { name: 'MMD²', says: 'squared maximum mean discrepancy between predicted and real cells', better: 'low', digits: 4 }, // prettier-ignore
  overlap: { name: 'top genes', says: 'share of the most changed genes that are found', better: 'high', digits: 2 }, // prettier-ignore
  direction: { name: 'direction', says: 'share of changed genes that go the right way', better: 'high', digits: 2 }, // prettier-ignore
  prAuc: {
    name: 'PR-AUC',
    says: 'precision and recall of changed genes',
    better: 'high',
    digits: 2,
  },
  discrimination: { name: 'own among all', says: 'how well a prediction picks its own perturbation, 0.5 by chance', better: 'high', digits: 2 }, // prettier-ignore
  mae: { name: 'MAE', says: 'mean absolute error of mean expression', better: 'low', digits: 3 },
  mse: { name: 'MSE', says: 'mean squared error of mean expression', better: 'low', digits: 4 },
};

/** Their keys. */
export const scoreKeys = Object.keys(scoreWords) as (keyof PerturbScores)[];

/** A score as text; a dash where there is none. */
export function scoreText(value: number | null, key: keyof PerturbScores): string {
  return value === null ? '–' : formatDecimal(value, scoreWords[key].digits);
}

/** A change with its sign. */
export function signed(value: number, digits = 2): string {
  return `${value > 0 ? '+' : ''}${formatDecimal(value, digits)}`;
}

/** An adjusted p. */
export function pText(p: number | null): string {
  if (p === null) return '–';
  return p < 0.001 ? '< 0.001' : formatDecimal(p, 3);
}

/** The unit of changes. */
export const changeUnit = 'change of mean expression, natural log of counts per 10,000';

/** What the uses are called while they run. */
export const useNames: Readonly<Record<PerturbUse, string>> = {
  predict: 'Prediction',
  score: 'Scores',
  rank: 'Ranking',
};

/** Views in their order. */
export const views: readonly { readonly value: PerturbView; readonly label: string }[] = [
  { value: 'effects', label: 'Genes' },
  { value: 'plot', label: 'Scatter' },
  { value: 'set', label: 'Gene set' },
  { value: 'scores', label: 'Beside baselines' },
  { value: 'all', label: 'All perturbations' },
  { value: 'rank', label: 'Combinations' },
  { value: 'graph', label: 'Gene graph' },
];
