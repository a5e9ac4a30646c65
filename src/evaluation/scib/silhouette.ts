/** @file Silhouettes of labels and of batches: how much closer a cell is to its own group than to another one. */
import { Pacer } from '../../maps/pacer.ts';

/** Points [rows, dims] with a distance. */
export interface Points {
  readonly values: Float32Array;
  readonly rows: number;
  readonly dims: number;
}

/** What stands for the other groups: the nearest of them, or all their cells together. */
export type OtherGroups = 'nearest' | 'pooled';

/** Rows scaled to length 1, for which 1 − x·y is the cosine distance; rows of zeros stay. */
function unitRows({ values, rows, dims }: Points): Float32Array {
  const out = values.slice();
  for (let i = 0; i < rows; i++) {
    let square = 0;
    for (let d = 0; d < dims; d++) square += values[i * dims + d] ** 2;
    if (square > 0) for (let d = 0; d < dims; d++) out[i * dims + d] /= Math.sqrt(square);
  }
  return out;
}

/**
 * Silhouette of each point, (b − a)/max(a, b): a is the mean distance to the others of its group, b that to the other groups. A point
 * alone in its group has 0.
 *
 * @param codes group of each point, 0 … groups − 1
 * @param metric `cosine` is 1 − cos
 * Error: cancelled.
 */
export async function silhouettes(
  points: Points,
  codes: ArrayLike<number>,
  groups: number,
  metric: 'euclidean' | 'cosine' = 'euclidean',
  others: OtherGroups = 'nearest',
  pacer = new Pacer(),
): Promise<Float64Array> {
  const { rows, dims } = points;
  const cosine = metric === 'cosine';
  const values = cosine ? unitRows(points) : points.values;
  const sizes = new Float64Array(groups);
  for (let i = 0; i < rows; i++) sizes[codes[i]]++;
  const sums = new Float64Array(rows * groups);
  for (let i = 0; i < rows; i++) {
    if (pacer.due()) await pacer.rest();
    const own = i * dims;
    for (let j = i + 1; j < rows; j++) {
      const distance = between(values, own, j * dims, dims, cosine);
      sums[i * groups + codes[j]] += distance;
      sums[j * groups + codes[i]] += distance;
    }
  }
  return Float64Array.from({ length: rows }, (_, i) =>
    oneSilhouette(sums.subarray(i * groups, (i + 1) * groups), sizes, codes[i], others),
  );
}

function between(x: Float32Array, i: number, j: number, dims: number, cosine: boolean): number {
  let sum = 0;
  if (cosine) {
    for (let d = 0; d < dims; d++) sum += x[i + d] * x[j + d];
    return 1 - sum;
  }
  for (let d = 0; d < dims; d++) sum += (x[i + d] - x[j + d]) ** 2;
  return Math.sqrt(sum);
}

function oneSilhouette(
  sums: Float64Array,
  sizes: Float64Array,
  own: number,
  others: OtherGroups,
): number {
  if (sizes[own] < 2) return 0;
  const a = sums[own] / (sizes[own] - 1);
  let b = Infinity;
  let total = 0;
  let count = 0;
  sums.forEach((sum, g) => {
    if (g === own || sizes[g] === 0) return;
    b = Math.min(b, sum / sizes[g]);
    total += sum;
    count += sizes[g];
  });
  if (count === 0) return 0;
  if (others === 'pooled') b = total / count;
  const largest = Math.max(a, b);
  return largest > 0 ? (b - a) / largest : 0;
}

/** Mean silhouette of the labels, brought to 0–1. @param samples from `silhouettes` */
export function silhouetteLabel(samples: Float64Array): number {
  return (samples.reduce((a, b) => a + b, 0) / samples.length + 1) / 2;
}

/**
 * Mean silhouette, brought to 0–1, of the labels that occur in the fewest batches.
 *
 * @param samples from `silhouettes` over the labels
 */
export function isolatedLabels(
  samples: Float64Array,
  labels: ArrayLike<number>,
  batches: ArrayLike<number>,
): number {
  const batchesOf = new Map<number, Set<number>>();
  for (let i = 0; i < samples.length; i++) {
    const own = batchesOf.get(labels[i]) ?? new Set();
    batchesOf.set(labels[i], own.add(batches[i]));
  }
  const fewest = Math.min(...[...batchesOf.values()].map((set) => set.size));
  const means = [...batchesOf]
    .filter(([, set]) => set.size === fewest)
    .map(([label]) => {
      const own = samples.filter((_, i) => labels[i] === label);
      return (own.reduce((a, b) => a + b, 0) / own.length + 1) / 2;
    });
  return means.reduce((a, b) => a + b, 0) / means.length;
}

/**
 * How little batches are apart within labels: the mean of 1 − |silhouette of the batch| over the cells of each label, then over labels;
 * labels of a single batch are left out, and without any label left the value is 0. `bras` takes cosine distances and all other batches
 * together, as scib-metrics does by default; the older score takes Euclidean distances and the nearest other batch.
 * Source: Rautenstrauch & Ohler 2025 (BRAS); Luecken et al. 2022. Error: cancelled.
 */
export async function batchSilhouette(
  points: Points,
  labels: ArrayLike<number>,
  batches: ArrayLike<number>,
  kind: 'bras' | 'nearest',
  pacer = new Pacer(),
): Promise<number> {
  const { values, dims } = points;
  const scores: number[] = [];
  for (const rows of rowsByCode(labels)) {
    const own = rows.map((i) => batches[i]);
    const distinct = [...new Set(own)];
    if (distinct.length < 2 || distinct.length === rows.length) continue;
    const part = new Float32Array(rows.length * dims);
    rows.forEach((i, at) => part.set(values.subarray(i * dims, (i + 1) * dims), at * dims));
    const samples = await silhouettes(
      { values: part, rows: rows.length, dims },
      own.map((batch) => distinct.indexOf(batch)),
      distinct.length,
      kind === 'bras' ? 'cosine' : 'euclidean',
      kind === 'bras' ? 'pooled' : 'nearest',
      pacer,
    );
    scores.push(samples.reduce((sum, s) => sum + 1 - Math.abs(s), 0) / rows.length);
  }
  return scores.length === 0 ? 0 : scores.reduce((a, b) => a + b, 0) / scores.length;
}

/** Positions of the cells of each code, codes ascending. */
export function rowsByCode(codes: ArrayLike<number>): number[][] {
  const rows = new Map<number, number[]>();
  for (let i = 0; i < codes.length; i++) {
    const own = rows.get(codes[i]);
    if (own === undefined) rows.set(codes[i], [i]);
    else own.push(i);
  }
  return [...rows].sort(([a], [b]) => a - b).map(([, list]) => list);
}
