/** @file Test helper: the autoencoder of several kinds of features in float64, written straight from its formulas. */
import type { NamedArray } from '../../../engine/named-array.ts';
import { lgammaDifference } from '../../../numerics/special.ts';
import type { Likelihood } from '../../../protocol/dataset.ts';

/** One kind of features; its layers' names are spelt out here, not taken from the code under test. */
export interface OracleBlock {
  readonly encoder: string;
  readonly decoder: string;
  readonly layers: readonly [encoder: number, decoder: number];
  readonly likelihood: Likelihood;
  /** [cells][features] */
  readonly counts: readonly (readonly number[])[];
}

type Rows = number[][];
type Arrays = ReadonlyMap<string, Float64Array>;

/** Arrays by name, in float64. */
export function wide(arrays: readonly NamedArray[]): Map<string, Float64Array> {
  return new Map(arrays.map((a) => [a.name, Float64Array.from(a.values)]));
}

function linear(x: Rows, name: string, arrays: Arrays): Rows {
  const weight = arrays.get(`${name}.weight`) as Float64Array;
  const bias = arrays.get(`${name}.bias`) as Float64Array;
  const width = bias.length;
  return x.map((row) =>
    Array.from(bias, (b, j) => row.reduce((sum, v, i) => sum + v * weight[i * width + j], b)),
  );
}

function normElu(x: Rows, name: string, arrays: Arrays, trains: boolean): Rows {
  const part = (end: string): Float64Array => arrays.get(`${name}.norm.${end}`) as Float64Array;
  const columns = x[0].map((_, j) => x.map((row) => row[j]));
  const stats = columns.map((values, j) => {
    if (!trains) return [part('running_mean')[j], part('running_var')[j]];
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    return [mean, values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length];
  });
  return x.map((row) =>
    row.map((v, j) => {
      const y = (v - stats[j][0]) / Math.sqrt(stats[j][1] + 1e-5);
      const scaled = y * part('weight')[j] + part('bias')[j];
      return scaled > 0 ? scaled : Math.expm1(scaled);
    }),
  );
}

function half(x: Rows, name: string, layers: number, arrays: Arrays, trains: boolean): Rows {
  let h = x;
  for (let i = 0; i < layers; i++) {
    h = linear(h, `${name}.${i}`, arrays);
    if (i < layers - 1) h = normElu(h, `${name}.${i}`, arrays, trains);
  }
  return h;
}

/** Latents of the cells, [cells][latentDim]. */
export function oracleEncode(
  blocks: readonly OracleBlock[],
  arrays: Arrays,
  trains: boolean,
): Rows {
  const own = blocks.map(({ encoder, layers, likelihood, counts }) => {
    const x = counts.map((row) => row.map((v) => (likelihood === 'bernoulli' ? v : Math.log1p(v))));
    return half(x, encoder, layers[0], arrays, trains);
  });
  if (blocks.length === 1) return own[0];
  const sides = own[0].map((_, r) => own.flatMap((z) => z[r]));
  return linear(sides, 'joint', arrays);
}

/** What is expected of each block: shares, chances, or counts. */
export function oracleDecode(blocks: readonly OracleBlock[], z: Rows, arrays: Arrays): Rows[] {
  return blocks.map(({ decoder, layers, likelihood }) =>
    half(z, decoder, layers[1], arrays, false).map((row) => {
      if (likelihood === 'bernoulli') return row.map((l) => 1 / (1 + Math.exp(-l)));
      const weights = row.map(Math.exp);
      if (likelihood === 'poisson') return weights;
      const total = weights.reduce((a, b) => a + b, 0);
      return weights.map((w) => w / total);
    }),
  );
}

const logFactorial = (x: number): number => lgammaDifference(1, x);

function logLikelihood(block: OracleBlock, logits: Rows, theta: Float64Array | undefined): number {
  let sum = 0;
  logits.forEach((row, r) => {
    const x = block.counts[r];
    const library = x.reduce((a, b) => a + b, 0);
    const total = row.reduce((a, l) => a + Math.exp(l), 0);
    row.forEach((l, f) => {
      if (block.likelihood === 'bernoulli') sum += x[f] * l - Math.log1p(Math.exp(l));
      else if (block.likelihood === 'poisson') sum += x[f] * l - Math.exp(l) - logFactorial(x[f]);
      else {
        const mu = (Math.exp(l) / total) * library;
        const t = Math.exp(theta?.[f] ?? NaN);
        const q = Math.log(t + mu + 1e-8);
        sum += t * (Math.log(t + 1e-8) - q) + x[f] * (Math.log(mu + 1e-8) - q);
        sum += lgammaDifference(t, x[f]) - logFactorial(x[f]);
      }
    });
  });
  return sum;
}

/** Loss in nats per cell, with the penalty of long latents. */
export function oracleLoss(
  blocks: readonly OracleBlock[],
  arrays: Arrays,
  trains: boolean,
  penalty: number,
): number {
  const z = oracleEncode(blocks, arrays, trains);
  const squares = z.flat().reduce((sum, v) => sum + v * v, 0);
  const likelihood = blocks.reduce((sum, block) => {
    const logits = half(z, block.decoder, block.layers[1], arrays, trains);
    return sum + logLikelihood(block, logits, arrays.get('log_theta'));
  }, 0);
  return (penalty * squares - likelihood) / z.length;
}
