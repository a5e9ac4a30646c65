/** @file `evaluate` on files: a set held against itself is a set of copies, and errors have names. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nodeService, temporaryFolder, writeOrder } from '../src/data/testing/files.ts';
import { selectColumns, selectRows } from '../src/numerics/csr.ts';
import { describeEvaluation, evaluateRules, runEvaluate, type EvaluateReport } from './evaluate.ts';
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

    // For a person: the words first, then columns.
    const lines = describeEvaluation(report).split('\n');
    expect(lines[0]).toBe('Copies of the training cells');
    expect(lines[1]).toBe(report.sentence);
    expect(lines).toContain('What to do');
    // The demo's cells were not made here: settings of this program would say nothing of them.
    expect(report.advice.join()).toMatch(/do not pass these cells on as anonymous/);
    expect(report.advice.join()).not.toMatch(/guidance weight|Train |Library size/);
    expect(lines.find((line) => line.startsWith('Copies of training'))).toMatch(/far outside +100/);
    const head = lines.findIndex((line) => line.startsWith('measure'));
    const widths = lines.slice(head, head + 20).map((line) => line.length);
    expect(new Set(widths).size).toBe(1);
    expect(lines.some((line) => line.startsWith('phase: G1'))).toBe(true);
    expect(lines.at(-2)).toMatch(/^700 cells of .* against 700 of .*, 765 genes, \d+ s$/);
    expect(describeEvaluation({ modalities: { rna: 1 } })).toContain('rna: 1');
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
    const report = await evaluate(demo, demo, '--label', 'phase', '--paper-compat');
    const { paper } = report;
    const [own, centred] = paper?.rows ?? [];
    // The same cells on both sides: centred they are at 0, uncentred at the length of the mean.
    expect(centred.wasserstein2).toBeCloseTo(0, 4);
    expect(own.wasserstein2).toBeCloseTo(paper?.offset ?? 0, 4);
    expect(own.classWasserstein2).toBeCloseTo(paper?.offset ?? 0, 4);
    expect(paper?.says).toMatch(/centre the real cells and not the generated ones/);
    expect((await evaluate(demo, demo)).paper).toBeNull();
    // For a person: no columns of a floor that is not there, the tables with what is wrong about them.
    const lines = describeEvaluation(report).split('\n');
    expect(lines[0]).toBe('No verdict');
    expect(lines.find((line) => line.startsWith('measure'))).not.toContain('real cells');
    expect(lines.find((line) => line.startsWith('as in CFGen'))).toMatch(/W1 +W2 +MMD/);
    expect(lines).toContain(paper?.says);
  });

  /** The demo's cells as another file: with other genes, names or cells. */
  async function variant(
    folder: string,
    name: string,
    change: (names: readonly string[]) => { genes?: Int32Array; names?: readonly string[]; cells?: Int32Array; types?: readonly string[] }, // prettier-ignore
  ): Promise<string> {
    const io = nodeService();
    await io.open({ path: demo });
    const { varNames, obsNames, categorical } = await io.load('X');
    const every = Int32Array.from(varNames.keys());
    const all = Int32Array.from(obsNames.keys());
    const { genes = every, names = varNames, cells = all, types } = change(varNames);
    const counts = selectRows(selectColumns(await io.counts(), genes), cells);
    const order = Array.from(genes, (g) => names[g]);
    const { categories, codes } = categorical['bulk_labels'];
    const obs = { bulk_labels: { kind: 'categorical' as const, categories: types ?? categories, codes: cells.map((c) => codes[c]) } }; // prettier-ignore
    const path = join(folder, `${name}.h5ad`);
    const own = Array.from(cells, (c) => obsNames[c]);
    writeFileSync(path, await io.write(writeOrder(counts, Int32Array.from(order.keys()), order, { obsNames: own, obs }))); // prettier-ignore
    await io.close();
    return path;
  }

  it('does not mind the order of genes, and says which values only the cells have', async () => {
    const folder = temporaryFolder();
    const types = Array.from({ length: 10 }, (_, i) => `type ${i}`);
    const other = await variant(folder.path, 'other-order', (names) => ({
      genes: Int32Array.from(names.keys()).reverse(),
      types,
    }));
    const report = await evaluate(demo, other, '--label', 'bulk_labels');
    expect(report.genes).toBe(765);
    expect(report.measures.zeros).toBe(0);
    expect(report.measures.wasserstein2).toBeCloseTo(0, 5);
    expect(report.notes.join()).toMatch(
      /type \d, type \d, type \d and 7 more: in obs\['bulk_labels'\] of /,
    );
    const without = await evaluate(
      demo,
      join(folder.path, 'other-order.h5ad'),
      '--label',
      'phase',
      '--max-cells',
      '20',
    );
    expect(without.notes.join()).toContain("has no obs['phase']");
    folder.remove();
  });

  it('says in words what cannot be compared: few cells, other names of genes', async () => {
    const folder = temporaryFolder();
    const few = await variant(folder.path, 'few', () => ({ cells: Int32Array.of(1, 2, 3, 4, 5) }));
    await expect(evaluate(demo, few)).rejects.toMatchObject({
      code: 'bad-request',
      title: `${few} has too few cells.`,
    });
    const lower = await variant(folder.path, 'lower', (names) => ({
      names: names.map((name) => `${name.toLowerCase()}_`),
    }));
    await expect(evaluate(demo, lower)).rejects.toMatchObject({
      title: 'These files have no genes in common.',
      message: expect.stringMatching(/names them HES4, TNFRSF4 …, .*hes4_, tnfrsf4_/) as string,
    });
    const capital = await variant(folder.path, 'capital', (names) => ({
      names: names.map((name) => name.toLowerCase()),
    }));
    await expect(evaluate(demo, capital)).rejects.toMatchObject({
      message: expect.stringContaining('capital letters only') as string,
    });
    folder.remove();
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
