/** @file What is computed on the page: the change of a gene set, the genes around others. */
import { describe, expect, it } from 'vitest';
import { changeOfSet } from './GeneSetView.tsx';
import { headlineParts } from './Headline.tsx';
import { neighbourhood, placesOf } from './neighbourhood.ts';
import { pText, scoreText, signed } from './perturb-words.ts';

describe('changeOfSet', () => {
  it('compares the mean with as many genes at random', () => {
    const all = [1, 2, 3, 4, 5, 6];
    const { mean, z, up } = changeOfSet(all, [5, 6]);
    expect(mean).toBe(5.5);
    expect(up).toBe(1);
    // variance 3.5, two of six drawn without replacement: error √(3.5/2 · (1 − 2/6))
    expect(z).toBeCloseTo(2 / Math.sqrt((3.5 / 2) * (4 / 6)), 12);
  });

  it('cannot tell without genes, without spread, or with all of them', () => {
    expect(changeOfSet([1, 2], []).z).toBeNull();
    expect(changeOfSet([1, 1, 1], [1]).z).toBeNull();
    expect(changeOfSet([1, 2], [1, 2]).z).toBeNull();
  });
});

describe('neighbourhood', () => {
  const genes = ['A', 'B', 'C', 'D', 'E'];
  const graph = [0, 1, 1, 2, 2, 3, 0, 2, 3, 4];

  it('has the genes next to a gene and the pairs among all of them', () => {
    const around = neighbourhood(graph, genes, ['A', 'not a gene']);
    expect(around?.centre).toEqual(['A']);
    expect([...(around?.near ?? [])].sort()).toEqual(['B', 'C']);
    expect(around?.edges).toEqual([['A', 'B'], ['B', 'C'], ['A', 'C']]); // prettier-ignore
    const places = around && placesOf(around, 500, 300);
    expect(places?.size).toBe(3);
    for (const { x, y } of places?.values() ?? []) {
      expect(x).toBeGreaterThan(0);
      expect(x).toBeLessThan(500);
      expect(y).toBeGreaterThan(0);
      expect(y).toBeLessThan(300);
    }
  });

  it('puts genes next to several first, and is null for none', () => {
    expect(neighbourhood(graph, genes, ['A', 'B'])?.near[0]).toBe('C');
    expect(neighbourhood(graph, genes, ['drug'])).toBeNull();
  });
});

describe('headlineParts', () => {
  it('parts what it comes to from its reasons', () => {
    expect(
      headlineParts('A simple rule is better than the model here: “a” is nearer (b).'),
    ).toEqual(['A simple rule is better than the model here', '“a” is nearer (b).']);
    expect(headlineParts('The model is nearer than every rule (1 against 2).')).toEqual([
      'The model is nearer than every rule',
      '(1 against 2).',
    ]);
    expect(headlineParts('Nothing to compare.')).toEqual(['Nothing to compare.', '']);
  });
});

describe('numbers', () => {
  it('are written as everywhere', () => {
    expect(signed(-0.5)).toBe('−0.50');
    expect(signed(0.25, 1)).toBe('+0.3');
    expect(pText(0.0004)).toBe('< 0.001');
    expect(pText(0.04)).toBe('0.040');
    expect(pText(null)).toBe('–');
    expect(scoreText(0.1234, 'energy')).toBe('0.123');
    expect(scoreText(null, 'prAuc')).toBe('–');
  });
});
