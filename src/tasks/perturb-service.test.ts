/** @file The perturb worker's service in Node: a small simulated screen, its predictions, scores, rankings and files. */
import { beforeAll, describe, expect, it } from 'vitest';
import { nodeBackend } from '../data/h5-node.ts';
import { SCREEN_CONTROL, simulateScreen } from '../data/simulate-screen.ts';
import { nodeCpuHost } from '../engine/cpu/node-host.ts';
import { ModelService } from '../models/model-service.ts';
import { codeOf } from '../models/testing/requests.ts';
import { selectRows } from '../numerics/csr.ts';
import type { ApplyEvent } from '../protocol/apply.ts';
import type { TrainingData } from '../protocol/dataset.ts';
import type { PerturbRequest } from '../protocol/perturb.ts';
import { PerturbService } from './perturb-service.ts';

const HIDDEN = 'P1A+P2B';
const screen = simulateScreen({ cells: 24, controls: 160, genes: 60, pathways: 2, perTarget: 2, seed: 3 }); // prettier-ignore
/** Control, singles, and one pair that the model must not see. */
const rows = [...screen.label.keys()].filter((i) => {
  const label = screen.labels[screen.label[i]];
  return label === HIDDEN || !label.includes('+');
});
const labels = Int32Array.from(rows, (i) => screen.label[i]);
const cells = rows.length;
const data: TrainingData = {
  counts: selectRows(screen.counts, Int32Array.from(rows)),
  geneIndex: Int32Array.from(screen.geneNames.keys()),
  geneNames: screen.geneNames,
  // Every second cell of a larger file.
  cellIndex: Int32Array.from({ length: cells }, (_, i) => 2 * i + 1),
  attributes: [{ name: 'gene', categories: screen.labels, codes: labels }],
  fileName: 'screen.h5ad',
};
const options = {
  cpuHost: nodeCpuHost(1),
  openGpu: async () => ({ why: 'not here' }),
  files: nodeBackend,
};
const service = new PerturbService(options);
const events: ApplyEvent[] = [];
const follow = (event: ApplyEvent): void => void events.push(event);
const ask = (change: Partial<PerturbRequest> = {}): PerturbRequest => ({
  members: ['P1A'],
  context: {},
  cells: 80,
  seed: 1,
  weight: 1,
  composed: false,
  ...change,
});

beforeAll(async () => {
  const trainer = new ModelService({ cpuHost: nodeCpuHost(1) });
  await trainer.init('cpu');
  await trainer.train(
    {
      data,
      settings: {
        model: 'scdfm',
        recipe: 'recommended',
        seed: 0,
        maxEpochs: null,
        flowSteps: 80,
        heldOut: 0.1,
        split: { by: null, hide: [{ gene: HIDDEN }] },
        screen: {
          attribute: 'gene',
          control: SCREEN_CONTROL,
          separator: '+',
          context: null,
          tier: 'fast',
          start: 'noisy-control',
          mmdWeight: 0.5,
          genes: null,
        },
      },
      sourceShape: [2 * cells, 60],
      sourceGenes: screen.geneNames,
      previewCells: 0,
    },
    () => undefined,
  );
  const { heldOut } = await trainer.cells();
  await service.open({
    model: await trainer.save(),
    counts: data.counts,
    columns: { gene: { kind: 'categorical', ...data.attributes[0] } },
    cellNames: rows.map((i) => `c${i}`),
    heldOut,
    device: 'cpu',
  });
}, 60_000);

describe('PerturbService', () => {
  it('has nothing to save before a question, and nothing to do without cells', async () => {
    expect(await service.save().then(() => 'none', codeOf)).toBe('bad-request');
    const empty = new PerturbService(options);
    expect(await empty.predict(ask(), follow).then(() => 'none', codeOf)).toBe('bad-request');
  });

  it('predicts cells from control cells, beside real ones and baselines', async () => {
    events.length = 0;
    const answer = await service.predict(ask(), follow);
    const { report, latents, latentDim, starts, real } = answer;
    expect(latents.length).toBe(80 * latentDim);
    expect(latents.every(Number.isFinite)).toBe(true);
    expect(starts.length).toBe(80);
    for (const cell of starts) expect(labels[cell]).toBe(0);
    const code = screen.labels.indexOf('P1A');
    expect([...real]).toEqual([...labels.keys()].filter((i) => labels[i] === code));
    expect(report.label).toBe('P1A');
    expect(report.extrapolated).toBe(false);
    expect(report.effects).toHaveLength(60);
    expect(report.scores.map(({ predictor }) => predictor)).toEqual(
      expect.arrayContaining(['model', 'control', 'mean-change', 'floor']),
    );
    expect(report.headline).toMatch(/\.$/);
    expect(answer.correlation.real).toBeGreaterThan(0.3);
    const shares = events.map(({ share }) => share);
    expect([...shares].sort((a, b) => a - b)).toEqual(shares);
  });

  it('gives the same cells for the same question, whatever the order of members', async () => {
    const first = await service.predict(ask({ members: ['P1A', 'P2B'] }), follow);
    const other = await service.predict(ask({ members: ['P2B', 'P1A'] }), follow);
    expect(other.latents).toEqual(first.latents);
    expect(first.report.extrapolated).toBe(true);
    expect(first.report.label).toBe(HIDDEN);
    expect(first.real.length).toBe(24);
    expect(first.correlation.additive).not.toBeNull();
    const composed = await service.predict(
      ask({ members: ['P1A', 'P2B'], composed: true }),
      follow,
    );
    expect(composed.latents).not.toEqual(first.latents);
  });

  it('writes the newest prediction', async () => {
    await service.predict(ask({ cells: 11 }), follow);
    const bytes = Buffer.from(await (await service.save()).arrayBuffer()).toString('latin1');
    for (const word of ['predicted-11', 'control_cell', 'X_cellsmith', 'adjusted_p', 'synthetic'])
      expect(bytes).toContain(word);
    expect(bytes).not.toContain('predicted-12');
  });

  it('scores every measured perturbation, or those that were held out', async () => {
    const all = await service.score({ which: 'all', cells: 40, seed: 1 }, follow);
    expect(all.perturbations).toBe(5);
    expect(all.tooFew).toBe(0);
    expect(all.means.map(({ predictor }) => predictor)).toContain('model');
    expect(all.scored.filter(({ predictor }) => predictor === 'model')).toHaveLength(5);
    const unseen = await service.score({ which: 'unseen', cells: 40, seed: 1 }, follow);
    expect(unseen.perturbations).toBe(1);
    expect(unseen.scored.every(({ label, seen }) => label === HIDDEN && !seen)).toBe(true);
  });

  it('ranks pairs that no cell has', async () => {
    const wish = { context: {}, weight: 1, cells: 20, seed: 1, most: 6, genes: [] as string[] };
    const { sets, of } = await service.rank(wish, follow);
    // Pairs do more than single members never seen: all five without cells are there.
    expect(sets.filter(({ members }) => members.length === 2)).toHaveLength(5);
    expect(sets).toHaveLength(6);
    expect(of).toBeGreaterThan(6);
    expect(sets.map(({ size }) => size)).toEqual(sets.map(({ size }) => size).sort((a, b) => b - a)); // prettier-ignore
    for (const { members, beyondAdditive } of sets) {
      expect(members.join('+')).not.toBe(HIDDEN);
      if (members.length === 1) expect(beyondAdditive).toBeNull();
      else expect(beyondAdditive).toBeGreaterThanOrEqual(0);
    }
    const few = await service.rank({ ...wish, genes: ['p1a'] }, follow);
    expect(few.sets[0].size).toBeLessThanOrEqual(sets[0].size);
    expect(await service.rank({ ...wish, genes: ['nothing'] }, follow).then(() => 'none', codeOf)).toBe('no-gene'); // prettier-ignore
  });
});
