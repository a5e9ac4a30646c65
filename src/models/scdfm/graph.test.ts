/** @file The gene graph against the original's masks, and what must hold of it. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadFixture } from '../../numerics/testing/fixture.ts';
import { coexpressionEdges, namedEdges, neighboursOf } from './graph.ts';

const fixture = loadFixture('scdfm', 'graph', join(import.meta.dirname, '../fixtures'));

const [genes, k] = [23, 3];
const expression = Float32Array.from(fixture.values('preprocessed'));
const edges = coexpressionEdges(expression, genes, k);

/** Pairs that are not blocked in a mask of the original, without the diagonal. */
function pairsOf(name: string): number[] {
  const blocked = fixture.values(name);
  const pairs: number[] = [];
  for (let i = 0; i < genes; i++) {
    for (let j = i + 1; j < genes; j++) if (blocked[i * genes + j] === 0) pairs.push(i, j);
  }
  return pairs;
}

describe('the gene graph', () => {
  it('joins the genes that the original lets see each other', () => {
    expect(edges).toEqual(pairsOf('negative_edges/mask_file_order'));
  });

  it('gives every gene that varies at least k neighbours, and none to one that does not', () => {
    const near = neighboursOf(edges, genes);
    near.forEach((list, gene) => {
      if (gene === 5) expect(list).toEqual([]);
      else expect(list.length).toBeGreaterThanOrEqual(k);
      for (const other of list) expect(near[other]).toContain(gene);
    });
  });

  it('with some genes choosing has their edges alone', () => {
    const some = coexpressionEdges(expression, genes, k, [2]);
    expect(some.length).toBe(2 * k);
    const own = neighboursOf(edges, genes)[2];
    for (const other of neighboursOf(some, genes)[2]) expect(own).toContain(other);
  });

  it('takes named pairs once, in any order, without genes that are not modelled', () => {
    const pairs = [['B', 'A'], ['A', 'B'], ['A', 'X'], ['C', 'C'], ['A', 'C']] as const; // prettier-ignore
    expect(namedEdges(pairs, ['A', 'B', 'C'])).toEqual([0, 1, 0, 2]);
  });
});
