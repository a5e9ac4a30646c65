/** @file Both cross-attentions of the set autoencoder in one piece, in float64 and plain loops. */
import type { Numbers } from './references.ts';

/** Sizes of gene logits. */
export interface GeneLogitsShape {
  readonly cells: number;
  readonly genes: number;
  readonly tokens: number;
  readonly width: number;
  readonly gated: number;
}

/** What a gene's logit is made of; rows of base and mix are [width + 2 gated] without gaps. */
export interface GeneLogitsInput {
  readonly queries: Numbers;
  readonly keys: Numbers;
  readonly base: Numbers;
  readonly mix: Numbers;
  readonly bias: Numbers;
  readonly reader: Numbers;
  readonly head: Numbers;
}

const EPSILON = 1e-8;

function softmax(scores: readonly number[]): number[] {
  const most = Math.max(...scores);
  const weights = scores.map((score) => Math.exp(score - most));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}

/** Logits [cells, genes]. */
export function geneLogitsReference(
  { queries, keys, base, mix, bias, reader, head }: GeneLogitsInput,
  { cells, genes, tokens, width, gated }: GeneLogitsShape,
): Float64Array {
  const side = width + 2 * gated;
  return Float64Array.from({ length: cells * genes }, (_, at) => {
    const [cell, gene] = [Math.floor(at / genes), at % genes];
    const rows = Array.from({ length: tokens }, (_, t) => cell * tokens + t);
    const weights = softmax(
      rows.map((row) => {
        let dot = 0;
        for (let c = 0; c < width; c++) dot += queries[gene * width + c] * keys[row * width + c];
        return dot / Math.sqrt(width);
      }),
    );
    const row = Array.from({ length: side }, (_, c) =>
      rows.reduce((sum, r, t) => sum + weights[t] * mix[r * side + c], base[gene * side + c]),
    );
    const y = row.slice(0, width);
    const mean = y.reduce((a, b) => a + b, 0) / width;
    const variance = y.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width;
    const scale = 1 / Math.sqrt(variance + EPSILON);
    let logit = y.reduce((sum, value, c) => sum + value * head[c], 0);
    for (let j = 0; j < gated; j++) {
      const a = scale * row[width + j] + bias[j];
      const b = scale * row[width + gated + j] + bias[gated + j];
      logit += (a / (1 + Math.exp(-a))) * b * reader[j];
    }
    return logit;
  });
}

/** What counts are pooled from: rows are [width + tokens], moments [2, rows]; cell c has the tokens starts[c] … starts[c + 1] − 1. */
export interface CountPoolingInput {
  readonly table: Numbers;
  readonly moments: Numbers;
  readonly bias: Numbers;
  readonly genes: Numbers;
  readonly logs: Numbers;
  readonly starts: Numbers;
  readonly tokens: number;
  readonly width: number;
}

/** Pooled tokens [cells · tokens, width]; 0 for cells without any. */
export function countPoolingReference(input: CountPoolingInput): Float64Array {
  const { table, moments, bias, genes, logs, starts, tokens, width } = input;
  const side = width + tokens;
  const rows = table.length / side;
  const cells = starts.length - 1;
  const out = new Float64Array(cells * tokens * width);
  for (let cell = 0; cell < cells; cell++) {
    const own = Array.from({ length: starts[cell + 1] - starts[cell] }, (_, k) => starts[cell] + k);
    if (own.length === 0) continue;
    const at = (key: number, column: number): number =>
      table[genes[key] * side + column] + logs[key] * table[(rows - 1) * side + column];
    const scales = own.map((key) => {
      const [spread, lean] = [moments[genes[key]], moments[rows + genes[key]]];
      const variance = spread + 2 * logs[key] * lean + logs[key] ** 2 * moments[rows - 1];
      return 1 / Math.sqrt(Math.max(variance, 0) + EPSILON);
    });
    for (let t = 0; t < tokens; t++) {
      const weights = softmax(own.map((key, k) => scales[k] * at(key, width + t)));
      for (let c = 0; c < width; c++) {
        let sum = bias[c];
        own.forEach((key, k) => (sum += weights[k] * scales[k] * at(key, c)));
        out[(cell * tokens + t) * width + c] = sum;
      }
    }
  }
  return out;
}
