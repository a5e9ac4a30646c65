/** @file `info` against what Python's anndata read from files of every age. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runInfo, type ColumnReport, type InfoReport, type MatrixReport } from './info.ts';

const corpus = join(import.meta.dirname, '../../shared/data/reader-corpus');
const fixtures = join(import.meta.dirname, '../src/data/fixtures/anndata');

type Expected = Omit<InfoReport, 'counts' | 'warnings'>;

const near = (a: number | null, b: number | null): boolean =>
  a === b || (a !== null && b !== null && Math.abs(a - b) <= 1e-5 * Math.max(1, Math.abs(b)));

function expectMatrix(own: MatrixReport | null, expected: MatrixReport | null): void {
  if (own === null || expected === null) {
    expect(own).toBe(expected);
    return;
  }
  expect({ ...own, sum: 0 }).toEqual({ ...expected, sum: 0 });
  expect(near(own.sum, expected.sum)).toBe(true);
}

function expectColumn(own: ColumnReport, expected: ColumnReport): void {
  if ('dtype' in expected) {
    expect(own).toMatchObject({ dtype: expected.dtype });
    if (!('dtype' in own)) return;
    expect([near(own.min, expected.min), near(own.max, expected.max)]).toEqual([true, true]);
    return;
  }
  if (!('categories' in expected) || !('categories' in own)) throw new Error('one is unreadable');
  expect([own.categories, own.missing]).toEqual([expected.categories, expected.missing]);
  const sizes = (top: Record<string, number>): number[] => Object.values(top).sort((a, b) => b - a);
  expect(sizes(own.top)).toEqual(sizes(expected.top));
  // Values that occur equally often may stand in any order, and the last of the five may be any of them.
  const last = Math.min(...Object.values(expected.top));
  for (const [name, cells] of Object.entries(expected.top)) {
    if (cells > last) expect(own.top[name]).toBe(cells);
  }
}

describe('info', () => {
  it('reports a small file', async () => {
    const report = await runInfo(join(fixtures, 'lognorm_layers_raw.h5ad'));
    expect(report).toMatchObject({
      file: 'lognorm_layers_raw.h5ad',
      n_obs: 23,
      n_vars: 17,
      X: { kind: 'csr_matrix', integer: false, negative: false },
      counts: {
        where: 'layers/counts',
        why: "Found in layers['counts']: whole numbers. X is log-normalised, so it is not used.",
      },
    });
    expect(Object.keys(report.layers)).toContain('counts');
    expect(report.raw?.shape).toEqual([23, 23]);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it('says when a file is not there', async () => {
    await expect(runInfo(join(fixtures, 'nowhere.h5ad'))).rejects.toMatchObject({
      code: 'bad-request',
    });
  });
});

if (!existsSync(corpus)) console.log('Left out: 49 files of every age (no shared data).');

describe.runIf(existsSync(corpus))('files of every age', () => {
  const lines = existsSync(corpus)
    ? readFileSync(join(corpus, 'expected.jsonl'), 'utf8').trim().split('\n')
    : [];
  const cases = lines.map((line) => JSON.parse(line) as Expected);

  it.each(cases.map((expected) => [expected.file, expected] as const))(
    '%s',
    async (file, expected) => {
      const own = await runInfo(join(corpus, file));
      for (const key of ['bytes', 'n_obs', 'n_vars', 'obs_names', 'var_names', 'obsm'] as const) {
        expect(own[key]).toEqual(expected[key]);
      }
      expectMatrix(own.X, expected.X);
      expectMatrix(own.raw, expected.raw);
      expect(Object.keys(own.layers).sort()).toEqual(Object.keys(expected.layers).sort());
      for (const [key, layer] of Object.entries(expected.layers))
        expectMatrix(own.layers[key], layer);
      expect(Object.keys(own.obs).sort()).toEqual(Object.keys(expected.obs).sort());
      for (const [key, column] of Object.entries(expected.obs)) expectColumn(own.obs[key], column);
    },
  );
});
