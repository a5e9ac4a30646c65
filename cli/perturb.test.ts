/** @file The commands of a screen one after the other: train scDFM with a pair hidden, predict it, compare the prediction with real cells. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeBackend } from '../src/data/h5-node.ts';
import { writeH5ad } from '../src/data/h5ad-writer.ts';
import { IoService } from '../src/data/io-service.ts';
import { simulateScreen } from '../src/data/simulate-screen.ts';
import { layOutCells, sameOrigin } from '../src/tasks/cells-file.ts';
import { callJson as call } from './testing/call.ts';

const folder = mkdtempSync(join(tmpdir(), 'cellsmith-perturb-'));
const file = join(folder, 'screen.h5ad');
const model = join(folder, 'screen.cellsmith');
const out = join(folder, 'predicted.h5ad');
const hidden = 'P1A+P2A';
const screen = simulateScreen({ cells: 20, controls: 60, genes: 40, pathways: 2, perTarget: 2, seed: 5 }); // prettier-ignore

beforeAll(async () => {
  const cells = screen.label.length;
  const layout = layOutCells({
    counts: screen.counts,
    genes: screen.geneNames,
    obsNames: Array.from({ length: cells }, (_, i) => `cell${i}`),
    obs: { perturbation: { kind: 'categorical', categories: screen.labels, codes: screen.label } },
    origin: sameOrigin('real', cells),
    latentDim: 0,
    latents: {},
    about: {},
  });
  writeFileSync(file, writeH5ad(await nodeBackend(), layout));
  const screenOf = ['--perturbation', 'perturbation', '--control', 'control'];
  const hide = ['--hide', `perturbation=${hidden}`, '--steps', '12', '--device', 'cpu'];
  const trained = await call('train', file, '--model', 'scdfm', ...screenOf, ...hide, '--out', model); // prettier-ignore
  expect(trained.err.includes('Error'), trained.err).toBe(false);
  expect(trained).toMatchObject({ code: 0, report: { model: 'scdfm', screen: { separator: '+', context: null, tier: 'fast' } } }); // prettier-ignore
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('cellsmith perturb', () => {
  it('predicts a pair that was hidden, and evaluate --perturbation compares it beside simple rules', async () => {
    const args = ['--cells', '25', '--device', 'cpu', '--out', out];
    const predicted = await call('perturb', model, '--set', `gene=${hidden}`, ...args);
    expect(predicted).toMatchObject({ code: 0, report: { perturbation: hidden, members: ['P1A', 'P2A'], cells: 25, genes: 40, extrapolated: true } }); // prettier-ignore
    const io = new IoService(nodeBackend());
    const { chosen } = await io.open({ path: out });
    const { categorical, nObs } = await io.load(chosen ?? 'X');
    await io.close();
    expect(nObs).toBe(25);
    expect(categorical['perturbation'].categories).toEqual([hidden]);
    expect(categorical['origin'].categories).toEqual(['synthetic']);
    const compared = await call('evaluate', file, out, '--perturbation', 'perturbation', '--control', 'control'); // prettier-ignore
    expect(compared.code).toBe(0);
    const { scores, headline } = compared.report as { scores: { predictor: string; label: string }[]; headline: string }; // prettier-ignore
    expect(new Set(scores.map(({ label }) => label))).toEqual(new Set([hidden]));
    expect(scores.map(({ predictor }) => predictor)).toEqual(expect.arrayContaining(['model', 'control', 'mean-change', 'additive', 'floor'])); // prettier-ignore
    expect(headline).not.toBe('');
  });

  it('gives the same cells for the same set in another order, without a file named, and keeps what is there', async () => {
    const before = process.cwd();
    process.chdir(folder);
    try {
      const name = `screen-${hidden}-predicted.h5ad`;
      const turned = ['perturb', model, '--set', 'P2A+P1A', '--cells', '5', '--device', 'cpu'];
      expect((await call(...turned)).report).toMatchObject({ out: name, perturbation: hidden });
      expect(existsSync(name)).toBe(true);
      expect(await call(...turned)).toMatchObject({ code: 1, report: { error: { code: 'export-failed' } } }); // prettier-ignore
    } finally {
      process.chdir(before);
    }
  });

  it('refuses what the model does not know', async () => {
    const ask = async (...args: string[]): Promise<unknown> => {
      const { code, report } = await call('perturb', model, '--out', out, '--device', 'cpu', ...args); // prettier-ignore
      return code === 1 ? (report['error'] as { code: string }).code : code;
    };
    expect(await ask('--set', 'drug=P1A')).toBe('bad-request');
    expect(await ask('--set', 'P1A', '--where', 'line=x')).toBe('bad-attribute');
    expect(await ask()).toBe(2);
  });
});
