/** @file A matrix that went through the cache is the matrix; a cache that is cut off is told. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csrFromDense, selectRows, type CsrMatrix } from './csr.ts';
import { CsrCacheWriter, openCsrCache } from './csr-cache.ts';
import { memorySource, sourceToCsr } from './csr-source.ts';

function memoryFile(room = Infinity) {
  let bytes = new Uint8Array(0);
  return {
    getSize: () => bytes.length,
    write: (part: Uint8Array, { at }: { at: number }) => {
      const end = Math.min(room, at + part.length);
      const grown = new Uint8Array(Math.max(bytes.length, end));
      grown.set(bytes);
      grown.set(part.subarray(0, end - at), at);
      bytes = grown;
      return end - at;
    },
    read: (part: Uint8Array, { at }: { at: number }) => {
      const found = bytes.subarray(at, at + part.length);
      part.set(found);
      return found.length;
    },
    cut: (length: number) => (bytes = bytes.slice(0, length)),
  };
}

const matrices = fc
  .tuple(fc.integer({ min: 0, max: 20 }), fc.constantFrom(1, 7, 300))
  .chain(([rows, cols]) =>
    fc
      .array(
        fc.tuple(
          fc.nat(Math.max(0, rows - 1)),
          fc.nat(cols - 1),
          fc.oneof(
            fc.integer({ min: 1, max: 300 }),
            fc.constantFrom(255, 256, 65_535, 65_536, 1.5),
          ),
        ),
        { maxLength: rows === 0 ? 0 : 60 },
      )
      .map((entries): CsrMatrix => {
        const dense = new Float32Array(rows * cols);
        for (const [r, c, value] of entries) dense[r * cols + c] = value;
        return csrFromDense(rows, cols, dense);
      }),
  );

describe('the cache of counts', () => {
  it('gives back any rows in any order', () => {
    fc.assert(
      fc.property(
        matrices,
        fc.array(fc.nat(19), { maxLength: 30 }),
        fc.nat(20),
        (matrix, some, cut) => {
          const file = memoryFile();
          const writer = new CsrCacheWriter(file, matrix.cols);
          const at = Math.min(cut, matrix.rows);
          const range = (from: number, to: number) =>
            Array.from({ length: to - from }, (_, i) => from + i);
          writer.add(selectRows(matrix, range(0, at)));
          writer.add(selectRows(matrix, range(at, matrix.rows)));
          expect(writer.finish()).toBe(file.getSize());
          const cache = openCsrCache(file);
          expect(sourceToCsr(cache)).toEqual(matrix);
          const rows = some.filter((row) => row < matrix.rows);
          expect(cache.readRows(rows)).toEqual(selectRows(matrix, rows));
          const memory = memorySource(matrix);
          expect(cache.sums).toEqual(memory.sums);
          expect(cache.entries).toEqual(memory.entries);
        },
      ),
    );
  });

  it('holds more columns than 16 bits number', () => {
    const matrix: CsrMatrix = {
      rows: 1,
      cols: 70_001,
      indptr: Uint32Array.of(0, 2),
      indices: Uint32Array.of(3, 70_000),
      values: Float32Array.of(1, 70_000),
    };
    const file = memoryFile();
    const writer = new CsrCacheWriter(file, matrix.cols);
    writer.add(matrix);
    writer.finish();
    expect(openCsrCache(file).readRows([0, 0]).indices).toEqual(
      Uint32Array.of(3, 70_000, 3, 70_000),
    );
  });

  it('tells a full disk, a cut file and another file', () => {
    const matrix = csrFromDense(3, 4, [1, 0, 2, 0, 0, 0, 0, 3, 4, 5, 6, 7]);
    const full = new CsrCacheWriter(memoryFile(40), 4);
    full.add(matrix);
    expect(() => full.finish()).toThrow('the disk is full');
    const file = memoryFile();
    const writer = new CsrCacheWriter(file, 4);
    writer.add(matrix);
    const size = writer.finish();
    expect(() => openCsrCache(memoryFile())).toThrow('not a cache');
    file.cut(size - 5);
    expect(() => openCsrCache(file)).toThrow('not a cache');
  });
});
