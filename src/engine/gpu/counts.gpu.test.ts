/** @file Kernels on counts, on an emulated GPU, against float64: first layer, batch normalisation, likelihood, with their gradients. */
import { beforeAll, describe, expect, it } from 'vitest';
import {
  csrFromDense,
  csrToDense,
  rowSums,
  transposeCsr,
  type CsrMatrix,
} from '../../numerics/csr.ts';
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
import type { GpuDevice } from './device.ts';
import { hasSoftwareGpu, openSoftwareGpu } from './testing/gpus.ts';
import { runKernel, worst, worstShare } from './testing/kernel-run.ts';
import { ARRANGEMENTS, Places, randomNumbers } from './testing/places.ts';

function simulatedCounts(rows: number, genes: number, largest: number): CsrMatrix {
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

describe.runIf(hasSoftwareGpu()).each(ARRANGEMENTS)('counts, %s buffers', (arrangement) => {
  let device: GpuDevice;

  beforeAll(async () => {
    device = await openSoftwareGpu();
  });

  it.each([
    [1, 7, 5],
    [33, 65, 32],
    [64, 513, 77],
    [300, 70, 4],
  ])('multiplies %i sparse cells of %i genes to width %i, and back', async (rows, genes, width) => {
    const x = simulatedCounts(rows, genes, 900);
    const nnz = x.values.length;
    const places = new Places(device, arrangement);
    const csr = { indptr: places.words(x.indptr), indices: places.words(x.indices) };
    const logs = places.room(nnz);
    runKernel(device, 'csrLog', {
      values: places.floats(x.values),
      logs,
      indptr: csr.indptr,
      rows,
    });
    const logged = await device.read(logs);
    expect(worst(logged.slice(0, nnz), x.values.map(Math.log1p))).toBeLessThan(1e-6);
    const [weight, bias] = [randomNumbers(genes * width, 1), randomNumbers(width, 2)];
    const y = places.room(rows * width);
    runKernel(device, 'csrAffine', {
      ...csr,
      logs,
      rows,
      weight: places.floats(toPanels(weight, genes, width)),
      bias: places.floats(bias),
      y,
      width,
      genes,
    });
    const forward = csrAffineReference(x, weight, bias, width);
    expect(worst(await device.read(y), forward)).toBeLessThan(1e-4);
    const byGenes = {
      starts: places.room(genes + 1),
      cells: places.room(nnz),
      values: places.room(nnz),
    };
    runKernel(device, 'csrTranspose', { ...csr, logs, rows, genes, ...byGenes });
    const turned = transposeCsr({ ...x, values: logged.slice(0, nnz) });
    expect(await device.readWords(byGenes.starts)).toEqual(turned.indptr);
    expect((await device.readWords(byGenes.cells)).slice(0, nnz)).toEqual(turned.indices);
    expect((await device.read(byGenes.values)).slice(0, nnz)).toEqual(turned.values);
    const dy = randomNumbers(rows * width, 3);
    const dw = places.room(Math.ceil(width / 32) * genes * 32);
    const gradient = { ...byGenes, genes, dy: places.floats(dy), dw, width, rows };
    runKernel(device, 'csrWeightGradient', gradient);
    const expected = toPanels(csrWeightGradientReference(x, dy, width), genes, width);
    expect(worst(await device.read(dw), expected)).toBeLessThan(2e-4);
    expect(await places.damaged()).toBe(0);
    places.free();
  });

  it.each([
    [2, 4],
    [33, 11],
    [64, 65],
  ])('normalises %i rows of %i columns, forward and backward', async (rows, columns) => {
    const x = randomNumbers(rows * columns, 4, 3);
    const gamma = randomNumbers(columns, 5).map((g) => 1 + 0.3 * g);
    const beta = randomNumbers(columns, 6);
    const dOut = randomNumbers(rows * columns, 7);
    const expected = batchNormEluReference(x, gamma, beta, rows);
    const places = new Places(device, arrangement);
    const runningMean = places.floats(new Float32Array(columns).fill(2));
    const runningVariance = places.floats(new Float32Array(columns).fill(3));
    const [mean, scale] = [places.room(columns), places.room(columns)];
    const [out, dx] = [places.room(rows * columns), places.room(rows * columns)];
    const [dGamma, dBeta] = [places.room(columns), places.room(columns)];
    const shared = { x: places.floats(x), gamma: places.floats(gamma), out, rows, columns };
    const layer = { ...shared, beta: places.floats(beta), runningMean, runningVariance };
    runKernel(device, 'batchNormElu', { ...layer, mean, scale });
    expect(worst(await device.read(out), expected.out)).toBeLessThan(1e-4);
    const moved = expected.mean.map((value) => 0.9 * 2 + 0.1 * value);
    const unbiased = rows / (rows - 1);
    const spread = expected.variance.map((value) => 0.9 * 3 + 0.1 * value * unbiased);
    expect(worst(await device.read(runningMean), moved)).toBeLessThan(1e-5);
    expect(worst(await device.read(runningVariance), spread)).toBeLessThan(1e-5);
    const gradient = { ...shared, mean, scale, dOut: places.floats(dOut), dx, dGamma, dBeta };
    runKernel(device, 'batchNormEluGradient', gradient);
    const slopes = normGradient(x, gamma, beta, dOut, rows);
    // Two rows leave next to nothing of a gradient.
    expect(worstShare(await device.read(dx), slopes.dx)).toBeLessThan(rows === 2 ? 2e-3 : 1e-4);
    expect(worstShare(await device.read(dGamma), slopes.dGamma)).toBeLessThan(1e-4);
    expect(worstShare(await device.read(dBeta), slopes.dBeta)).toBeLessThan(1e-4);
    runKernel(device, 'batchNormEluEval', layer);
    const fixed = Float64Array.from(x, (v, i) => {
      const j = i % columns;
      return eluReference(((v - moved[j]) * gamma[j]) / Math.sqrt(spread[j] + 1e-5) + beta[j]);
    });
    expect(worst(await device.read(out), fixed)).toBeLessThan(1e-4);
    expect(await places.damaged()).toBe(0);
    places.free();
  });

  it('turns rows into shares', async () => {
    const [rows, columns] = [17, 331];
    const x = randomNumbers(rows * columns, 8, 5);
    const places = new Places(device, arrangement);
    const view = places.floats(x);
    runKernel(device, 'softmaxRows', { x: view, rows, columns });
    expect(worst(await device.read(view), softmax(x, rows, columns))).toBeLessThan(1e-6);
    expect(await places.damaged()).toBe(0);
    places.free();
  });

  it.each([
    [1, 5, 1],
    [37, 67, 37],
    [37, 300, 20],
  ])('weighs %i cells of %i genes, %i of which count', async (rows, genes, cells) => {
    const x = simulatedCounts(rows, genes, 5000);
    const logits = randomNumbers(rows * genes, 9, 2);
    const random = createRandom(10);
    // Dispersions from over-dispersed to Poisson.
    const theta = Float32Array.from({ length: genes }, () => Math.exp(-4 + 13 * random.uniform()));
    const library = Float32Array.from(rowSums(x), (sum) => Math.max(1, sum));
    const blocks = Math.ceil(rows / 16);
    const places = new Places(device, arrangement);
    const views = {
      theta: places.floats(theta),
      indptr: places.words(x.indptr),
      indices: places.words(x.indices),
      values: places.floats(x.values),
      library: places.floats(library),
      cells: places.words([cells]),
      partialLoss: places.wide(new Float64Array(blocks)),
      rows,
      genes,
    };
    const [partialTheta, partialBias] = [places.room(blocks * genes), places.room(blocks * genes)];
    const gradient = places.floats(logits);
    runKernel(device, 'negativeBinomial', {
      ...views,
      logits: gradient,
      partialTheta,
      partialBias,
    });
    const expected = decoderLoss(
      csrToDense(x).slice(0, cells * genes),
      logits.slice(0, cells * genes),
      Array.from(theta, Math.log),
      library.slice(0, cells),
    );
    const [loss, total] = [places.floats([0]), places.wide([0])];
    const sum = { partial: views.partialLoss, count: blocks, scale: -1, cells: views.cells };
    runKernel(device, 'sumPartials', { ...sum, out: loss, total });
    const relative = async (): Promise<number> =>
      Math.abs((await device.read(loss))[0] / expected.loss - 1);
    expect(await relative()).toBeLessThan(1e-5);
    expect(Math.abs((await device.readWide(total))[0] / expected.loss - 1)).toBeLessThan(1e-5);
    const d = await device.read(gradient);
    expect(worstShare(d.slice(0, cells * genes), expected.dLogits)).toBeLessThan(2e-4);
    expect(d.slice(cells * genes).every((value) => value === 0)).toBe(true);
    const [dLogTheta, dBias] = [places.room(genes), places.room(genes)];
    const blocksOf = { factor: views.theta, blocks, genes, scale: -1, cells: views.cells };
    runKernel(device, 'sumBlocks', { partial: partialTheta, out: dLogTheta, ...blocksOf });
    expect(worstShare(await device.read(dLogTheta), expected.dLogTheta)).toBeLessThan(1e-3);
    runKernel(device, 'sumBlocks', { partial: partialBias, out: dBias, blocks, genes, scale: 1 });
    const columns = new Float64Array(genes);
    expected.dLogits.forEach((value, i) => (columns[i % genes] += value));
    expect(worstShare(await device.read(dBias), columns)).toBeLessThan(2e-4);
    runKernel(device, 'negativeBinomial', { ...views, logits: places.floats(logits) });
    runKernel(device, 'sumPartials', { ...sum, out: loss });
    expect(await relative()).toBeLessThan(1e-5);
    expect(await places.damaged()).toBe(0);
    places.free();
  });
});

/** Gradients of Σ dOut · ELU(batch norm), by its formula in float64 around the reference's statistics. */
function normGradient(
  x: Float32Array,
  gamma: Float32Array,
  beta: Float32Array,
  dOut: Float32Array,
  rows: number,
) {
  const columns = gamma.length;
  const { mean, variance, out } = batchNormEluReference(x, gamma, beta, rows);
  const [dGamma, dBeta] = [new Float64Array(columns), new Float64Array(columns)];
  const dx = new Float64Array(x.length);
  const hat = Float64Array.from(x, (v, i) => {
    const j = i % columns;
    return (v - mean[j]) / Math.sqrt(variance[j] + 1e-5);
  });
  const dy = Float64Array.from(dOut, (d, i) => d * (out[i] > 0 ? 1 : out[i] + 1));
  dy.forEach((d, i) => {
    dBeta[i % columns] += d;
    dGamma[i % columns] += d * hat[i];
  });
  dy.forEach((d, i) => {
    const j = i % columns;
    const rest = d - dBeta[j] / rows - (hat[i] * dGamma[j]) / rows;
    dx[i] = (gamma[j] / Math.sqrt(variance[j] + 1e-5)) * rest;
  });
  return { dx, dGamma, dBeta };
}
