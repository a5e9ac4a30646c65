/** @file `evaluate` on files: a set held against itself is a set of copies, and errors have names. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nodeService, temporaryFolder, writeOrder } from '../src/data/testing/files.ts';
import { selectColumns } from '../src/numerics/csr.ts';
import { evaluateRules, runEvaluate, type EvaluateReport } from './evaluate.ts';
import { parseOptions, UsageError } from './options.ts';

const demo = join(import.meta.dirname, '../public/demo/blood-700.h5ad');
const fixtures = join(import.meta.dirname, '../src/data/fixtures/anndata');
const evaluate = async (...args: string[]) =>
  (await runEvaluate(parseOptions(args, evaluateRules))) as EvaluateReport;

describe('evaluate', () => {
  it('sees that a file against itself is copied', async () => {
    const report = await evaluate(demo, demo, '--train', demo, '--label', 'bulk_labels,phase', '--max-cells', '200'); // prettier-ignore
    expect(report).toMatchObject({
      cells: { heldOut: 700, training: 700, synthetic: 700 },
      genes: 765,
      genesOnlyInReal: 0,
      decided: true,
      headline: 'Copies of the training cells',
      measures: { exactCopies: 1, copies: 1 },
    });
    expect(report.notes.join()).toContain('they were not held out');
    expect(report.checks.map(({ id }) => id)).toHaveLength(7);
    expect(Object.keys(report.hits)).toEqual(['bulk_labels', 'phase']);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it('measures without training cells, and says that there is no verdict then', async () => {
    const report = await evaluate(demo, demo);
    expect(report).toMatchObject({ decided: false, headline: '', checks: [], train: null });
    // All cells take part in another order: the same distribution, at distance 0.
    expect(report.measures.wasserstein2).toBeCloseTo(0, 5);
    expect(report.measures.zeros).toBe(0);
    expect(report.notes.join()).toContain('no floor');
  });

  it('leaves out genes that the cells’ model did not know', async () => {
    const folder = temporaryFolder();
    const io = nodeService();
    await io.open({ path: demo });
    const { varNames, obsNames } = await io.load('X');
    const known = Int32Array.from({ length: 200 }, (_, g) => 3 * g);
    const counts = selectColumns(await io.counts(), known);
    const path = join(folder.path, 'some-genes.h5ad');
    writeFileSync(path, await io.write(writeOrder(counts, known, varNames, { obsNames })));
    await io.close();
    const report = await evaluate(demo, path);
    expect(report).toMatchObject({ genes: 200, genesOnlyInReal: 565, genesNotModelled: 565 });
    // The same cells: with zeros for the other genes they would be far from themselves.
    expect(report.measures.zeros).toBe(0);
    expect(report.measures.wasserstein2).toBeCloseTo(0, 5);
    folder.remove();
  });

  it('repeats CFGen’s arithmetic when asked, and says what is wrong with it', async () => {
    const { paper } = await evaluate(demo, demo, '--label', 'phase', '--paper-compat');
    const [own, centred] = paper?.rows ?? [];
    // The same cells on both sides: centred they are at 0, uncentred at the length of the mean.
    expect(centred.wasserstein2).toBeCloseTo(0, 4);
    expect(own.wasserstein2).toBeCloseTo(paper?.offset ?? 0, 4);
    expect(own.classWasserstein2).toBeCloseTo(paper?.offset ?? 0, 4);
    expect(paper?.says).toMatch(/centre the real cells and not the generated ones/);
    expect((await evaluate(demo, demo)).paper).toBeNull();
  });

  it('names what is wrong', async () => {
    await expect(evaluate(demo)).rejects.toThrow(UsageError);
    await expect(evaluate(demo, join(fixtures, 'nowhere.h5ad'))).rejects.toMatchObject({
      code: 'bad-request',
    });
    await expect(evaluate(demo, demo, '--label', 'colour')).rejects.toMatchObject({
      code: 'bad-attribute',
    });
    // No gene in common.
    await expect(evaluate(demo, join(fixtures, 'csr_counts.h5ad'))).rejects.toMatchObject({
      code: 'bad-request',
    });
  });
});
