import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalCsr,
  columnCounts,
  csrFromDense,
  csrNnz,
  csrToDense,
  emptyCsr,
  isCanonicalCsr,
  rowSums,
  selectColumns,
  selectRows,
  spreadColumns,
  stackRows,
  transposeCsr,
  type CsrMatrix,
} from './csr.ts';

interface Dense {
  rows: number;
  cols: number;
  values: number[];
}

const entry = fc.oneof(fc.constant(0), fc.constant(0), fc.integer({ min: -3, max: 900 }));
const dense = (rows = fc.integer({ min: 0, max: 13 }), cols = fc.integer({ min: 1, max: 17 })) =>
  fc
    .tuple(rows, cols)
    .chain(([r, c]) =>
      fc
        .array(entry, { minLength: r * c, maxLength: r * c })
        .map((values): Dense => ({ rows: r, cols: c, values })),
    );

const toCsr = (d: Dense): CsrMatrix => csrFromDense(d.rows, d.cols, d.values);
const cell = (d: Dense, r: number, c: number): number => d.values[r * d.cols + c];

describe('csr', () => {
  it('keeps every value through dense → csr → dense', () => {
    fc.assert(
      fc.property(dense(), (d) => {
        const m = toCsr(d);
        expect(isCanonicalCsr(m)).toBe(true);
        expect(csrNnz(m)).toBe(d.values.filter((v) => v !== 0).length);
        expect(Array.from(csrToDense(m))).toEqual(d.values);
      }),
    );
  });

  it('transposes', () => {
    fc.assert(
      fc.property(dense(), (d) => {
        const t = transposeCsr(toCsr(d));
        expect(isCanonicalCsr(t)).toBe(true);
        expect([t.rows, t.cols]).toEqual([d.cols, d.rows]);
        const back = csrToDense(t);
        for (let r = 0; r < d.rows; r++) {
          for (let c = 0; c < d.cols; c++) expect(back[c * d.rows + r]).toBe(cell(d, r, c));
        }
      }),
    );
  });

  it('selects rows and columns in any order', () => {
    const request = dense(fc.integer({ min: 1, max: 13 })).chain((d) =>
      fc.tuple(
        fc.constant(d),
        fc.array(fc.integer({ min: 0, max: d.rows - 1 }), { maxLength: 20 }),
        fc.uniqueArray(fc.integer({ min: 0, max: d.cols - 1 })),
      ),
    );
    fc.assert(
      fc.property(request, ([d, rows, columns]) => {
        const m = selectColumns(selectRows(toCsr(d), rows), columns);
        expect(isCanonicalCsr(m)).toBe(true);
        const got = Array.from(csrToDense(m));
        expect(got).toEqual(rows.flatMap((r) => columns.map((c) => cell(d, r, c))));
      }),
    );
  });

  it('sorts, adds up duplicates and drops zeros', () => {
    const triplet = fc.tuple(
      fc.integer({ min: 0, max: 4 }),
      fc.integer({ min: 0, max: 6 }),
      fc.integer({ min: -2, max: 5 }),
    );
    fc.assert(
      fc.property(fc.array(triplet, { maxLength: 60 }), (triplets) => {
        const expected = new Float32Array(5 * 7);
        for (const [r, c, v] of triplets) expected[r * 7 + c] += v;
        const byRow = [0, 1, 2, 3, 4].map((r) => triplets.filter((t) => t[0] === r));
        const indptr = new Uint32Array(6);
        byRow.forEach((row, r) => (indptr[r + 1] = indptr[r] + row.length));
        const flat = byRow.flat();
        const m = canonicalCsr({
          rows: 5,
          cols: 7,
          indptr,
          indices: Uint32Array.from(flat, (t) => t[1]),
          values: Float32Array.from(flat, (t) => t[2]),
        });
        expect(isCanonicalCsr(m)).toBe(true);
        expect(csrToDense(m)).toEqual(expected);
      }),
    );
  });

  it('stacks, spreads and sums', () => {
    const pair = fc.tuple(dense(), dense()).map(([a, b]): [Dense, Dense] => [
      a,
      {
        rows: b.rows,
        cols: a.cols,
        values: Array.from({ length: b.rows * a.cols }, (_, i) => (i * 7) % 4),
      },
    ]);
    fc.assert(
      fc.property(pair, ([a, b]) => {
        const stacked = stackRows(toCsr(a), toCsr(b));
        expect(isCanonicalCsr(stacked)).toBe(true);
        expect(Array.from(csrToDense(stacked))).toEqual([...a.values, ...b.values]);
        const sums = Array.from({ length: a.rows }, (_, r) =>
          a.values.slice(r * a.cols, (r + 1) * a.cols).reduce((s, v) => s + v, 0),
        );
        expect(Array.from(rowSums(toCsr(a)))).toEqual(sums);
        const counts = Array.from(
          { length: a.cols },
          (_, c) => a.values.filter((v, i) => i % a.cols === c && v !== 0).length,
        );
        expect(Array.from(columnCounts(toCsr(a)))).toEqual(counts);
        const columns = Array.from({ length: a.cols }, (_, c) => 2 * (a.cols - 1 - c) + 1);
        const wide = csrToDense(spreadColumns(toCsr(a), columns, 2 * a.cols));
        for (let r = 0; r < a.rows; r++) {
          for (let c = 0; c < a.cols; c++) {
            expect(wide[r * 2 * a.cols + columns[c]]).toBe(cell(a, r, c));
            expect(wide[r * 2 * a.cols + columns[c] - 1]).toBe(0);
          }
        }
      }),
    );
  });

  it('recognises broken promises', () => {
    const good = csrFromDense(2, 3, [1, 0, 2, 0, 3, 0]);
    expect(isCanonicalCsr({ ...good, indices: Uint32Array.of(2, 0, 1) })).toBe(false);
    expect(isCanonicalCsr({ ...good, indices: Uint32Array.of(0, 3, 1) })).toBe(false);
    expect(isCanonicalCsr({ ...good, values: Float32Array.of(1, 0, 3) })).toBe(false);
    expect(isCanonicalCsr({ ...good, indptr: Uint32Array.of(0, 3, 2) })).toBe(false);
    expect(isCanonicalCsr(emptyCsr(0, 5))).toBe(true);
    expect(csrToDense(emptyCsr(2, 2))).toEqual(new Float32Array(4));
  });
});
