/** @file What the kernels of deeper networks compute row by row, in float64 and plain loops: norms, activations, embeddings, likelihoods. */
import type { CsrMatrix } from '../../numerics/csr.ts';
import { bernoulliTerm, poissonTerm } from '../../numerics/negative-binomial.ts';
import { philoxWords } from '../../numerics/philox.ts';
import { erf, sigmoid, softmax, softplus } from '../../numerics/special.ts';
import type { Activation } from './activations.ts';
import { eluReference, siluReference, type Numbers } from './references.ts';

/** How rows belong to groups: row r to (r / every, rounded down) mod groups. */
export interface RowGroups {
  readonly every: number;
  readonly groups: number;
}

/** The group of a row. */
export function groupOf(row: number, { every, groups }: RowGroups): number {
  return Math.floor(row / every) % groups;
}

/** What is done to a normalised row: (base + factor) and shift of its group, [groups, columns] each. */
export interface Modulation extends RowGroups {
  readonly base: number;
  readonly factor?: Numbers;
  readonly shift?: Numbers;
}

/** x · (base + factor[group]) + shift[group] + addend; without factor x · base. */
export function modulateReference(
  x: Numbers,
  columns: number,
  { base, factor, shift, ...groups }: Modulation,
  addend?: Numbers,
): Float64Array {
  return Float64Array.from(x, (value, i) => {
    const at = groupOf(Math.floor(i / columns), groups) * columns + (i % columns);
    return value * (base + (factor?.[at] ?? 0)) + (shift?.[at] ?? 0) + (addend?.[i] ?? 0);
  });
}

/** Rows without their mean (layer norm; RMS norm keeps it), divided by the root of their mean square + ε. */
export function normaliseRows(
  x: Numbers,
  columns: number,
  kind: 'layer' | 'rms',
  epsilon: number,
): { out: Float64Array; stats: Float64Array } {
  const rows = x.length / columns;
  const out = new Float64Array(x.length);
  const stats = new Float64Array(2 * rows);
  for (let r = 0; r < rows; r++) {
    const row = Float64Array.from({ length: columns }, (_, j) => x[r * columns + j]);
    const mean = kind === 'layer' ? row.reduce((s, v) => s + v, 0) / columns : 0;
    const square = row.reduce((s, v) => s + (v - mean) ** 2, 0) / columns;
    const scale = 1 / Math.sqrt(square + epsilon);
    stats.set([mean, scale], 2 * r);
    row.forEach((v, j) => (out[r * columns + j] = (v - mean) * scale));
  }
  return { out, stats };
}

/** Σ x (· y) over the rows of each group, [groups, columns]. */
export function groupSumsReference(
  x: Numbers,
  y: Numbers | null,
  columns: number,
  groups: RowGroups,
): Float64Array {
  const out = new Float64Array(groups.groups * columns);
  for (let i = 0; i < x.length; i++) {
    out[groupOf(Math.floor(i / columns), groups) * columns + (i % columns)] += x[i] * (y?.[i] ?? 1);
  }
  return out;
}

/** The functions of `activate`. */
export const activationReferences: Readonly<Record<Activation, (x: number) => number>> = {
  geluErf: (x) => (x / 2) * (1 + erf(x / Math.SQRT2)),
  geluTanh: (x) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  elu: eluReference,
  relu: (x) => Math.max(0, x),
  leakyRelu: (x) => (x > 0 ? x : 0.01 * x),
  sigmoid,
  tanh: Math.tanh,
  softplus,
};

/** SiLU(a) · b. */
export function swigluReference(a: Numbers, b: Numbers): Float64Array {
  return Float64Array.from(a, (value, i) => siluReference(value) * b[i]);
}

/** x / (1 − rate) where word j of Philox block i, entry 4 i + j, is at least rate · 2³², else 0; the use word is 256 + site. */
export function dropoutReference(
  x: Numbers,
  rate: number,
  { seed, stream, row }: { seed: number; stream: number; row: number },
  site: number,
): Float64Array {
  const words = new Uint32Array(4);
  const least = Math.floor(rate * 2 ** 32);
  return Float64Array.from(x, (value, i) => {
    const high = Math.floor(seed / 2 ** 32);
    philoxWords(i >>> 2, row, stream, 0x100 + site, seed >>> 0, high, words, 0);
    return words[i & 3] >= least ? value / (1 - rate) : 0;
  });
}

/** Mean of the rows of each segment, weighed; 0 where nothing weighs. */
export function segmentMeansReference(
  x: Numbers,
  starts: Numbers,
  mask: Numbers | null,
  columns: number,
): Float64Array {
  const out = new Float64Array((starts.length - 1) * columns);
  for (let g = 0; g + 1 < starts.length; g++) {
    let weight = 0;
    for (let r = starts[g]; r < starts[g + 1]; r++) weight += mask?.[r] ?? 1;
    for (let r = starts[g]; r < starts[g + 1] && weight > 0; r++) {
      for (let j = 0; j < columns; j++) {
        out[g * columns + j] += ((mask?.[r] ?? 1) / weight) * x[r * columns + j];
      }
    }
  }
  return out;
}

/** A likelihood's loss (nats, mean over cells) and its gradient by the logits. */
export interface LikelihoodReference {
  readonly loss: number;
  readonly dLogits: Float64Array;
}

/** Minus the log-likelihood of "there or not" with probabilities σ(logits), summed over genes; an entry of x is a 1. */
export function bernoulliReference(x: CsrMatrix, logits: Numbers): LikelihoodReference {
  const there = new Uint8Array(x.rows * x.cols);
  forEachEntry(x, (at) => (there[at] = 1));
  let loss = 0;
  const dLogits = Float64Array.from(there, (present, i) => {
    loss -= bernoulliTerm(present, logits[i]).logLikelihood / x.rows;
    return (sigmoid(logits[i]) - present) / x.rows;
  });
  return { loss, dLogits };
}

/** Minus the Poisson log-likelihood with means library · softmax(logits), or e^logits without library. */
export function poissonReference(
  x: CsrMatrix,
  logits: Numbers,
  library: Numbers | null,
): LikelihoodReference {
  const counts = new Float64Array(x.rows * x.cols);
  forEachEntry(x, (at, value) => (counts[at] = value));
  const shares = softmax(logits, x.rows, x.cols);
  const totals = new Float64Array(x.rows);
  counts.forEach((value, i) => (totals[Math.floor(i / x.cols)] += value));
  let loss = 0;
  const dLogits = counts.map((count, i) => {
    const r = Math.floor(i / x.cols);
    const mean = library === null ? Math.exp(logits[i]) : library[r] * shares[i];
    loss -= poissonTerm(count, mean).logLikelihood / x.rows;
    return ((library === null ? mean : shares[i] * totals[r]) - count) / x.rows;
  });
  return { loss, dLogits };
}

function forEachEntry(x: CsrMatrix, visit: (at: number, value: number) => void): void {
  for (let r = 0; r < x.rows; r++) {
    for (let k = x.indptr[r]; k < x.indptr[r + 1]; k++) {
      visit(r * x.cols + x.indices[k], x.values[k]);
    }
  }
}
