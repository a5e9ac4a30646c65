/** @file Simple rules against the profiles and scores that were computed independently of them. */
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { csrFromDense } from '../../numerics/csr.ts';
import { createRandom } from '../../numerics/random.ts';
import { largestDifference } from '../../numerics/testing/compare.ts';
import { loadFixture } from '../../numerics/testing/fixture.ts';
import { baselineChanges, knownChanges } from './baselines.ts';
import { meanRows } from './means.ts';
import { scorePerturbations } from './report.ts';
import { prepareScreen, type PreparedScreen } from './screen.ts';

const fixture = loadFixture('scdfm', 'metrics', join(import.meta.dirname, '../fixtures'));
const scalars = fixture.info.scalars as unknown as {
  readonly conditions: readonly string[];
  readonly genes: readonly string[];
  readonly baselines_for_doubles: Readonly<
    Record<string, Readonly<Record<string, Readonly<Record<string, number | null>>>>>
  >;
};
const doubles = ['GU02+GV09', 'GV09+GB07'] as const;
const names = { no_change: 'control', mean_shift: 'mean-change', additive: 'additive' } as const;
let screen: PreparedScreen;

beforeAll(async () => {
  // Controls stand there twice, the second time held out: then predictions and truth have the same ones, as in the original.
  const index = fixture.values('real/condition_index');
  const X = fixture.values('real/X');
  const genes = scalars.genes.length;
  const cells = [...index.keys()];
  const copies = [0, 1, 2].flatMap(() => cells.filter((cell) => index[cell] === -1));
  const rows = [...cells, ...copies];
  const dense = rows.flatMap((cell) => [...X.subarray(cell * genes, (cell + 1) * genes)]);
  const labels = ['control', ...scalars.conditions];
  screen = await prepareScreen({
    counts: csrFromDense(rows.length, genes, dense),
    logged: true,
    genes: scalars.genes,
    labels: { categories: labels, codes: Int32Array.from(rows, (cell) => index[cell] + 1) },
    contexts: null,
    heldOut: Uint8Array.from(rows, (cell, row) => {
      const isDouble = doubles.includes(labels[index[cell] + 1] as 'GU02+GV09');
      return Number(row >= cells.length || isDouble);
    }),
    screen: { control: 'control', separator: '+' },
    seed: 1,
  });
});

describe.each(doubles)('rules for %s', (double) => {
  const members = double.split('+');

  it('predict the profiles of the definitions', () => {
    const changes = baselineChanges(screen, knownChanges(screen), members, null);
    const control = meanRows(screen.logs, screen.controls(null).start);
    for (const [name, own] of Object.entries(names)) {
      const profile = control.map((mean, g) => mean + (changes[own]?.[g] ?? NaN));
      const expected = fixture.values(`baseline/${double}/${name}`);
      expect(largestDifference(profile, expected)).toBeLessThan(1e-6);
    }
  });

  it('have the scores of the definitions', async () => {
    const asks = [{ members, context: null }];
    const scores = await scorePerturbations(screen, () => Promise.resolve(null), { asks });
    for (const [name, own] of Object.entries(names)) {
      const { mse, mae, pearson_delta: r } = scalars.baselines_for_doubles[double][name];
      const found = scores.find(({ predictor }) => predictor === own)?.scores;
      expect(found?.mse).toBeCloseTo(mse ?? NaN, 6);
      expect(found?.mae).toBeCloseTo(mae ?? NaN, 6);
      if (r === null) expect(found?.pearsonDelta).toBeNull();
      else expect(found?.pearsonDelta).toBeCloseTo(r, 6);
    }
  });
});

describe('rules across contexts', () => {
  /** Two contexts of ten cells each side; the change is 1 in gene 0, and in context b 3 in gene 1. */
  const prepare = (hidden: boolean): Promise<PreparedScreen> => {
    const random = createRandom(4);
    const cells = [...Array(80).keys()];
    const context = cells.map((i) => Math.floor(i / 40));
    const treated = cells.map((i) => Math.floor(i / 20) % 2);
    const dense = cells.flatMap((i) => {
      const noise = (): number => 1 + 0.01 * random.normal();
      return [noise() + treated[i], noise() + 3 * treated[i] * context[i], noise()];
    });
    return prepareScreen({
      counts: csrFromDense(80, 3, dense),
      logged: true,
      genes: ['g0', 'g1', 'g2'],
      labels: { categories: ['ctrl', 'ifn'], codes: Int32Array.from(treated) },
      contexts: { categories: ['a', 'b'], codes: Int32Array.from(context) },
      heldOut: Uint8Array.from(cells, (i) => Number(hidden && context[i] + treated[i] === 2)),
      screen: { control: 'ctrl', separator: null },
      seed: 2,
    });
  };

  it('carry a change over from the other context', async () => {
    const hidden = await prepare(true);
    const changes = baselineChanges(hidden, knownChanges(hidden), ['ifn'], 'b');
    for (const rule of ['mean-change', 'additive', 'nearest', 'other-contexts'] as const) {
      [1, 0, 0].forEach((value, g) => {
        expect(Math.abs((changes[rule]?.[g] ?? NaN) - value), `${rule} ${g}`).toBeLessThan(0.02);
      });
    }
    expect(changes.linear).toBeUndefined();
  });

  it('take the own context where it is known', async () => {
    const open = await prepare(false);
    const changes = baselineChanges(open, knownChanges(open), ['ifn'], 'b');
    expect(changes.additive?.[1]).toBeCloseTo(3, 1);
    expect(changes['other-contexts']?.[1]).toBeCloseTo(0, 1);
    expect(changes.nearest).toBeUndefined();
    const all = baselineChanges(open, knownChanges(open), ['ifn'], null);
    expect(all['other-contexts']).toBeUndefined();
    expect(all.additive?.[1]).toBeCloseTo(1.5, 1);
  });
});
