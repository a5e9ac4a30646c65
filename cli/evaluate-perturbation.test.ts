/** @file `evaluate --perturbation` on files: counts and logarithms, with and without training cells, other names for the same set. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { nodeBackend } from '../src/data/h5-node.ts';
import { writeH5ad } from '../src/data/h5ad-writer.ts';
import { simulateScreen } from '../src/data/simulate-screen.ts';
import { logNormalise } from '../src/evaluation/perturb/screen.ts';
import { selectColumns, selectRows, type CsrMatrix } from '../src/numerics/csr.ts';
import { layOutCells, sameOrigin } from '../src/tasks/cells-file.ts';
import { evaluatePerturbation, type PerturbationReport } from './evaluate-perturbation.ts';
import { evaluateRules, runEvaluate } from './evaluate.ts';
import { parseOptions, UsageError } from './options.ts';

const folder = mkdtempSync(join(tmpdir(), 'cellsmith-perturbation-'));
const path = (name: string): string => join(folder, `${name}.h5ad`);
const screen = simulateScreen({ cells: 40, controls: 160, genes: 60, pathways: 2, perTarget: 2, seed: 5 }); // prettier-ignore
const pair = screen.labels.indexOf('P1A+P2A');
const rows = (wanted: (code: number, cell: number) => boolean): number[] =>
  [...screen.label.keys()].filter((cell) => wanted(screen.label[cell], cell));

interface Variant {
  /** Values in place of the counts. */
  readonly values?: CsrMatrix;
  readonly genes?: readonly number[];
  readonly labels?: readonly string[];
}

async function write(
  name: string,
  cells: readonly number[],
  { values, genes = [...screen.geneNames.keys()], labels = screen.labels }: Variant = {},
): Promise<void> {
  const pick = (of: CsrMatrix): CsrMatrix => selectColumns(selectRows(of, cells), genes);
  const layout = layOutCells({
    counts: pick(screen.counts),
    genes: genes.map((g) => screen.geneNames[g]),
    obsNames: cells.map((cell) => `cell${cell}`),
    obs: {
      gene: {
        kind: 'categorical',
        categories: labels,
        codes: Int32Array.from(cells, (cell) => screen.label[cell]),
      },
    },
    origin: sameOrigin('real', cells.length),
    latentDim: 0,
    latents: {},
    about: {},
  });
  const content = values === undefined ? layout : { ...layout, counts: pick(values) };
  writeFileSync(path(name), writeH5ad(await nodeBackend(), content));
}

const evaluate = (...args: string[]): Promise<PerturbationReport> =>
  evaluatePerturbation(
    parseOptions([...args, '--perturbation', 'gene', '--control', 'control'], evaluateRules),
  );

beforeAll(async () => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const isEven = (_: number, cell: number): boolean => cell % 2 === 0;
  await write('real', rows(isEven));
  await write(
    'train',
    rows((code, cell) => code !== pair && cell % 2 === 1),
  );
  // The same set under another name, genes in another order and some missing.
  const turned = screen.labels.map((name) => (name === 'P1A+P2A' ? 'P2A+P1A' : name));
  const genes = [...screen.geneNames.keys()].reverse().filter((g) => g % 9 !== 8);
  await write('predicted', rows((code, cell) => code === pair && cell % 2 === 1), { labels: turned, genes }); // prettier-ignore
  const logs = await logNormalise(screen.counts);
  const lowered: CsrMatrix = { ...logs, values: logs.values.map((value, k) => (k % 50 === 0 ? -0.1 : value)) }; // prettier-ignore
  await write(
    'logs',
    rows((code, cell) => code > 0 && cell % 2 === 1),
    { values: lowered },
  );
});

afterAll(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

describe('evaluate --perturbation', () => {
  it('compares a set beside rules that know the training cells', async () => {
    const report = await evaluate(path('real'), path('predicted'), '--train', path('train'));
    expect(report).toMatchObject({ scale: 'counts', separator: '+', genes: 54, notMeasured: [] });
    expect(report.notPredicted).toHaveLength(9);
    expect(report.scores.map(({ predictor }) => predictor)).toEqual(['model', 'control', 'mean-change', 'additive', 'nearest', 'linear', 'floor']); // prettier-ignore
    expect(report.scores.every(({ label, seen }) => label === 'P1A+P2A' && !seen)).toBe(true);
    expect(report.means.model?.pearsonDelta).toBeGreaterThan(0.8);
    expect(report.means.model?.energy).toBeLessThan(report.means.additive?.energy ?? 0);
    expect(report.headline).toMatch(/^The model is nearer/);
    expect(report.cellEval).toBeNull();
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it('takes logarithms, even negative ones, and leaves each set out of what rules know', async () => {
    const report = await evaluate(path('real'), path('logs'), '--cell-eval');
    expect(report).toMatchObject({ scale: 'log', train: null, notPredicted: [] });
    expect(report.scores.filter(({ predictor }) => predictor === 'model')).toHaveLength(10);
    const single = report.scores.filter(({ label }) => label === 'P1A');
    expect(single.map(({ predictor }) => predictor)).not.toContain('additive');
    expect(report.means.model?.direction).toBeGreaterThan(0.9);
    expect(Object.keys(report.cellEval?.rows ?? {})).toHaveLength(10);
    expect(report.cellEval?.rows['P1A+P2A'].pearson_delta).toBeGreaterThan(0.7);
    expect(report.cellEval?.pooled.pr_auc).toBeGreaterThan(0.5);
    const other = await evaluate(path('real'), path('logs'), '--cell-eval', '--folds', 'expm1-means', '--discrimination', 'signed'); // prettier-ignore
    const [shipped, signed] = [report, other].map(({ cellEval }) => cellEval?.rows['P1A+P2A']);
    expect(signed?.discrimination_score_l1).toBeGreaterThanOrEqual(Number(shipped?.discrimination_score_l1)); // prettier-ignore
    // Ratios of means of expm1 are not those of means of logarithms: genes are ordered otherwise. Everything else stays.
    expect(signed?.de_spearman_lfc_sig).not.toBe(shipped?.de_spearman_lfc_sig);
    expect(signed?.pearson_delta).toBe(shipped?.pearson_delta);
  });

  it('leaves out cells of which nobody knows what was perturbed, and says so', async () => {
    const labels = screen.labels.map((name) => (name === 'P1B' ? 'ambiguous' : name));
    await write('unclear', rows((_, cell) => cell % 2 === 0), { labels }); // prettier-ignore
    const report = await evaluate(path('unclear'), path('predicted'), '--train', path('train'));
    expect(report.leftOut).toEqual(['ambiguous']);
    expect(report.notPredicted).not.toContain('ambiguous');
    expect(report.scores.every(({ label }) => label === 'P1A+P2A')).toBe(true);
  });

  it('names what is wrong', async () => {
    const [real, predicted] = [path('real'), path('predicted')];
    const run = (...args: string[]): Promise<unknown> => runEvaluate(parseOptions(args, evaluateRules)); // prettier-ignore
    await expect(run(real, predicted, '--perturbation', 'gene')).rejects.toThrow(UsageError);
    const asked = ['--perturbation', 'gene', '--control', 'control'];
    await expect(run(real, predicted, ...asked, '--folds', 'log-means')).rejects.toThrow('belong to --cell-eval'); // prettier-ignore
    await expect(run(real, predicted, ...asked, '--cell-eval', '--folds', 'means')).rejects.toThrow('--folds takes'); // prettier-ignore
    await expect(run(real, predicted, ...asked, '--cell-eval', '--discrimination', 'l1')).rejects.toThrow('--discrimination takes'); // prettier-ignore
    await expect(
      run(real, predicted, '--perturbation', 'drug', '--control', 'control'),
    ).rejects.toMatchObject({ code: 'bad-attribute' });
    await expect(
      run(real, predicted, '--perturbation', 'gene', '--control', 'NT'),
    ).rejects.toMatchObject({ code: 'bad-request' });
    await expect(
      run(real, path('nowhere'), '--perturbation', 'gene', '--control', 'control'),
    ).rejects.toMatchObject({ code: 'bad-request' });
  });
});
