/** @file Lines collected in pieces or in room made beforehand are the same matrix, and a claim is believed only of a file that can hold it. */
import { describe, expect, it } from 'vitest';
import { csrFromDense } from '../numerics/csr.ts';
import { LineBuilder, likelyEntries, readCsr } from './csr-reading.ts';
import { storeOfCsr } from './matrix-parts.ts';

const [rows, cols] = [63, 17];
const dense = Float32Array.from({ length: rows * cols }, (_, i) => ((i * 13) % 7) % 4);
const counts = csrFromDense(rows, cols, dense);
const nnz = counts.values.length;

describe('LineBuilder', () => {
  it.each([undefined, 0, 1, nnz - 1, nnz, nnz + 1, 10 * nnz])(
    'gives the same matrix when %s entries were expected',
    (expected) => {
      const builder = new LineBuilder(rows, expected);
      for (let r = 0; r < rows; r++) {
        for (let k = counts.indptr[r]; k < counts.indptr[r + 1]; k++) {
          builder.add(counts.indices[k], counts.values[k]);
        }
        builder.endLine();
      }
      const made = builder.finish(cols);
      expect(made).toEqual(counts);
      // No room beyond the entries is kept.
      expect(made.values.buffer.byteLength).toBe(4 * nnz);
      expect(made.indices.buffer.byteLength).toBe(4 * nnz);
    },
  );
});

describe('likelyEntries', () => {
  const store = storeOfCsr('X', 'a.h5ad', 'float32', counts);
  it('believes a file that can hold them, and none that cannot', () => {
    expect(likelyEntries(store, nnz)).toBe(nnz);
    expect(likelyEntries(store, nnz / 2)).toBe(nnz);
    expect(likelyEntries(store, nnz / 2 - 1)).toBe(0);
    expect(likelyEntries({ ...store, stored: 1e12 }, 1e9)).toBe(0);
    expect(likelyEntries({ ...store, kind: 'dense' }, 1e9)).toBe(0);
  });

  it('changes nothing of what is read', async () => {
    for (const expected of [0, nnz, 2 * nnz]) {
      expect(await readCsr(store, { expected })).toEqual(counts);
    }
  });
});
