/** @file A short calculation that a GPU must get right before it is trusted with a model. */
import { part } from '../compute-device.ts';
import { Recorder } from '../plan/recorder.ts';
import type { GpuDevice } from './device.ts';

/** Sizes that fill no tile, four or workgroup. */
const [ROWS, DEPTH, GENES] = [19, 37, 67];
const TOLERANCE = 1e-4;

/** x · w → softmax; and the likelihood of one count per cell, all compared with float64. */
export async function passesGpuSelfTest(device: GpuDevice): Promise<boolean> {
  const x = Float32Array.from({ length: ROWS * DEPTH }, (_, i) => Math.sin(i * 0.37));
  const w = Float32Array.from({ length: DEPTH * GENES }, (_, i) => 0.4 * Math.cos(i * 0.23));
  const theta = Float32Array.from({ length: GENES }, (_, g) => 0.1 + g * g * 0.05);
  const expected = reference(x, w, theta);
  const count = ROWS * GENES;
  const blocks = Math.ceil(ROWS / 16);
  const shared = device.allocate(2 * Math.ceil(count / 4) * 4);
  const shares = part(shared, 0, count);
  const logits = part(shared, Math.ceil(count / 4) * 4, count);
  const words = Array.from({ length: ROWS + 1 }, (_, i) => i);
  const [a, b] = [device.allocate(x.length), device.allocate(w.length)];
  const [thetaView, values, library] = [GENES, ROWS, ROWS].map((n) => device.allocate(n));
  const [indptr, indices, cells] = [ROWS + 1, ROWS, 1].map((n) => device.allocate(n));
  const [dTheta, dBias] = [device.allocate(blocks * GENES), device.allocate(blocks * GENES)];
  const loss = device.allocateWide(blocks);
  device.write(a, x);
  device.write(b, w);
  device.write(thetaView, theta);
  device.write(values, words.slice(0, ROWS).map(countOf));
  device.write(library, words.slice(0, ROWS).map(libraryOf));
  device.writeWords(indptr, words);
  device.writeWords(indices, words.slice(0, ROWS).map(geneOf));
  device.writeWords(cells, [ROWS]);
  const recorder = new Recorder();
  const product = { layout: 0, a, lda: DEPTH, b, ldb: GENES, ldc: GENES, side: GENES };
  for (const c of [shares, logits]) {
    recorder.call('gemm', { ...product, c, m: ROWS, n: GENES, k: DEPTH });
  }
  recorder.call('softmaxRows', { x: shares, rows: ROWS, columns: GENES });
  recorder.call('negativeBinomial', {
    logits,
    theta: thetaView,
    indptr,
    indices,
    values,
    library,
    cells,
    partialTheta: dTheta,
    partialBias: dBias,
    partialLoss: loss,
    rows: ROWS,
    genes: GENES,
  });
  device.perform(recorder);
  const found = new Float32Array((await device.readParts([shares, logits])).buffer);
  const likelihood = (await device.readWide(loss)).reduce((p, q) => p + q, 0);
  device.free(
    shared,
    a,
    b,
    thetaView,
    values,
    library,
    indptr,
    indices,
    cells,
    dTheta,
    dBias,
    loss,
  );
  const close = (at: number, wanted: readonly number[]): boolean =>
    wanted.every((value, i) => Math.abs(found[at + i] - value) <= TOLERANCE);
  return (
    close(0, expected.shares) &&
    close(count, expected.gradient) &&
    Math.abs(likelihood / expected.likelihood - 1) <= TOLERANCE
  );
}

const countOf = (row: number): number => 1 + (row % 5);
const geneOf = (row: number): number => (row * 11) % GENES;
const libraryOf = (row: number): number => 40 + 3 * row;

interface Expected {
  readonly shares: number[];
  readonly gradient: number[];
  readonly likelihood: number;
}

/** The same in plain loops. */
function reference(x: Float32Array, w: Float32Array, theta: Float32Array): Expected {
  const all: Expected = { shares: [], gradient: [], likelihood: 0 };
  let likelihood = 0;
  for (let r = 0; r < ROWS; r++) {
    const logits = Array.from({ length: GENES }, (_, g) => {
      let sum = 0;
      for (let k = 0; k < DEPTH; k++) sum += x[r * DEPTH + k] * w[k * GENES + g];
      return sum;
    });
    const peak = Math.max(...logits);
    const powers = logits.map((v) => Math.exp(v - peak));
    const total = powers.reduce((p, q) => p + q, 0);
    const shares = powers.map((v) => v / total);
    const slopes = shares.map((share, g) => {
      const mu = share * libraryOf(r);
      const count = g === geneOf(r) ? countOf(r) : 0;
      likelihood += logProbability(count, mu, theta[g]);
      return (theta[g] * (count - mu)) / (theta[g] + mu);
    });
    const pull = slopes.reduce((p, q) => p + q, 0);
    all.shares.push(...shares);
    all.gradient.push(...slopes.map((slope, g) => (shares[g] * pull - slope) / ROWS));
  }
  return { ...all, likelihood };
}

function logProbability(count: number, mu: number, theta: number): number {
  let sum = -theta * Math.log1p(mu / theta);
  for (let k = 0; k < count; k++) sum += Math.log(((theta + k) * mu) / ((k + 1) * (theta + mu)));
  return sum;
}
