/** @file Tables in Markdown out of stored runs on screens: means over seeds and perturbations, with the spread over seeds. */
import { predictorNames, predictorOrder } from '../../src/evaluation/perturb/summary.ts';
import type { PerturbScores, Predictor, ScoredPrediction } from '../../src/protocol/perturb.ts';
import type { ScreenResult } from './screen-run.ts';

const shown = [
  'pearsonDelta',
  'energy',
  'mmd',
  'direction',
  'overlap',
  'discrimination',
  'prAuc',
  'mae',
] as const satisfies readonly (keyof PerturbScores)[];

const heads: Readonly<Record<(typeof shown)[number], string>> = {
  pearsonDelta: 'r of changes',
  energy: 'energy distance',
  mmd: 'MMD²',
  direction: 'direction',
  overlap: 'top genes',
  discrimination: 'finds itself',
  prAuc: 'PR area',
  mae: 'MAE',
};

/** Which of a case's perturbations a row is about. */
type Part = 'unseen' | 'seen';

/** Mean over a run's perturbations of one score; null when none has it. */
function runMean(
  scores: readonly ScoredPrediction[],
  predictor: Predictor,
  name: keyof PerturbScores,
): number | null {
  const values = scores.flatMap((one) =>
    one.predictor === predictor ? (one.scores[name] ?? []) : [],
  );
  return values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length;
}

function cell(values: readonly (number | null)[]): string {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return '–';
  const mean = known.reduce((a, b) => a + b, 0) / known.length;
  const spread = Math.sqrt(known.reduce((sum, x) => sum + (x - mean) ** 2, 0) / known.length);
  const digits = Math.abs(mean) >= 1 ? 2 : 3;
  return known.length === 1 ? mean.toFixed(digits) : `${mean.toFixed(digits)} ± ${spread.toFixed(digits)}`; // prettier-ignore
}

function part(runs: readonly ScreenResult[], which: Part): string[] {
  const scores = runs.map((run) => run.scores.filter(({ seen }) => seen === (which === 'seen')));
  const used = scores.filter((own) => own.length > 0);
  if (used.length === 0) return [];
  const rows = predictorOrder.flatMap((predictor) => {
    const own = used.filter((all) => all.some((one) => one.predictor === predictor));
    if (own.length === 0) return [];
    const cells = shown.map((name) => cell(own.map((all) => runMean(all, predictor, name))));
    return [`| ${predictorNames[predictor]} | ${cells.join(' | ')} |`];
  });
  const asked = used.map((own) => own.filter((one) => one.predictor === 'model').length);
  return [
    `${which === 'seen' ? 'Seen in training' : 'Never seen in training'}: ${asked.join(', ')} perturbations by seed.`,
    '',
    `| | ${shown.map((name) => heads[name]).join(' | ')} |`,
    `| --- | ${shown.map(() => '---:').join(' | ')} |`,
    ...rows,
    '',
  ];
}

/** One section for each case and variant. */
export function screenTable(results: readonly ScreenResult[]): string {
  const names = [...new Set(results.map((run) => `${run.case} · ${run.variant}`))];
  return names
    .flatMap((name) => {
      const runs = results.filter((run) => `${run.case} · ${run.variant}` === name);
      const seconds = runs.map(({ processor }) => processor.toFixed(0)).join(', ');
      const signs = runs.flatMap(({ interactions }) => interactions ?? []);
      const lines = (['hidden', 'seen'] as const).map((which) => {
        const kinds = Object.keys(signs[0]?.[which].shares ?? {});
        const shares = kinds.map((kind) => `${kind} ${cell(signs.map((own) => own[which].shares[kind] ?? null))}`); // prettier-ignore
        return `Signs of effects beyond the sum, pairs ${which}: ${shares.join('; ')}.`;
      });
      return [
        `### ${name}`,
        '',
        `Seeds ${runs.map(({ seed }) => seed).join(', ')}; training took ${seconds} s of processor time.`,
        ...(signs.length > 0 ? lines : []),
        '',
        ...part(runs, 'unseen'),
        ...part(runs, 'seen'),
      ];
    })
    .join('\n');
}
