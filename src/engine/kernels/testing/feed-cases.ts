/** @file Cases of picking rows of counts that stay on the device. */
import { csrPickReference } from '../references.ts';
import { normals, once, type KernelCase } from './kernel-bench.ts';
import { someCounts } from './likelihood-cases.ts';

function pickCase(sourceRows: number, genes: number, rows: number, cells: number): KernelCase {
  const known = once(() => {
    const x = someCounts(sourceRows, genes);
    const totals = normals(sourceRows, 71);
    // Repeats, and the empty row among them.
    const picked = Uint32Array.from({ length: rows }, (_, i) => (i * i + 5 * i) % sourceRows);
    return { x, totals, picked, expected: csrPickReference(x, totals, picked, cells) };
  });
  return {
    name: `${cells} of ${rows} rows picked from ${sourceRows} × ${genes}`,
    kernels: ['csrPick'],
    run: async (bench) => {
      const { x, totals, picked, expected } = known();
      const room = expected.indices.length;
      const indptr = bench.blank(rows + 1);
      // One more than is written: it keeps what it held.
      const [indices, values] = [bench.blank(room + 1), bench.blank(room + 1)];
      const sizes = bench.blank(rows);
      bench.call('csrPick', {
        sourceIndptr: bench.words(x.indptr),
        sourceIndices: bench.words(x.indices),
        sourceValues: bench.put(x.values),
        sourceTotals: bench.put(totals),
        picked: bench.words(picked),
        cells: bench.words([cells]),
        rows,
        indptr,
        indices,
        values,
        totals: sizes,
      });
      const words = (view: typeof indptr) => bench.device.readWords(view);
      const mark = new Uint32Array(Float32Array.of(-7777).buffer)[0];
      const exact = (name: string, found: ArrayLike<number>, wanted: readonly number[]) => {
        return { name, values: found, expected: wanted, share: 0 };
      };
      return [
        exact('indptr', await words(indptr), expected.indptr),
        exact('indices', await words(indices), [...expected.indices, mark]),
        exact('values', await bench.read(values), [...expected.values, -7777]),
        exact('totals', await bench.read(sizes), expected.totals),
      ];
    },
  };
}

/** Everything in this file. */
export const FEED_CASES: readonly KernelCase[] = [
  pickCase(1, 1, 1, 1),
  pickCase(37, 131, 29, 29),
  pickCase(37, 131, 33, 20),
  pickCase(5, 63, 3, 0),
  pickCase(70, 67, 515, 513),
];
