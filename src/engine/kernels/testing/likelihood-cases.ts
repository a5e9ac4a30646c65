/** @file Cases of the Bernoulli and Poisson likelihoods and of the product that ends in SiLU. */
import { csrFromDense, rowSums, type CsrMatrix } from '../../../numerics/csr.ts';
import { createRandom } from '../../../numerics/random.ts';
import { gemmReference, siluReference, siluSlopeReference } from '../references.ts';
import {
  bernoulliReference,
  poissonReference,
  type LikelihoodReference,
} from '../references-rows.ts';
import { normals, once, type KernelBench, type KernelCase, type Outcome } from './kernel-bench.ts';

/** Counts of which some are large; one cell without any. */
export function someCounts(rows: number, genes: number): CsrMatrix {
  const random = createRandom(31);
  const dense = Float32Array.from({ length: rows * genes }, () => {
    const u = random.uniform();
    if (u < 0.7) return 0;
    return u < 0.95 ? 1 + random.integer(12) : 1 + random.integer(900);
  });
  if (rows > 1) dense.fill(0, 0, genes);
  return csrFromDense(rows, genes, dense);
}

/** The first rows of a matrix. */
function head(x: CsrMatrix, rows: number): CsrMatrix {
  const end = x.indptr[rows];
  const [indices, values] = [x.indices.slice(0, end), x.values.slice(0, end)];
  return { rows, cols: x.cols, indptr: x.indptr.slice(0, rows + 1), indices, values };
}

interface Setting {
  readonly counts: CsrMatrix;
  readonly logits: Float32Array;
  readonly cells: number;
  readonly library: Float32Array;
}

function setting(rows: number, genes: number, cells: number): Setting {
  const counts = someCounts(rows, genes);
  const library = Float32Array.from(rowSums(counts), (sum) => Math.max(1, 1.5 * sum));
  return { counts, logits: normals(rows * genes, 32, 2), cells, library };
}

type Family = 'bernoulli' | 'poisson';

async function likelihood(
  bench: KernelBench,
  family: Family,
  { counts, logits, cells, library }: Setting,
  withLibrary: boolean,
  expected: LikelihoodReference,
): Promise<Outcome[]> {
  const { rows, cols: genes } = counts;
  const blocks = Math.ceil(rows / 16);
  const used = bench.words([cells]);
  const entries = { indptr: bench.words(counts.indptr), indices: bench.words(counts.indices) };
  const values = bench.put(counts.values);
  const sizes = bench.put(library);
  const call = (partialBias: ReturnType<KernelBench['blank']> | null) => {
    const own = bench.put(logits);
    const partialLoss = bench.wide(blocks);
    const shared = { logits: own, ...entries, cells: used, partialBias, partialLoss, rows, genes };
    if (family === 'bernoulli') bench.call('bernoulli', shared);
    else bench.call('poisson', { ...shared, values, library: withLibrary ? sizes : null });
    const loss = bench.blank(1);
    const sum = { partial: partialLoss, count: blocks, scale: -1, cells: used };
    bench.call('sumPartials', { ...sum, out: loss });
    return { own, loss };
  };
  const partial = bench.blank(blocks * genes);
  const learnt = call(partial);
  const judged = call(null);
  const dBias = bench.blank(genes);
  bench.call('sumBlocks', { partial, out: dBias, blocks, genes, scale: 1 });
  const columns = new Float64Array(genes);
  expected.dLogits.forEach((value, i) => (columns[i % genes] += value));
  const dLogits = new Float64Array(rows * genes);
  dLogits.set(expected.dLogits);
  return [
    { name: 'loss', values: await bench.read(learnt.loss), expected: [expected.loss], share: 3e-6 },
    {
      name: 'loss judged',
      values: await bench.read(judged.loss),
      expected: [expected.loss],
      share: 3e-6,
    },
    { name: 'dLogits', values: await bench.read(learnt.own), expected: dLogits, share: 3e-6 },
    { name: 'dBias', values: await bench.read(dBias), expected: columns, share: 5e-6 },
  ];
}

function likelihoodCase(
  family: Family,
  rows: number,
  genes: number,
  cells: number,
  withLibrary = false,
): KernelCase {
  const known = once(() => {
    const all = setting(rows, genes, cells);
    const { library } = all;
    const x = head(all.counts, cells);
    const logits = all.logits.slice(0, cells * genes);
    const expected =
      family === 'bernoulli'
        ? bernoulliReference(x, logits)
        : poissonReference(x, logits, withLibrary ? library : null);
    return { all, expected };
  });
  const mean = family === 'bernoulli' ? '' : withLibrary ? ', softmax × library' : ', e^logit';
  return {
    name: `${family}${mean}: ${cells} of ${rows} cells, ${genes} genes`,
    kernels: [family],
    run: (bench) => likelihood(bench, family, known().all, withLibrary, known().expected),
  };
}

function gemmSiluCase(layout: 0 | 1 | 2, [m, n, k]: readonly [number, number, number]): KernelCase {
  const known = once(() => {
    const [a, b] = [normals(m * k, 33), normals(k * n, 34)];
    const bias = normals(n, 35);
    const addend = normals(3 * n, 36);
    const rows = Uint32Array.from({ length: m }, (_, i) => (2 * i) % 3);
    const before = gemmReference(layout, a, b, [m, n, k], { bias, addend, rows });
    const plain = gemmReference(layout, a, b, [m, n, k]);
    return { a, b, bias, addend, rows, before, plain };
  });
  const run: KernelCase['run'] = async (bench) => {
    const x = known();
    const ldc = n + 2;
    const [c, y, slope, alone] = [1, 2, 3, 4].map(() => bench.blank(m * ldc));
    const lda = layout === 2 ? m : k;
    const ldb = layout === 1 ? k : n;
    const sides = { layout, lda, ldb, ldc, m, n, k, side: n };
    const factors = { a: bench.put(x.a), b: bench.put(x.b) };
    const end = { bias: bench.put(x.bias), addend: bench.put(x.addend), rows: bench.words(x.rows) };
    bench.call('gemmSilu', { ...sides, ...factors, ...end, c, y, slope });
    bench.call('gemmSilu', { ...sides, ...factors, y: alone });
    const read = async (name: string, view: typeof c, expected: Float64Array): Promise<Outcome> => {
      const all = Float64Array.from(await bench.read(view));
      // Gaps keep their −7777 and must not hide the rest.
      const gaps = all.filter((v, i) => i % ldc >= n && v !== -7777).length;
      const inside = all.filter((_, i) => i % ldc < n);
      const share = gaps === 0 ? 1e-6 * (4 + Math.sqrt(k)) : -1;
      return { name, values: inside, expected, share };
    };
    return [
      await read('c', c, x.before),
      await read('y', y, x.before.map(siluReference)),
      await read('slope', slope, x.before.map(siluSlopeReference)),
      await read('y alone', alone, x.plain.map(siluReference)),
    ];
  };
  return {
    name: `SiLU of a product, layout ${layout}, ${m} × ${n} × ${k}`,
    kernels: ['gemmSilu'],
    run,
  };
}

/** Everything in this file. */
export const LIKELIHOOD_CASES: readonly KernelCase[] = [
  likelihoodCase('bernoulli', 1, 1, 1),
  likelihoodCase('bernoulli', 37, 131, 37),
  likelihoodCase('bernoulli', 33, 65, 20),
  likelihoodCase('poisson', 1, 3, 1, true),
  likelihoodCase('poisson', 37, 65, 37, true),
  likelihoodCase('poisson', 37, 63, 20, true),
  likelihoodCase('poisson', 1, 1, 1),
  likelihoodCase('poisson', 35, 66, 33),
  gemmSiluCase(0, [1, 1, 1]),
  gemmSiluCase(0, [63, 65, 30]),
  gemmSiluCase(1, [65, 63, 3]),
  gemmSiluCase(0, [13, 70, 600]),
  gemmSiluCase(2, [9, 12, 1030]),
];
