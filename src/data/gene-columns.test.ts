/** @file One gene over all cells, with and without a copy ordered by gene. */
import { describe, expect, it } from 'vitest';
import { csrFromDense } from '../numerics/csr.ts';
import { createRandom } from '../numerics/random.ts';
import { GeneColumns } from './gene-columns.ts';

const [rows, cols] = [65, 31];
const random = createRandom(8);
const dense = Float32Array.from({ length: rows * cols }, (_, i) =>
  // Some cells and one gene are empty.
  i % cols === 7 || Math.floor(i / cols) % 9 === 4 || random.uniform() < 0.6
    ? 0
    : 1 + random.integer(9),
);
const names = Array.from({ length: cols }, (_, i) => `Gene${i}`);
const counts = csrFromDense(rows, cols, dense);

describe.each([
  ['from a copy', undefined],
  ['row by row', 0],
])('a gene %s', (_, most) => {
  const columns = new GeneColumns(counts, names, most);
  it('has the counts of each cell', () => {
    for (let gene = 0; gene < cols; gene++) {
      const expected = Float32Array.from({ length: rows }, (__, cell) => dense[cell * cols + gene]);
      expect(columns.column(`gene${gene}`, 'counts')).toEqual(expected);
    }
  });

  it('has log1p of counts per ten thousand', () => {
    for (const gene of [0, 7, 30]) {
      const found = columns.column(`Gene${gene}`, 'log');
      for (let cell = 0; cell < rows; cell++) {
        const own = dense.subarray(cell * cols, (cell + 1) * cols);
        const library = own.reduce((a, b) => a + b, 0);
        const expected = library > 0 ? Math.log1p((own[gene] * 1e4) / library) : 0;
        expect(found[cell]).toBeCloseTo(expected, 5);
      }
    }
  });

  it('is refused when nobody knows it', () => {
    expect(() => columns.column('nothing', 'log')).toThrow('Gene names here look like Gene0.');
  });
});
