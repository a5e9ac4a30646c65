/** @file Scores, simple rules and words on a simulated screen whose truth is known. */
import { beforeAll, describe, expect, it } from 'vitest';
import { simulateScreen } from '../../data/simulate-screen.ts';
import { selectRows, type CsrMatrix } from '../../numerics/csr.ts';
import type { PerturbRequest, Predictor, ScoredPrediction } from '../../protocol/perturb.ts';
import { membersOf } from '../../protocol/screen-labels.ts';
import { additiveChange, knownChanges } from './baselines.ts';
import { correlation } from './change-metrics.ts';
import {
  effectTable,
  meanChange,
  reportPrediction,
  scoredAsks,
  scorePerturbations,
} from './report.ts';
import { CONTROL_KEY, prepareScreen, type PreparedScreen } from './screen.ts';
import { headline, standing, summarise } from './summary.ts';

const simulated = simulateScreen({
  cells: 60,
  controls: 240,
  genes: 64,
  pathways: 2,
  perTarget: 2,
  seed: 11,
});
const labelling = { control: 'control', separator: '+' };
const pair = 'P1A+P2A';

/** Rows of a label. */
function rowsOf(label: string): number[] {
  const code = simulated.labels.indexOf(label);
  return [...simulated.label.keys()].filter((i) => simulated.label[i] === code);
}

function cellsOf(rows: readonly number[]): CsrMatrix {
  return selectRows(simulated.counts, rows);
}

const hidden = new Set(rowsOf(pair));
const heldOut = Uint8Array.from(simulated.label, (_, i) => Number(hidden.has(i) || i % 10 === 0));
let screen: PreparedScreen;

beforeAll(async () => {
  screen = await prepareScreen({
    counts: simulated.counts,
    genes: simulated.geneNames,
    labels: { categories: simulated.labels, codes: simulated.label },
    contexts: null,
    heldOut,
    screen: labelling,
    seed: 1,
  });
});

const ask = { members: ['P1A', 'P2A'], context: null };
const scoreOf = (scores: readonly ScoredPrediction[], predictor: Predictor) =>
  scores.find((one) => one.predictor === predictor)?.scores;

describe('prepareScreen', () => {
  it('splits the controls without a common cell, held-out ones on the side of truth', () => {
    const { start, truth } = screen.controls(null);
    const both = new Set([...start, ...truth]);
    expect(both.size).toBe(start.length + truth.length);
    expect(both.size).toBe(240);
    expect(start.every((i) => heldOut[i] === 0)).toBe(true);
    expect(truth.filter((i) => heldOut[i] === 1)).toHaveLength(24);
    expect(start).toHaveLength(120);
  });

  it('finds sets whatever the order of their names, and says which were learnt from', async () => {
    expect(screen.sets[0].key).toBe(CONTROL_KEY);
    expect(screen.sets).toHaveLength(11);
    const own = screen.sets.find(({ label }) => label === pair);
    expect(screen.rows(own?.key ?? '', null, 'training')).toHaveLength(0);
    expect(screen.rows(own?.key ?? '', null, 'heldOut')).toHaveLength(60);
    const turned = await prepareScreen({
      counts: cellsOf([...rowsOf('control'), ...rowsOf(pair)]),
      genes: simulated.geneNames,
      labels: {
        categories: ['control', 'P2A+P1A', 'P1A+P2A'],
        codes: Int32Array.from({ length: 300 }, (_, i) => (i < 240 ? 0 : 1 + (i % 2))),
      },
      contexts: null,
      heldOut: new Uint8Array(300),
      screen: labelling,
      seed: 1,
    });
    expect(turned.sets.map(({ label }) => label)).toEqual(['control', 'P2A+P1A']);
  });

  it('asks for unseen sets first', () => {
    const asks = scoredAsks(screen);
    expect(asks).toHaveLength(10);
    expect(asks[0]).toEqual(ask);
    expect(scoredAsks(screen, 3)).toHaveLength(3);
  });
});

describe('simple rules', () => {
  it('add changes of singles against the controls that predictions start from', () => {
    const known = knownChanges(screen);
    const sum = additiveChange(known, ['P1A', 'P2A'], null);
    const [a, b] = ['P1A', 'P2A'].map((name) => additiveChange(known, [name], null));
    sum?.forEach((value, g) => expect(value).toBeCloseTo((a?.[g] ?? 0) + (b?.[g] ?? 0), 12));
    expect(additiveChange(known, ['P1A', 'P9Z'], null)).toBeNull();
    expect(additiveChange(known, [], null)).toBeNull();
    // The truth in natural logarithms of expression goes with the change of log1p(CP10k).
    expect(correlation(a ?? [], simulated.truth.change.P1A)).toBeGreaterThan(0.9);
  });

  it('all answer for a pair of measured genes, and each is scored', async () => {
    const scores = await scorePerturbations(screen, () => Promise.resolve(null), { asks: [ask] });
    expect(scores.map(({ predictor }) => predictor)).toEqual([
      'control',
      'mean-change',
      'additive',
      'nearest',
      'linear',
      'floor',
    ]);
    expect(scores.every(({ label, seen }) => label === pair && !seen)).toBe(true);
    expect(scoreOf(scores, 'control')?.pearsonDelta).toBeNull();
    const energy = (of: Predictor): number => scoreOf(scores, of)?.energy ?? NaN;
    expect(energy('floor')).toBeLessThan(energy('additive'));
    expect(energy('additive')).toBeLessThan(energy('control'));
    expect(scoreOf(scores, 'additive')?.pearsonDelta).toBeGreaterThan(0.5);
    expect(scoreOf(scores, 'floor')?.direction).toBeGreaterThan(0.9);
  });
});

describe('reportPrediction', () => {
  const request: PerturbRequest = {
    members: ['P2A', 'P1A'],
    context: {},
    cells: 60,
    seed: 1,
    weight: 1,
    composed: false,
  };

  it('calls real cells a good prediction, and control cells none', async () => {
    const real = await reportPrediction(screen, request, null, cellsOf(rowsOf(pair)));
    expect(real).toMatchObject({ label: pair, extrapolated: true });
    expect(real.headline).toMatch(/^The model is nearer to the real cells than every simple rule/);
    expect(scoreOf(real.scores, 'model')?.pearsonDelta).toBeGreaterThan(0.9);
    expect(scoreOf(real.scores, 'model')?.discrimination).toBe(1);
    const none = await reportPrediction(screen, request, null, cellsOf(rowsOf('control')));
    expect(none.headline).toMatch(/^A simple rule is better than the model here/);
  });

  it('lists every gene with predicted, real and added effects', async () => {
    const effects = await effectTable(screen, ask, cellsOf(rowsOf(pair)));
    expect(effects).toHaveLength(64);
    const sizes = effects.map(({ predicted }) => Math.abs(predicted));
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
    const own = effects.find(({ gene }) => gene === 'P1A');
    expect(own?.predicted).toBeLessThan(-0.8);
    expect(own?.adjusted).toBeLessThan(1e-4);
    expect(own?.real).toBeLessThan(-0.8);
    // The pair's own extra effect is what the added effects lack.
    const { beyond } = simulated.truth;
    const extra = effects.map((one) => (one.real ?? 0) - (one.additive ?? 0));
    const wanted = effects.map(({ gene }) => beyond[pair][simulated.geneNames.indexOf(gene)]);
    expect(correlation(extra, wanted)).toBeGreaterThan(0.7);
  });

  it('has no scores where nothing was measured', async () => {
    const unknown = { ...request, members: ['P1A', 'P1B', 'P2A'] };
    const report = await reportPrediction(screen, unknown, null, cellsOf(rowsOf(pair)));
    expect(report).toMatchObject({ scores: [], label: 'P1A+P1B+P2A', extrapolated: true });
    expect(report.headline).toMatch(/no measured cells/);
    expect(report.effects[0].real).toBeNull();
    expect(report.effects[0].additive).not.toBeNull();
    const control = await reportPrediction(screen, { ...request, members: [] }, null, cellsOf(rowsOf('control'))); // prettier-ignore
    expect(control).toMatchObject({ scores: [], label: 'control', extrapolated: false });
  });

  it('measures changes against the controls that predictions start from', async () => {
    const still = await meanChange(screen, null, cellsOf([...screen.controls(null).start]));
    expect(Math.max(...still.map(Math.abs))).toBeLessThan(1e-6);
  });
});

describe('summaries', () => {
  it('tell a screen of good predictions from one of poor ones', async () => {
    const good = await scorePerturbations(screen, ({ members }) => {
      const label = simulated.labels.find(
        (name) => membersOf(name, labelling).join() === members.join(),
      );
      return Promise.resolve(cellsOf(rowsOf(label ?? '')));
    });
    expect(standing(good, 'energy')).toMatchObject({ verdict: 'better' });
    const [first] = summarise(good);
    expect(first.predictor).toBe('model');
    expect(first.scores.energy?.perturbations).toBe(10);
    const [low, high] = first.scores.energy?.interval ?? [0, 0];
    expect(low).toBeLessThan(first.scores.energy?.mean ?? NaN);
    expect(high).toBeGreaterThan(first.scores.energy?.mean ?? NaN);
    expect(headline(good)).toMatch(/^The model is nearer/);
    const asAdditive = good.map((one) => {
      const same = good.find((o) => o.predictor === 'additive' && o.label === one.label);
      return one.predictor === 'model' && same ? { ...one, scores: same.scores } : one;
    });
    expect(headline(asAdditive)).toMatch(/^A simple rule is (as good as|better than) the model/);
    expect(headline([])).toMatch(/no measured cells/);
  });

  it('leave a set out of what simple rules know', async () => {
    const single = { members: ['P1A'], context: null };
    const none = (): Promise<null> => Promise.resolve(null);
    const known = await scorePerturbations(screen, none, { asks: [single] });
    const left = await scorePerturbations(screen, none, { asks: [single], leaveOut: true });
    expect(scoreOf(known, 'additive')).toBeDefined();
    expect(scoreOf(left, 'additive')).toBeUndefined();
    expect(scoreOf(left, 'nearest')).toBeDefined();
  });
});
