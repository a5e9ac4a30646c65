/** @file Matching genes by name: order, gaps, repeated names, too few. */
import { describe, expect, it } from 'vitest';
import { csrFromDense, csrToDense } from '../numerics/csr.ts';
import { StudioError } from '../protocol/errors.ts';
import { matchGenes } from './encode.ts';

const counts = csrFromDense(3, 4, [1, 2, 3, 4, 0, 5, 0, 6, 0, 0, 0, 0]);

describe('matchGenes', () => {
  it('puts columns into the model’s order, with zeros for genes that are missing', () => {
    const { counts: matched, missing } = matchGenes(counts, ['a', 'b', 'c', 'd'], ['d', 'x', 'a']);
    expect([...csrToDense(matched)]).toEqual([4, 0, 1, 6, 0, 0, 0, 0, 0]);
    expect(missing).toEqual(['x']);
    for (let r = 0; r < matched.rows; r++) {
      const row = [...matched.indices.subarray(matched.indptr[r], matched.indptr[r + 1])];
      expect(row).toEqual([...row].sort((a, b) => a - b));
    }
  });

  it('takes the first of two genes with one name', () => {
    const { counts: matched } = matchGenes(counts, ['a', 'b', 'a', 'd'], ['a']);
    expect([...csrToDense(matched)]).toEqual([1, 0, 0]);
  });

  it('refuses a file with other genes and says what is missing', () => {
    const run = (): unknown => matchGenes(counts, ['a', 'b', 'c', 'd'], ['e1', 'e2', 'a']);
    expect(run).toThrow(StudioError);
    expect(run).toThrow(/e1, e2/);
  });

  it('takes a file without cells', () => {
    const none = csrFromDense(0, 2, []);
    expect(matchGenes(none, ['a', 'b'], ['b']).counts.rows).toBe(0);
  });
});
