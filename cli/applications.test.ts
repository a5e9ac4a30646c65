/** @file The commands correct, counterfactual, augment and impute from end to end on the embedded demo cells and a barely trained model. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { nodeBackend } from '../src/data/h5-node.ts';
import { openH5ad } from '../src/data/h5ad-file.ts';
import { IoService } from '../src/data/io-service.ts';
import { selectColumns } from '../src/numerics/csr.ts';
import { callJson as call } from './testing/call.ts';
import { sameOrigin, writeCells } from './write-cells.ts';

const folder = mkdtempSync(join(tmpdir(), 'cellsmith-applications-'));
const demo = join(import.meta.dirname, '../public/demo/blood-700.h5ad');
const model = join(folder, 'demo.cellsmith');
const out = join(folder, 'out.h5ad');

async function load(path: string) {
  const io = new IoService(nodeBackend());
  const { chosen } = await io.open({ path });
  const data = await io.load(chosen ?? 'X');
  const counts = await io.counts();
  await io.close();
  return { ...data, counts };
}

async function numbers(path: string, key: string): Promise<Float64Array> {
  const file = await openH5ad(await nodeBackend(), { path });
  try {
    return Float64Array.from(file.h5.numbers(key));
  } finally {
    file.h5.close();
  }
}

function words({
  categories,
  codes,
}: {
  categories: readonly string[];
  codes: Int32Array;
}): string[] {
  return Array.from(codes, (code) => categories[code]);
}

beforeAll(async () => {
  const attributes = ['--attributes', 'bulk_labels,phase', '--held-out', '0.3'];
  const { code } = await call(
    'train',
    demo,
    '--out',
    model,
    ...attributes,
    '--epochs',
    '2',
    '--steps',
    '20',
  );
  expect(code).toBe(0);
});
afterEach(() => {
  rmSync(out, { force: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('wrong usage', () => {
  it.each([
    [['correct', model, demo, '--out', out]],
    [['correct', model, '--batch', 'phase', '--out', out]],
    [['correct', model, demo, '--batch', 'phase', '--out', out, '--library', 'all']],
    [['correct', model, demo, '--batch', 'phase', '--out', out, '--weights', 'phase']],
    [['correct', model, demo, '--batch', 'phase', '--out', out, '--solver', 'rk4']],
    [['counterfactual', model, demo, '--out', out]],
    [['augment', model, demo, '--attribute', 'phase', '--value', 'G1', '--out', out]],
    [['augment', model, demo, '--attribute', 'phase', '--cells', '3', '--out', out]],
  ])('%j ends with 2 and writes nothing', async (args) => {
    expect((await call(...args)).code).toBe(2);
    expect(existsSync(out)).toBe(false);
  });
});

describe('correct', () => {
  it('writes latents before and after, all columns, and the counts as they were', async () => {
    const order = ['--batch', 'phase', '--to', 'G1', '--solver', 'heun:4'];
    const { code, report } = await call('correct', model, demo, ...order, '--out', out);
    expect(code).toBe(0);
    expect(report).toMatchObject({ cells: 700, batches: ['G1', 'G2M', 'S'], to: 'G1', counts: 'as measured', measures: null }); // prettier-ignore
    const [was, now] = [await load(demo), await load(out)];
    expect(new Set(words(now.categorical['origin']))).toEqual(new Set(['real']));
    expect([...now.counts.values]).toEqual([...was.counts.values]);
    expect(words(now.categorical['phase'])).toEqual(words(was.categorical['phase']));
    expect(now.obsNames).toEqual(was.obsNames);
    const after = await numbers(out, 'obsm/X_cellsmith');
    const before = await numbers(out, 'obsm/X_cellsmith_uncorrected');
    expect(after.length).toBe(before.length);
    expect(after.every(Number.isFinite)).toBe(true);
    // Cells of the reference batch with the same labels on both ways come back; the others move.
    const dims = after.length / 700;
    const moved = words(was.categorical['phase']).map((phase, i) => {
      let square = 0;
      for (let d = i * dims; d < (i + 1) * dims; d++) square += (after[d] - before[d]) ** 2;
      return { phase, far: Math.sqrt(square) };
    });
    const mean = (own: typeof moved): number => own.reduce((sum, m) => sum + m.far, 0) / own.length;
    const stay = moved.filter((m) => m.phase === 'G1');
    expect(mean(stay)).toBeLessThan(0.5 * mean(moved.filter((m) => m.phase !== 'G1')));
  });

  it('draws corrected counts and measures when asked', async () => {
    const order = ['--batch', 'phase', '--counts', '--solver', 'heun:2', '--measure', 'bulk_labels', '--measure-cells', '200']; // prettier-ignore
    const { code, report } = await call('correct', model, demo, ...order, '--out', out);
    expect(code).toBe(0);
    expect(report).toMatchObject({ to: 'average', counts: 'corrected', measures: { cells: 200 } });
    const measures = report['measures'] as Record<string, Record<string, number>>;
    for (const name of ['uncorrected', 'linear', 'latents', 'corrected']) {
      expect(
        Object.values(measures[name]).every((v) => v >= -1 && v <= 1),
        name,
      ).toBe(true);
    }
    expect((await load(out)).counts.values.every((n) => Number.isInteger(n) && n >= 1)).toBe(true);
  });

  it.each([
    ['an attribute that the model does not have', 'donor', [], /attributes are .*phase/],
    ['a label to measure by that the file does not have', 'phase', ['--measure', 'bulk_label'], /mean bulk_labels\?/], // prettier-ignore
    ['a weight of what is no attribute', 'phase', ['--weights', 'phas=2'], /mean phase\?/],
  ])('refuses %s', async (_, batch, more, words) => {
    const order = ['--batch', batch, ...more, '--out', out];
    const { code, report } = await call('correct', model, demo, ...order);
    expect(code).toBe(1);
    expect(report).toMatchObject({
      error: { code: 'bad-attribute', message: expect.stringMatching(words) as string },
    });
    expect(existsSync(out)).toBe(false);
  });
});

describe('counterfactual', () => {
  it('writes the chosen cells under the new value, with effects by gene', async () => {
    const where = ['--set', 'phase=S', '--where', 'bulk_labels=CD19+ B', '--solver', 'heun:4'];
    const { code, report } = await call('counterfactual', model, demo, ...where, '--out', out);
    expect(code).toBe(0);
    const was = await load(demo);
    const labels = words(was.categorical['bulk_labels']);
    const phases = words(was.categorical['phase']);
    const chosen = labels.flatMap((l, i) => (l === 'CD19+ B' && phases[i] !== 'S' ? [i] : []));
    expect(report).toMatchObject({ cells: chosen.length, genes: 765 });
    expect((report['largest'] as unknown[]).length).toBe(10);
    const now = await load(out);
    expect(now.obsNames).toEqual(chosen.map((i) => was.obsNames[i]));
    expect(new Set(words(now.categorical['phase']))).toEqual(new Set(['S']));
    expect((await numbers(out, 'uns/cellsmith/effects/effect')).length).toBe(765);
  });

  it('names a value that the model does not know', async () => {
    const { code, report } = await call(
      'counterfactual',
      model,
      demo,
      '--set',
      'phase=G7',
      '--out',
      out,
    );
    expect(code).toBe(1);
    expect(report).toMatchObject({ error: { code: 'bad-request' } });
  });
});

describe('augment', () => {
  const order = [
    '--attribute',
    'bulk_labels',
    '--value',
    'CD34+',
    '--cells',
    '9',
    '--solver',
    'heun:4',
  ];

  it('puts synthetic cells behind the real ones and says what they are worth', async () => {
    const { code, report } = await call('augment', model, demo, ...order, '--check', '--out', out);
    expect(code).toBe(0);
    expect(report).toMatchObject({ realCells: 700, added: { 'CD34+': 9 } });
    const check = report['check'] as { classes: { name: string }[]; summary: string };
    expect(check.classes.map(({ name }) => name)).toEqual(['CD34+']);
    expect(check.summary).toMatch(/held-out real cells/);
    const [was, now] = [await load(demo), await load(out)];
    expect(now.nObs).toBe(709);
    expect(words(now.categorical['origin']).filter((o) => o === 'synthetic').length).toBe(9);
    expect(words(now.categorical['bulk_labels']).slice(700)).toEqual(Array(9).fill('CD34+'));
    const real = was.counts.values.reduce((a, b) => a + b, 0);
    const behind = now.counts.values.subarray(0, now.counts.indptr[700]).reduce((a, b) => a + b, 0);
    expect(behind).toBe(real);
  });

  it('does not check on a file that the model was not trained on', async () => {
    await call('augment', model, demo, ...order, '--out', out);
    const other = join(folder, 'other.h5ad');
    const { code, report } = await call('augment', model, out, ...order, '--check', '--out', other);
    expect(code).toBe(1);
    expect(report).toMatchObject({ error: { code: 'wrong-file' } });
  });
});

describe('impute', () => {
  it('fills genes that a file lacks, with standard errors, and leaves the counts alone', async () => {
    const lacking = join(folder, 'lacking.h5ad');
    const was = await load(demo);
    const left = Uint32Array.from(was.varNames.keys()).filter((g) => g % 9 !== 0);
    const genes = Array.from(left, (g) => was.varNames[g]);
    await writeCells(lacking, {
      counts: selectColumns(was.counts, left),
      genes,
      obsNames: was.obsNames,
      obs: {},
      origin: sameOrigin('real', 700),
      latentDim: 0,
      latents: {},
      about: {},
    });
    const { code, report } = await call('impute', model, lacking, '--passes', '2', '--out', out);
    expect(code).toBe(0);
    const missing = was.varNames.length - left.length;
    expect(report).toMatchObject({ cells: 700, genes: missing, missingGenes: missing, referenceCells: 0 }); // prettier-ignore
    const now = await load(out);
    expect(now.varNames).toEqual(was.varNames);
    const sum = (values: Float32Array): number => values.reduce((a, b) => a + b, 0);
    expect(sum(now.counts.values)).toBe(sum(selectColumns(was.counts, left).values));
    const at = await numbers(out, 'layers/imputed/indices');
    expect([...new Set(at)].every((g) => g % 9 === 0)).toBe(true);
    const values = await numbers(out, 'layers/imputed/data');
    expect(values.every((v) => v > 0 && Number.isFinite(v))).toBe(true);
    const errors = await numbers(out, 'layers/imputed_sd/data');
    expect(errors.length).toBeGreaterThan(0.9 * values.length);
  });

  it('tests itself on the model’s own file, and on no other', async () => {
    const genes = ['--genes', 'LYZ,CD3D', '--passes', '0', '--check'];
    const { code, report } = await call('impute', model, demo, ...genes, '--out', out);
    expect(code).toBe(0);
    const check = report['check'] as { scores: { method: string }[]; genes: unknown[] };
    expect(check.scores.map(({ method }) => method)).toEqual([
      'combined',
      'model',
      'nearest',
      'kind',
      'overall',
    ]);
    expect(check.genes.length).toBe(2);
    const unknown = await call('impute', model, demo, '--genes', 'XYZ', '--out', out);
    expect(unknown.report).toMatchObject({ error: { code: 'no-gene' } });
    const added = join(folder, 'added.h5ad');
    await call('augment', model, demo, '--attribute', 'bulk_labels', '--value', 'CD34+', '--cells', '3', '--solver', 'heun:2', '--out', added); // prettier-ignore
    const wrong = await call('impute', model, added, '--passes', '0', '--check', '--out', out);
    expect(wrong.report).toMatchObject({ error: { code: 'wrong-file' } });
  });
});
