/** @file Kernels on counts against float64: first layer, batch normalisation with its gradient, likelihood with its gradients. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { csrFromDense, csrToDense, rowSums, transposeCsr } from '../../numerics/csr.ts';
import { decoderLoss } from '../../numerics/negative-binomial.ts';
import { createRandom } from '../../numerics/random.ts';
import { softmax } from '../../numerics/special.ts';
import {
  batchNormEluReference,
  csrAffineReference,
  csrWeightGradientReference,
  eluReference,
  toPanels,
} from '../kernels/references.ts';
import type { CpuDevice } from './device.ts';
import { startTestCpu, TEST_THREADS } from './testing/devices.ts';
import { put, putWords, randomNumbers, runKernel, unwritten } from './testing/kernel-run.ts';

function worst(values: ArrayLike<number>, expected: ArrayLike<number>): number {
  let most = values.length === expected.length ? 0 : Infinity;
  for (let i = 0; i < values.length; i++) {
    const gap = Math.abs(values[i] - expected[i]);
    most = gap <= most ? most : gap;
  }
  return most;
}

function simulatedCounts(rows: number, genes: number, largest: number) {
  const random = createRandom(21);
  const dense = Float32Array.from({ length: rows * genes }, () => {
    const u = random.uniform();
    if (u < 0.75) return 0;
    return u < 0.98 ? 1 + random.integer(14) : 1 + random.integer(largest);
  });
  // One cell without counts, one gene without counts.
  dense.fill(0, 0, genes);
  for (let r = 0; r < rows; r++) dense[r * genes + 1] = 0;
  return csrFromDense(rows, genes, dense);
}

describe.each(TEST_THREADS)('on %i threads', (threads) => {
  let device: CpuDevice;

  beforeAll(async () => {
    device = await startTestCpu(threads);
  });

  afterAll(() => device.dispose());

  it.each([
    [1, 7, 5],
    [33, 65, 32],
    [64, 131, 77],
  ])('multiplies %i sparse cells of %i genes to width %i, and back', (rows, genes, width) => {
    const x = simulatedCounts(rows, genes, 900);
    const nnz = x.values.length;
    const indptr = putWords(device, x.indptr);
    const indices = putWords(device, x.indices);
    const logs = unwritten(device, Math.max(1, nnz));
    runKernel(device, 'csrLog', { values: put(device, x.values), logs, indptr, rows });
    const logged = x.values.map(Math.log1p);
    expect(worst(device.floats(logs).slice(0, nnz), logged)).toBeLessThan(1e-6);
    const weight = randomNumbers(genes * width, 1);
    const bias = randomNumbers(width, 2);
    const y = unwritten(device, rows * width);
    runKernel(device, 'csrAffine', {
      indptr,
      indices,
      logs,
      rows,
      weight: put(device, toPanels(weight, genes, width)),
      bias: put(device, bias),
      y,
      width,
      genes,
    });
    expect(worst(device.floats(y), csrAffineReference(x, weight, bias, width))).toBeLessThan(3e-5);
    const starts = putWords(device, new Uint32Array(genes + 1));
    const cells = putWords(device, new Uint32Array(nnz));
    const values = unwritten(device, Math.max(1, nnz));
    const byGenes = { starts, cells, values };
    runKernel(device, 'csrTranspose', { indptr, indices, logs, rows, genes, ...byGenes });
    const turned = transposeCsr({ ...x, values: device.floats(logs).slice(0, nnz) });
    expect(device.words(starts)).toEqual(turned.indptr);
    expect(device.words(cells).slice(0, nnz)).toEqual(turned.indices);
    expect(device.floats(values).slice(0, nnz)).toEqual(turned.values);
    const dy = randomNumbers(rows * width, 3);
    const panels = Math.ceil(width / 32);
    const dw = unwritten(device, panels * genes * 32);
    const gradient = { ...byGenes, genes, dy: put(device, dy), dw, width, rows };
    runKernel(device, 'csrWeightGradient', gradient);
    const expected = toPanels(csrWeightGradientReference(x, dy, width), genes, width);
    expect(worst(device.floats(dw), expected)).toBeLessThan(1e-4);
  });

  it.each([
    [2, 4],
    [33, 11],
    [64, 65],
  ])('normalises %i rows of %i columns, forward and backward', (rows, columns) => {
    const x = randomNumbers(rows * columns, 4, 3);
    const gamma = randomNumbers(columns, 5).map((g) => 1 + 0.3 * g);
    const beta = randomNumbers(columns, 6);
    const dOut = randomNumbers(rows * columns, 7);
    const expected = batchNormEluReference(x, gamma, beta, rows);
    const runningMean = put(device, new Float32Array(columns).fill(2));
    const runningVariance = put(device, new Float32Array(columns).fill(3));
    const [mean, scale] = [unwritten(device, columns), unwritten(device, columns)];
    const out = unwritten(device, rows * columns);
    const layer = {
      x: put(device, x),
      gamma: put(device, gamma),
      beta: put(device, beta),
      runningMean,
      runningVariance,
      out,
      rows,
      columns,
    };
    runKernel(device, 'batchNormElu', { ...layer, mean, scale });
    expect(worst(device.floats(out), expected.out)).toBeLessThan(1e-4);
    const unbiased = rows / (rows - 1);
    const moved = expected.mean.map((value) => 0.9 * 2 + 0.1 * value);
    const spread = expected.variance.map((value) => 0.9 * 3 + 0.1 * value * unbiased);
    expect(worst(device.floats(runningMean), moved)).toBeLessThan(1e-5);
    expect(worst(device.floats(runningVariance), spread)).toBeLessThan(1e-5);

    const [dGamma, dBeta] = [unwritten(device, columns), unwritten(device, columns)];
    const dx = unwritten(device, rows * columns);
    runKernel(device, 'batchNormEluGradient', {
      x: layer.x,
      mean,
      scale,
      gamma: layer.gamma,
      out,
      dOut: put(device, dOut),
      dx,
      dGamma,
      dBeta,
      rows,
      columns,
    });
    const value = (x64: Float64Array, gamma64: Float64Array, beta64: Float64Array): number =>
      batchNormEluReference(x64, gamma64, beta64, rows).out.reduce(
        (sum, y, i) => sum + y * dOut[i],
        0,
      );
    const slopes = finiteDifferences(value, [x, gamma, beta], rows === 64 ? 97 : 1);
    expectSlopes(device.floats(dx), slopes[0], 2e-3);
    expectSlopes(device.floats(dGamma), slopes[1], 2e-3);
    expectSlopes(device.floats(dBeta), slopes[2], 2e-3);

    runKernel(device, 'batchNormEluEval', layer);
    const fixed = Float64Array.from(x, (v, i) => {
      const j = i % columns;
      return eluReference(((v - moved[j]) * gamma[j]) / Math.sqrt(spread[j] + 1e-5) + beta[j]);
    });
    expect(worst(device.floats(out), fixed)).toBeLessThan(1e-4);
  });

  it('turns rows into shares', () => {
    const [rows, columns] = [17, 131];
    const x = randomNumbers(rows * columns, 8, 5);
    const view = put(device, x);
    runKernel(device, 'softmaxRows', { x: view, rows, columns });
    expect(worst(device.floats(view), softmax(x, rows, columns))).toBeLessThan(1e-6);
  });

  it.each([
    [1, 5, 1],
    [37, 67, 37],
    [37, 67, 20],
  ])('weighs %i cells of %i genes, %i of which count', (rows, genes, cells) => {
    const x = simulatedCounts(rows, genes, 5000);
    const logits = randomNumbers(rows * genes, 9, 2);
    const random = createRandom(10);
    // Dispersions from over-dispersed to Poisson.
    const logTheta = Float32Array.from({ length: genes }, () => -4 + 13 * random.uniform());
    const theta = logTheta.map(Math.exp);
    const library = Float32Array.from(rowSums(x), (sum) => Math.max(1, sum));
    const blocks = Math.ceil(rows / 16);
    const views = {
      theta: put(device, theta),
      indptr: putWords(device, x.indptr),
      indices: putWords(device, x.indices),
      values: put(device, x.values),
      library: put(device, library),
      cells: putWords(device, [cells]),
      partialLoss: device.allocateWide(blocks),
      rows,
      genes,
    };
    const partialTheta = unwritten(device, blocks * genes);
    const partialBias = unwritten(device, blocks * genes);
    const gradient = put(device, logits);
    runKernel(device, 'negativeBinomial', {
      ...views,
      logits: gradient,
      partialTheta,
      partialBias,
    });
    const dense = csrToDense(x).slice(0, cells * genes);
    const expected = decoderLoss(
      dense,
      logits.slice(0, cells * genes),
      Array.from(theta, Math.log),
      library.slice(0, cells),
    );
    const loss = put(device, [0]);
    const total = device.allocateWide(1);
    const sum = { partial: views.partialLoss, count: blocks, scale: -1, cells: views.cells };
    runKernel(device, 'sumPartials', { ...sum, out: loss, total });
    expect(Math.abs(device.floats(loss)[0] / expected.loss - 1)).toBeLessThan(1e-5);
    expect(Math.abs(device.doubles(total)[0] / expected.loss - 1)).toBeLessThan(1e-5);
    const d = device.floats(gradient);
    expectSlopes(d.slice(0, cells * genes), expected.dLogits, 2e-4);
    expect(worst(d.slice(cells * genes), new Float64Array((rows - cells) * genes))).toBe(0);
    const dLogTheta = unwritten(device, genes);
    runKernel(device, 'sumBlocks', {
      partial: partialTheta,
      out: dLogTheta,
      factor: views.theta,
      blocks,
      genes,
      scale: -1,
      cells: views.cells,
    });
    expectSlopes(device.floats(dLogTheta), expected.dLogTheta, 1e-3);
    const dBias = unwritten(device, genes);
    runKernel(device, 'sumBlocks', { partial: partialBias, out: dBias, blocks, genes, scale: 1 });
    const columns = new Float64Array(genes);
    expected.dLogits.forEach((value, i) => (columns[i % genes] += value));
    expectSlopes(device.floats(dBias), columns, 2e-4);

    const evaluated = put(device, logits);
    runKernel(device, 'negativeBinomial', { ...views, logits: evaluated });
    runKernel(device, 'sumPartials', { ...sum, out: loss });
    expect(Math.abs(device.floats(loss)[0] / expected.loss - 1)).toBeLessThan(1e-5);
  });
});

/** Central differences of a function of several vectors; every `stride`-th entry, NaN elsewhere. */
function finiteDifferences(
  value: (...vectors: Float64Array[]) => number,
  at: readonly Float32Array[],
  stride: number,
): Float64Array[] {
  const vectors = at.map((v) => Float64Array.from(v));
  return vectors.map((vector) =>
    vector.map((_, i) => {
      if (i % stride !== 0) return NaN;
      const kept = vector[i];
      vector[i] = kept + 1e-5;
      const above = value(...(vectors as [Float64Array]));
      vector[i] = kept - 1e-5;
      const below = value(...(vectors as [Float64Array]));
      vector[i] = kept;
      return (above - below) / 2e-5;
    }),
  );
}

/** Entries agree to a share of the largest one; NaN stands for one that was not computed. */
function expectSlopes(values: ArrayLike<number>, expected: Float64Array, share: number): void {
  expect(values.length).toBe(expected.length);
  const size = expected.reduce((most, v) => (Math.abs(v) > most ? Math.abs(v) : most), 1e-3);
  const known = Array.from(expected, (v, i) => (Number.isNaN(v) ? 0 : values[i] - v));
  expect(worst(known, new Float64Array(known.length))).toBeLessThan(share * size);
}
