/** @file cell-eval's numbers are met, quirks included; expected values are the original program's. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { csrFromDense } from '../../numerics/csr.ts';
import { loadFixture } from '../../numerics/testing/fixture.ts';
import { largestDifference, largestRelative } from '../../numerics/testing/compare.ts';
import { cellEval, energiesToControl, type CellEvalRules, type GroupedCells } from './cell-eval.ts';

const fixture = loadFixture('scdfm', 'metrics', join(import.meta.dirname, '../fixtures'));
interface Scalars {
  readonly conditions: readonly string[];
  readonly cell_eval_per_perturbation: Readonly<
    Record<string, Readonly<Record<string, Readonly<Record<string, number>>>>>
  >;
  readonly discrimination_signed_delta: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly edistance_to_control: { readonly real: number[]; readonly pred: number[] };
}
const scalars = fixture.info.scalars as unknown as Scalars;
const genes = 23;

function side(name: 'real' | 'pred'): GroupedCells {
  const index = fixture.values(`${name}/condition_index`);
  const rows = (wanted: number): number[] =>
    [...index.keys()].filter((cell) => index[cell] === wanted);
  return {
    logs: csrFromDense(index.length, genes, fixture.values(`${name}/X`)),
    control: rows(-1),
    groups: scalars.conditions.map((_, p) => rows(p)),
  };
}

const [real, predicted] = [side('real'), side('pred')];

const cases: readonly (readonly [string, CellEvalRules])[] = [
  ['as_shipped_fold_change_of_log_means', { folds: 'log-means', absolute: true }],
  ['fold_change_of_expm1_means', { folds: 'expm1-means', absolute: true }],
];

describe.each(cases)('cell-eval with %s', (name, rules) => {
  it('has every number of every perturbation', async () => {
    const table = await cellEval(real, predicted, rules);
    for (const [p, condition] of scalars.conditions.entries()) {
      const expected = scalars.cell_eval_per_perturbation[name][condition];
      const own = { ...table.rows[p], ...table.pooled };
      expect(Object.keys(own).sort()).toEqual(Object.keys(expected).sort());
      // The original's means are float32.
      for (const [metric, value] of Object.entries(expected)) {
        expect(own[metric], `${condition} ${metric}`).toBeCloseTo(value, 5);
      }
    }
  });

  it('has fold changes and adjusted p of every gene', async () => {
    const table = await cellEval(real, predicted, rules);
    const folds = rules.folds === 'log-means' ? 'log_means' : 'expm1_means';
    for (const [which, changes] of [
      ['real', table.real],
      ['pred', table.predicted],
    ] as const) {
      const fold = changes.flatMap(({ change }) => Array.from(change, (x) => 2 ** x));
      const adjusted = changes.flatMap(({ adjusted: own }) => Array.from(own));
      const expected = fixture.values(`de/${which}/fold_change_of_${folds}`);
      expect(largestRelative(fold, expected)).toBeLessThan(2e-5);
      expect(largestDifference(adjusted, fixture.values(`de/${which}/fdr`))).toBeLessThan(1e-6);
    }
  });
});

describe('beyond the shipped rules', () => {
  it('compares changes with their signs', async () => {
    const { rows } = await cellEval(real, predicted, { folds: 'log-means', absolute: false });
    for (const [p, condition] of scalars.conditions.entries()) {
      for (const kind of ['l1', 'l2', 'cosine']) {
        expect(rows[p][`discrimination_score_${kind}`]).toBeCloseTo(
          scalars.discrimination_signed_delta[kind][condition],
          12,
        );
      }
    }
  });

  it('measures energies to control as the original does', async () => {
    const { real: own, pred } = scalars.edistance_to_control;
    expect(largestDifference(await energiesToControl(real), own)).toBeLessThan(1e-6);
    expect(largestDifference(await energiesToControl(predicted), pred)).toBeLessThan(1e-6);
  });
});
