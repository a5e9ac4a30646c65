/** @file Genes are drawn as often as their chances say. */
import { describe, expect, it } from 'vitest';
import { startTestCpu } from '../../engine/cpu/testing/devices.ts';
import { createRandom } from '../../numerics/random.ts';
import { csrFromDense } from '../../numerics/csr.ts';
import { geneChances } from './gene-chances.ts';
import { GeneSubset } from './plan/gene-subset.ts';

const SHARES = [0.64, 0.16, 0.16, 0.04];
const DRAWS = 8000;

/** How often each gene is among `count` that are drawn. */
async function frequencies(count: number): Promise<number[]> {
  const device = await startTestCpu();
  const chances = geneChances(Float32Array.from(SHARES, Math.log));
  const subset = new GeneSubset(device, SHARES.length, count, chances);
  // The value of a gene is its number, from 1 on.
  const row = csrFromDense(
    1,
    SHARES.length,
    Float32Array.from(SHARES, (_, g) => g + 1),
  );
  const random = createRandom(5);
  const seen = SHARES.map(() => 0);
  for (let draw = 0; draw < DRAWS; draw++) {
    subset.choose(random);
    const { values } = subset.restrict(row).readRows(Uint32Array.of(0));
    expect(values).toHaveLength(count);
    values.forEach((value) => seen[value - 1]++);
  }
  subset.dispose();
  device.dispose();
  return seen.map((times) => times / DRAWS);
}

describe('the choice of genes', () => {
  it('of one follows the square roots of shares', async () => {
    // Roots .8, .4, .4, .2; a standard error is at most .0056.
    const expected = [0.8 / 1.8, 0.4 / 1.8, 0.4 / 1.8, 0.2 / 1.8];
    (await frequencies(1)).forEach((f, g) => expect(Math.abs(f - expected[g])).toBeLessThan(0.025));
  });

  it('of two takes the second from what is left', async () => {
    const p = [0.8, 0.4, 0.4, 0.2].map((root) => root / 1.8);
    // P(g) + Σ over others first: P(first) · P(g) / (1 − P(first)).
    const expected = p.map((own, g) =>
      p.reduce((sum, first, i) => (i === g ? sum : sum + (first * own) / (1 - first)), own),
    );
    (await frequencies(2)).forEach((f, g) => expect(Math.abs(f - expected[g])).toBeLessThan(0.025));
  });
});
