/** @file Scores of many perturbations in few numbers, and in one sentence. */
import type {
  PerturbBaseline,
  PerturbScores,
  Predictor,
  ScoredPrediction,
} from '../../protocol/perturb.ts';
import type { MeanScore, PredictorMeans } from '../../protocol/perturb-api.ts';
import { ruleNames } from '../../protocol/predictor-names.ts';
import { intervalAround, resampledShares } from '../bootstrap.ts';
import { shortWords } from '../number-words.ts';

/** Names of predictors for a person. */
export const predictorNames: Readonly<Record<Predictor, string>> = { model: 'model', ...ruleNames };

/** The order in which predictors are listed. */
export const predictorOrder = Object.keys(predictorNames) as readonly Predictor[];

const DRAWS = 500;
const ANYTHING = [-Infinity, Infinity] as const;

function meanScore(values: readonly number[], seed: number): MeanScore {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const interval =
    values.length < 3 ? null : intervalAround(mean, resampledShares(values, DRAWS, seed), ANYTHING);
  return { mean, interval, perturbations: values.length };
}

/** Means over perturbations with intervals, for every predictor that has scores; in the order of `predictorOrder`. */
export function summarise(scores: readonly ScoredPrediction[], seed = 1): PredictorMeans[] {
  return predictorOrder.flatMap((predictor) => {
    const own = scores.filter((one) => one.predictor === predictor);
    if (own.length === 0) return [];
    const names = Object.keys(own[0].scores) as (keyof PerturbScores)[];
    const entries = names.flatMap((name) => {
      const values = own.flatMap((one) => one.scores[name] ?? []);
      return values.length === 0 ? [] : [[name, meanScore(values, seed)]];
    });
    return [{ predictor, scores: Object.fromEntries(entries) as PredictorMeans['scores'] }];
  });
}

/** How the model stands to the best simple rule in one score. */
export interface Standing {
  readonly model: number;
  readonly best: number;
  readonly baseline: PerturbBaseline;
  /** `as-good`: the difference is within what chance makes of it. */
  readonly verdict: 'better' | 'as-good' | 'worse';
}

/** Relative differences below this are no difference when there are only one or two perturbations. */
const MARGIN = 0.1;

/** The model against the best simple rule (by its mean over the same perturbations); null without a model or a rule. */
export function standing(
  scores: readonly ScoredPrediction[],
  name: 'energy' | 'pearsonDelta',
  seed = 1,
): Standing | null {
  const sign = name === 'energy' ? -1 : 1;
  const table = new Map<Predictor, Map<string, number>>();
  for (const { predictor, label, context, scores: own } of scores) {
    const value = own[name];
    if (value === null) continue;
    const row = table.get(predictor) ?? new Map<string, number>();
    table.set(predictor, row.set(JSON.stringify([label, context]), value));
  }
  const model = table.get('model');
  if (model === undefined) return null;
  // The distance is without bias: what two halves of the same cells are apart is chance.
  const apart = name === 'energy' ? [...(table.get('floor')?.values() ?? [])] : [];
  const chance = apart.length === 0 ? 0 : meanOf(apart.map(Math.abs));
  // Who is as near as the real cells are to themselves cannot be nearer.
  const limit = name === 'energy' ? Math.max(0, apart.length === 0 ? 0 : meanOf(apart)) : -Infinity;
  let found: Standing | null = null;
  for (const [predictor, row] of table) {
    if (predictor === 'model' || predictor === 'floor') continue;
    const pairs = [...model].flatMap(([key, own]) => {
      const other = row.get(key);
      return other === undefined ? [] : [[own, other] as const];
    });
    // A rule that answers for some perturbations only is not the best rule for all.
    if (pairs.length < model.size) continue;
    const best = meanOf(pairs.map(([, other]) => other));
    if (found !== null && sign * found.best >= sign * best) continue;
    const own = meanOf(pairs.map(([value]) => value));
    const gains = pairs.map(([value, other]) => sign * (value - other));
    const both = Math.max(own, best);
    const verdict = both <= limit ? 'as-good' : compare(gains, Math.max(MARGIN * Math.max(Math.abs(own), Math.abs(best)), chance), seed); // prettier-ignore
    found = { model: own, best, baseline: predictor, verdict };
  }
  return found;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

/** @param least gains of one or two perturbations below this are none */
function compare(gains: readonly number[], least: number, seed: number): Standing['verdict'] {
  const gain = meanOf(gains);
  const interval = meanScore(gains, seed).interval ?? [gain - least, gain + least];
  if (interval[0] > 0) return 'better';
  return interval[1] < 0 ? 'worse' : 'as-good';
}

/**
 * One or two sentences for a person, by the energy distance and the correlation of changes: whether the model is better than every simple
 * rule, and plainly when one is as good or better.
 */
export function headline(scores: readonly ScoredPrediction[]): string {
  const energy = standing(scores, 'energy');
  if (energy === null) return 'There are no measured cells of this perturbation to compare with.';
  const change = standing(scores, 'pearsonDelta');
  const rule = `“${predictorNames[energy.baseline]}”`;
  const numbers = `energy distance ${shortWords(energy.best)}, the model ${shortWords(energy.model)}`;
  const least = floorWords(scores);
  if (energy.verdict === 'worse') {
    return `A simple rule is better than the model here: ${rule} is nearer to the real cells (${numbers}${least}).${changeWords(change, 'worse')}`;
  }
  if (energy.verdict === 'as-good') {
    return `A simple rule is as good as the model here: ${rule} is as near to the real cells (${numbers}${least}).${changeWords(change, 'as-good')}`;
  }
  const nearer = `The model is nearer to the real cells than every simple rule (energy distance ${shortWords(energy.model)} against ${shortWords(energy.best)} of the best, ${rule}${least})`;
  if (change === null || change.verdict === 'better') return `${nearer}.`;
  const words = change.verdict === 'worse' ? 'predicts better' : 'predicts as well';
  return `${nearer}, but which genes change “${predictorNames[change.baseline]}” ${words} (${correlations(change)}).`;
}

function correlations({ best, model }: Standing): string {
  return `correlation ${shortWords(best)}, the model ${shortWords(model)}`;
}

/** How the changes of genes stand, where they stand otherwise than the cells. */
function changeWords(change: Standing | null, cells: Standing['verdict']): string {
  if (change === null || change.verdict === cells) return '';
  if (change.verdict === 'better') {
    return ` Which genes change the model predicts better than every rule (correlation ${shortWords(change.model)} against ${shortWords(change.best)}).`;
  }
  const words = change.verdict === 'worse' ? 'predicts better' : 'predicts as well';
  return ` Which genes change “${predictorNames[change.baseline]}” ${words} (${correlations(change)}).`;
}

function floorWords(scores: readonly ScoredPrediction[]): string {
  const floor = summarise(scores.filter(({ predictor }) => predictor === 'floor'))[0]?.scores
    .energy;
  if (floor === undefined) return '';
  const apart = floor.mean > 0 ? shortWords(floor.mean) : '0';
  return `; two halves of the real cells are ${apart} apart`;
}

/**
 * The headline of a model on its own screen: of the perturbations that it did not see where there are some, with a word on those that it
 * and the simple rules learnt from.
 */
export function modelHeadline(scores: readonly ScoredPrediction[]): string {
  const of = new Set(scores.map(({ label, context }) => JSON.stringify([label, context]))).size;
  const unseen = scores.filter(({ seen }) => !seen);
  const untold = new Set(unseen.map(({ label, context }) => JSON.stringify([label, context]))).size;
  if (of === untold) return headline(scores);
  const hold = 'Hold it out under Model to test it.';
  if (untold === 0) {
    return of === 1
      ? `${headline(scores)} This is no test: the model and the rules learnt from cells with this perturbation. ${hold}`
      : `${headline(scores)} This is no test: the model and the rules learnt from cells of all ${of}. Hold some out under Model.`;
  }
  const rest = of - untold;
  return `${headline(unseen)} That is of the ${untold} held out; the model and the rules learnt from the other ${rest}.`;
}
