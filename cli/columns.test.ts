/** @file Columns that options name: a misspelt one is refused with the name that may have been meant, whatever the option. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../src/data/testing/files.ts';
import type { ModelInfo } from '../src/protocol/model.ts';
import { requireColumn, requireWeighted } from './columns.ts';
import { evaluateRules, runEvaluate } from './evaluate.ts';
import { parseOptions } from './options.ts';
import { runTrain, trainRules } from './train.ts';

const demo = join(import.meta.dirname, '../public/demo/blood-700.h5ad');
const column = { categories: ['a'], codes: Int32Array.of(0) };
const named = (...names: readonly string[]) => ({
  path: 'cells.h5ad',
  columns: Object.fromEntries(names.map((name) => [name, column])),
});

describe('requireColumn', () => {
  it('gives the column', () => {
    expect(requireColumn('--label', named('cell_type'), 'cell_type')).toBe(column);
  });

  it.each([
    ['cel_type', ['cell_type', 'donor'], 'Did you mean cell_type?'],
    ['Donor', ['cell_type', 'donor'], 'Did you mean donor?'],
    ['colour', ['cell_type', 'donor'], 'It has cell_type, donor.'],
    ['toString', [], 'It has no column of categories at all.'],
  ])('refuses %s of %j: %s', (name, names, advice) => {
    expect(() => requireColumn('--label', named(...names), name)).toThrow(
      expect.objectContaining({
        code: 'bad-attribute',
        title: `obs['${name}'] is missing.`,
        message: `--label takes a column of categories; cells.h5ad has no such one. ${advice}`,
      }) as Error,
    );
  });

  it('lists twelve of many', () => {
    const many = Array.from({ length: 30 }, (_, i) => `column ${i}`);
    expect(() => requireColumn('--label', named(...many), 'x')).toThrow(/column 11 and 18 more\.$/);
  });
});

describe('requireWeighted', () => {
  const info = { attributes: [{ name: 'phase' }, { name: 'donor' }] } as unknown as ModelInfo;
  it('lets attributes of the model pass and refuses others, with the nearest', () => {
    expect(() => requireWeighted(info, { phase: 2 }, { donor: 0 }, {})).not.toThrow();
    expect(() => requireWeighted(info, { phase: 2 }, { doner: 1 })).toThrow(/Did you mean donor\?/);
  });
});

describe('a misspelt column of a command', () => {
  const folder = temporaryFolder();
  const out = join(folder.path, 'm.cellsmith');
  const train = (...args: string[]) => runTrain(parseOptions([demo, '--out', out, ...args], trainRules)); // prettier-ignore
  const refused = (name: string) =>
    expect.objectContaining({
      code: 'bad-attribute',
      message: expect.stringContaining(`Did you mean ${name}?`) as string,
    }) as Error;

  it('of evaluate --label', async () => {
    const options = parseOptions([demo, demo, '--label', 'phase,bulk_label'], evaluateRules);
    await expect(runEvaluate(options)).rejects.toThrow(refused('bulk_labels'));
  });

  it('of train --attributes and --held-out-by, before anything is trained', async () => {
    await expect(train('--attributes', 'phas')).rejects.toThrow(refused('phase'));
    await expect(train('--held-out-by', 'phas')).rejects.toThrow(refused('phase'));
    expect(existsSync(out)).toBe(false);
    folder.remove();
  });
});
