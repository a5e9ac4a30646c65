/** @file The linear rule finds a linear truth, and says nothing where it cannot. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../numerics/random.ts';
import type { KnownChange } from './baselines.ts';
import { correlation } from './change-metrics.ts';
import { linearChange } from './linear-baseline.ts';

const genes = Array.from({ length: 40 }, (_, g) => `g${g}`);
/** Changes that depend on two hidden properties of the perturbed gene. */
const random = createRandom(5);
const loadings = genes.map(() => [3 * random.normal(), 3 * random.normal()]);
const truth = (name: string): Float64Array => {
  const own = loadings[genes.indexOf(name)];
  return Float64Array.from(genes, (_, g) => own[0] * loadings[g][0] + own[1] * loadings[g][1]);
};
const known: KnownChange[] = genes.slice(0, 12).map((name) => ({
  key: JSON.stringify([name]),
  members: [name],
  context: '',
  weight: 10,
  change: truth(name),
}));

describe('linearChange', () => {
  it('predicts unseen genes of a linear truth', () => {
    for (const name of ['g20', 'g33']) {
      const change = linearChange({ genes }, known, [name]);
      expect(correlation(change ?? [], truth(name))).toBeGreaterThan(0.98);
    }
  });

  it('has no answer for genes that are not measured, and from too few sets', () => {
    expect(linearChange({ genes }, known, ['elsewhere'])).toBeNull();
    expect(linearChange({ genes }, known.slice(0, 2), ['g20'])).toBeNull();
    expect(linearChange({ genes }, known, [])).toBeNull();
  });
});
