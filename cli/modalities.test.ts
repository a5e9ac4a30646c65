/** @file Genes and peaks together through the command line: train, sample, evaluate; the model file; what is refused. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeBackend } from '../src/data/h5-node.ts';
import { writeH5ad } from '../src/data/h5ad-writer.ts';
import { writeH5mu } from '../src/data/h5mu-writer.ts';
import { IoService } from '../src/data/io-service.ts';
import { readModelFile, writeModelFile } from '../src/models/model-file.ts';
import { csrFromDense } from '../src/numerics/csr.ts';
import { createRandom } from '../src/numerics/random.ts';
import { StudioError } from '../src/protocol/errors.ts';
import { encodeRules, runEncode } from './encode.ts';
import { evaluateRules, runEvaluate } from './evaluate.ts';
import { readMarks } from './file-marks.ts';
import { parseOptions, UsageError } from './options.ts';
import { runSample, sampleRules } from './sample.ts';
import { runTrain, trainRules } from './train.ts';

const folder = mkdtempSync(join(tmpdir(), 'modalities-'));
const at = (name: string): string => join(folder, name);
const [genes, peaks] = [24, 33];

/** Two kinds of cells: the first half of genes and peaks belongs to one, the second to the other. */
async function writeCells(name: string, cells: number, seed: number): Promise<void> {
  const random = createRandom(seed);
  const kinds = Int32Array.from({ length: cells }, (_, i) => i % 2);
  const dense = Array.from(kinds, (kind) => [
    ...Array.from({ length: genes }, (_, g) => random.poisson(g % 2 === kind ? 5 : 0.5)),
    ...Array.from({ length: peaks }, (_, p) => (random.uniform() < (p % 2 === kind ? 0.6 : 0.1) ? 2 : 0)), // prettier-ignore
  ]);
  const names = [
    ...Array.from({ length: genes }, (_, g) => `gene${g}`),
    ...Array.from({ length: peaks }, (_, p) => `chr1:${1000 * p}-${1000 * p + 400}`),
  ];
  const places = names.map((own, i) => (i < genes ? `chr1:${1000 * i}-${1000 * i + 900}` : own));
  const content = {
    counts: csrFromDense(cells, genes + peaks, dense.flat()),
    obs: {
      indexName: '_index',
      index: Array.from(kinds, (_, i) => `cell${i}`),
      columns: new Map([
        ['kind', { kind: 'categorical' as const, categories: ['even', 'odd'], codes: kinds }],
      ]),
    },
    var: {
      indexName: '_index',
      index: names,
      columns: new Map([['interval', { kind: 'text' as const, values: places }]]),
    },
    obsm: new Map(),
    uns: {},
  };
  const modalities = [
    { name: 'rna', features: genes },
    { name: 'atac', features: peaks },
  ];
  writeFileSync(at(name), writeH5mu(await nodeBackend(), content, modalities));
}

const train = (...args: string[]) =>
  runTrain(parseOptions([at('train.h5mu'), '--device', 'cpu', '--epochs', '30', '--steps', '150', ...args], trainRules)); // prettier-ignore
const sample = (...args: string[]) => runSample(parseOptions(args, sampleRules));
const evaluate = (...args: string[]) => runEvaluate(parseOptions(args, evaluateRules));

async function readCounts(path: string, part: string) {
  const io = new IoService(nodeBackend());
  const summary = await io.open({ path }, undefined, part);
  const loaded = await io.load(summary.chosen ?? '');
  const counts = await io.counts();
  await io.close();
  return { counts, loaded };
}

beforeAll(async () => {
  await writeCells('train.h5mu', 260, 1);
  await writeCells('test.h5mu', 120, 2);
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('genes and peaks', () => {
  it('are learnt, drawn and judged together', { timeout: 120_000 }, async () => {
    const report = await train('--modalities', 'rna,atac', '--attributes', 'kind', '--out', at('both.cellsmith')); // prettier-ignore
    expect(report.modalities).toEqual([
      { name: 'rna', features: genes, likelihood: 'negative-binomial' },
      { name: 'atac', features: peaks, likelihood: 'bernoulli' },
    ]);
    expect(report.notes?.join()).toContain('reduced to 0 and 1');

    const bytes = new Uint8Array(readFileSync(at('both.cellsmith')));
    const model = readModelFile(bytes);
    expect(writeModelFile(model)).toEqual(bytes);

    const cells = await sample(at('both.cellsmith'), '--cells', '120', '--set', 'kind=odd:1', '--out', at('odd.h5mu')); // prettier-ignore
    expect(cells).toMatchObject({ cells: 120, genes: genes + peaks });
    const { counts, loaded } = await readCounts(at('odd.h5mu'), 'atac');
    expect([counts.rows, counts.cols]).toEqual([120, peaks]);
    expect(new Set(counts.values)).toEqual(new Set([1]));
    expect(loaded.categorical['kind'].categories).toContain('odd');
    const shares = [0, 0];
    counts.indices.forEach((peak) => shares[peak % 2]++);
    expect(shares[1]).toBeGreaterThan(2 * shares[0]);
    const rna = await readCounts(at('odd.h5mu'), 'rna');
    const own = [0, 0];
    rna.counts.indices.forEach((gene, k) => (own[gene % 2] += rna.counts.values[k]));
    expect(own[1]).toBeGreaterThan(3 * own[0]);
    expect((await readMarks(at('odd.h5mu'), 0)).madeHere).toBe(true);
    expect((await readMarks(at('test.h5mu'), 0)).madeHere).toBe(false);

    await sample(at('both.cellsmith'), '--cells', '120', '--out', at('all.h5mu'));
    const verdict = await evaluate(at('test.h5mu'), at('all.h5mu'), '--train', at('train.h5mu'), '--modalities', 'rna,atac', '--label', 'kind'); // prettier-ignore
    expect(verdict).toMatchObject({
      modalities: { rna: { genes }, atac: { peaks, cells: { synthetic: 120 } } },
    });
    const together = 'together' in verdict ? verdict.together : null;
    expect(together?.pairs).toBeGreaterThan(100);
    expect(together?.synthetic.correlation).toBeGreaterThan(0.7);
    expect(together?.untied.correlation).toBeLessThan(0.4);

    const refused = runEncode(parseOptions([at('both.cellsmith'), at('test.h5mu'), '--out', at('z.h5ad')], encodeRules)); // prettier-ignore
    await expect(refused).rejects.toMatchObject({ code: 'bad-request' });
    await expect(sample(at('both.cellsmith'), '--cells', '5', '--out', at('x.h5ad'))).rejects.toThrow(UsageError); // prettier-ignore
  });

  it('can be one: peaks alone as counts', { timeout: 60_000 }, async () => {
    await train('--modalities', 'atac', '--likelihood', 'atac=poisson', '--out', at('peaks.cellsmith')); // prettier-ignore
    await sample(at('peaks.cellsmith'), '--cells', '50', '--out', at('peaks.h5ad'));
    const io = new IoService(nodeBackend());
    const summary = await io.open({ path: at('peaks.h5ad') });
    expect([summary.nObs, summary.nVars]).toEqual([50, peaks]);
    await io.load(summary.chosen ?? '');
    expect(Math.max(...(await io.counts()).values)).toBeGreaterThan(1);
    await io.close();
  });

  it('can stand in one matrix, told apart by var', { timeout: 60_000 }, async () => {
    const random = createRandom(3);
    const types = Int32Array.from({ length: 20 }, (_, f) => f % 2);
    const content = {
      counts: csrFromDense(
        60,
        20,
        Float32Array.from({ length: 1200 }, () => random.poisson(1)),
      ),
      obs: {
        indexName: '_index',
        index: Array.from({ length: 60 }, (_, i) => `c${i}`),
        columns: new Map(),
      },
      var: {
        indexName: '_index',
        index: Array.from({ length: 20 }, (_, f) => `f${f}`),
        columns: new Map([
          ['feature_types', { kind: 'categorical' as const, categories: ['Gene Expression', 'Peaks'], codes: types }], // prettier-ignore
        ]),
      },
      obsm: new Map(),
      uns: {},
    };
    writeFileSync(at('mixed.h5ad'), writeH5ad(await nodeBackend(), content));
    const options = [at('mixed.h5ad'), '--modalities', 'rna,atac', '--out', at('mixed.cellsmith'), '--device', 'cpu', '--epochs', '1', '--steps', '2']; // prettier-ignore
    const report = await runTrain(parseOptions(options, trainRules));
    expect(report.modalities?.map((m) => m.features)).toEqual([10, 10]);
    const { genes: own } = readModelFile(new Uint8Array(readFileSync(at('mixed.cellsmith'))));
    const odd = (name: string): boolean => Number(name.slice(1)) % 2 === 1;
    expect(own.names.slice(0, 10).some(odd)).toBe(false);
    expect(own.names.slice(10).every(odd)).toBe(true);
  });

  it('must be there, and known', async () => {
    await expect(train('--modalities', 'rna,protein', '--out', at('x'))).rejects.toThrow('--likelihood protein='); // prettier-ignore
    await expect(
      train('--modalities', 'rna,protein', '--likelihood', 'protein=poisson', '--out', at('x')),
    ).rejects.toMatchObject({
      code: 'bad-request',
      message: 'It has: rna, atac.',
    });
    await expect(train('--modalities', 'atac,Peaks', '--out', at('x'))).rejects.toMatchObject({
      code: 'bad-request',
      title: 'Peaks is the same as atac.',
    });
    await expect(train('--modalities', 'rna,rna', '--out', at('x'))).rejects.toThrow(UsageError);
    await expect(train('--modalities', 'rna,atac', '--likelihood', 'atac=nb', '--out', at('x'))).rejects.toThrow('Only one'); // prettier-ignore
    await expect(train('--modalities', 'rna', '--model', 'scldm', '--out', at('x'))).rejects.toThrow(UsageError); // prettier-ignore
    await expect(train('--modalities', 'rna', '--out', at('x'), '--likelihood', 'atac=nb')).rejects.toThrow(UsageError); // prettier-ignore
  });
});

it('a Bernoulli model is not trained on counts', async () => {
  const { service } = await import('../src/tasks/node-service.ts').then((m) => m.startNodeService('cpu')); // prettier-ignore
  const data = {
    fileName: 'x',
    counts: csrFromDense(
      30,
      2,
      Array.from({ length: 60 }, (_, i) => 1 + (i % 2)),
    ),
    geneNames: ['a', 'b'],
    geneIndex: Int32Array.of(0, 1),
    cellIndex: Int32Array.from({ length: 30 }, (_, i) => i),
    attributes: [],
    modalities: [{ name: 'atac', features: 2, likelihood: 'bernoulli' as const }],
  };
  const settings = { model: 'cfgen', recipe: 'recommended', seed: 0, maxEpochs: 1, flowSteps: 1, heldOut: 0.2 } as const; // prettier-ignore
  const training = service.train({ data, settings, sourceShape: [30, 2], previewCells: 0 }, () => undefined); // prettier-ignore
  await expect(training).rejects.toMatchObject({ code: 'bad-values' });
  await expect(training).rejects.toBeInstanceOf(StudioError);
});
