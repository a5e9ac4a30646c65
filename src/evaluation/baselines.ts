/** @file Trivial ways of making cells, as rungs of a ladder: what a model must beat, and copying, which must be caught. */
import { Pacer } from '../maps/pacer.ts';
import { selectRows, stackRows, transposeCsr, type CsrMatrix } from '../numerics/csr.ts';
import { createRandom, drawSparseCounts, type Random } from '../numerics/random.ts';
import { pickRows, type Cloud } from './distance-table.ts';
import { groupRows } from './draws.ts';

/** Real training cells with a label each, and the labels that the new cells shall have. */
export interface BaselineSource {
  readonly counts: CsrMatrix;
  readonly labels: Int32Array;
  readonly wanted: Int32Array;
}

/** Training cells of a label; all of them when the label is new. */
function classRows(source: { readonly labels: Int32Array }): (label: number) => number[] {
  const groups = groupRows(source.labels);
  const all = [...source.labels.keys()];
  return (label) => groups.get(label) ?? all;
}

/**
 * One cell a wanted label, every gene drawn on its own from the class: keeps each gene's distribution, loses how genes move together.
 * Error: cancelled.
 */
export async function independentGenes(
  source: BaselineSource,
  seed: number,
  pacer = new Pacer(),
): Promise<CsrMatrix> {
  const random = createRandom(seed, 41);
  const rowsOf = classRows(source);
  const parts: { rows: number[]; counts: CsrMatrix }[] = [];
  for (const [label, rows] of groupRows(source.wanted)) {
    const own = transposeCsr(selectRows(source.counts, rowsOf(label)));
    parts.push({ rows, counts: await resampleGenes(random, own, rows.length, pacer) });
  }
  return inOrder(parts, source.counts.cols);
}

/** Cells [cells, genes] from a class given gene by gene [genes, class cells]: jumps from one non-zero draw to the next. */
async function resampleGenes(
  random: Random,
  genes: CsrMatrix,
  cells: number,
  pacer: Pacer,
): Promise<CsrMatrix> {
  const indptr = new Uint32Array(genes.rows + 1);
  const indices: number[] = [];
  const values: number[] = [];
  for (let g = 0; g < genes.rows; g++) {
    if (g % 64 === 0 && pacer.due()) await pacer.rest();
    const from = genes.indptr[g];
    const present = genes.indptr[g + 1] - from;
    const perJump = Math.log1p(-present / genes.cols);
    const jump = (): number => Math.floor(Math.log(random.uniform()) / perJump);
    for (let cell = present > 0 ? jump() : cells; cell < cells; cell += 1 + jump()) {
      indices.push(cell);
      values.push(genes.values[from + random.integer(present)]);
    }
    indptr[g + 1] = indices.length;
  }
  return transposeCsr({
    rows: genes.rows,
    cols: cells,
    indptr,
    indices: Uint32Array.from(indices),
    values: Float32Array.from(values),
  });
}

/** Rows of several parts put back where they belong. */
function inOrder(parts: { rows: number[]; counts: CsrMatrix }[], cols: number): CsrMatrix {
  const empty: CsrMatrix = {
    rows: 0,
    cols,
    indptr: new Uint32Array(1),
    indices: new Uint32Array(0),
    values: new Float32Array(0),
  };
  const all = parts.reduce((sum, part) => stackRows(sum, part.counts), empty);
  const order = parts.flatMap((part) => part.rows);
  const place = new Int32Array(order.length);
  order.forEach((row, i) => (place[row] = i));
  return selectRows(all, place);
}

/**
 * Class mean profile times a library size of the class, with one negative-binomial dispersion a gene by moments. Error: cancelled.
 *
 * Var = μ + φμ²: φ = Σ((x − μ)² − μ) / Σμ², held between 0 and 50.
 */
export async function classNb(
  source: BaselineSource,
  seed: number,
  pacer = new Pacer(),
): Promise<CsrMatrix> {
  const { counts, labels, wanted } = source;
  const rowsOf = classRows(source);
  const profiles = new Map<number, Profile>();
  for (const label of new Set([...labels, ...wanted])) {
    profiles.set(label, profileOf(selectRows(counts, rowsOf(label))));
  }
  const theta = await dispersions(counts, labels, profiles, pacer);
  const random = createRandom(seed, 42);
  const means = new Float32Array(counts.cols);
  const indices = new Uint32Array(counts.cols);
  const values = new Float32Array(counts.cols);
  const indptr = new Uint32Array(wanted.length + 1);
  const columns: Uint32Array[] = [];
  const drawn: Float32Array[] = [];
  for (let i = 0; i < wanted.length; i++) {
    if (i % 4 === 0 && pacer.due()) await pacer.rest();
    const profile = profiles.get(wanted[i]);
    if (!profile) continue;
    const library = profile.libraries[random.integer(profile.libraries.length)];
    profile.shares.forEach((share, g) => (means[g] = share * library));
    const n = drawSparseCounts(means, theta, random, indices, values);
    columns.push(indices.slice(0, n));
    drawn.push(values.slice(0, n));
    indptr[i + 1] = indptr[i] + n;
  }
  return {
    rows: wanted.length,
    cols: counts.cols,
    indptr,
    indices: Uint32Array.from(concat(columns)),
    values: Float32Array.from(concat(drawn)),
  };
}

interface Profile {
  /** Share of each gene in the class's counts. */
  readonly shares: Float64Array;
  readonly libraries: Float64Array;
}

function profileOf(counts: CsrMatrix): Profile {
  const shares = new Float64Array(counts.cols);
  const libraries = new Float64Array(counts.rows);
  for (let r = 0; r < counts.rows; r++) {
    for (let e = counts.indptr[r]; e < counts.indptr[r + 1]; e++) {
      shares[counts.indices[e]] += counts.values[e];
      libraries[r] += counts.values[e];
    }
  }
  const total = libraries.reduce((a, b) => a + b, 0) || 1;
  return { shares: shares.map((sum) => sum / total), libraries };
}

async function dispersions(
  counts: CsrMatrix,
  labels: Int32Array,
  profiles: ReadonlyMap<number, Profile>,
  pacer: Pacer,
): Promise<Float32Array> {
  const excess = new Float64Array(counts.cols);
  const squares = new Float64Array(counts.cols);
  // A cell without a count adds μ² − μ, one with x adds (x − μ)² − μ: the sums over zeros come from Σμ and Σμ² of the class.
  for (const [label, rows] of groupRows(labels)) {
    const profile = profiles.get(label);
    if (!profile) continue;
    const first = profile.libraries.reduce((a, l) => a + l, 0);
    const second = profile.libraries.reduce((a, l) => a + l * l, 0);
    profile.shares.forEach((share, g) => {
      squares[g] += share * share * second;
      excess[g] += share * share * second - share * first;
    });
    for (const [k, row] of rows.entries()) {
      if (k % 16 === 0 && pacer.due()) await pacer.rest();
      for (let e = counts.indptr[row]; e < counts.indptr[row + 1]; e++) {
        const x = counts.values[e];
        const mean = profile.shares[counts.indices[e]] * profile.libraries[k];
        excess[counts.indices[e]] += x * x - 2 * x * mean;
      }
    }
  }
  return Float32Array.from(excess, (sum, g) => {
    const phi = Math.min(50, Math.max(0, squares[g] > 0 ? sum / squares[g] : 0));
    return phi > 1e-6 ? 1 / phi : Infinity;
  });
}

function concat<T extends Uint32Array | Float32Array>(parts: readonly T[]): Float64Array {
  const out = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Points from one Gaussian a class, with the mean and covariance of the class's training cells; no counts, only places. */
export function gaussianPlaces(
  scores: Cloud,
  labels: Int32Array,
  wanted: Int32Array,
  seed: number,
): Cloud {
  const random = createRandom(seed, 43);
  const rowsOf = classRows({ labels });
  const { dims } = scores;
  const values = new Float64Array(wanted.length * dims);
  const noise = new Float64Array(dims);
  for (const [label, rows] of groupRows(wanted)) {
    const { mean, factor } = gaussianOf(pickRows(scores, rowsOf(label)));
    for (const row of rows) {
      for (let d = 0; d < dims; d++) noise[d] = random.normal();
      for (let d = 0; d < dims; d++) {
        let sum = mean[d];
        for (let k = 0; k <= d; k++) sum += factor[d * dims + k] * noise[k];
        values[row * dims + d] = sum;
      }
    }
  }
  return { values, rows: wanted.length, dims };
}

/** Mean and lower Cholesky factor of the covariance; directions without variance get none. */
function gaussianOf(cells: Cloud): { mean: Float64Array; factor: Float64Array } {
  const { rows, dims, values } = cells;
  const mean = new Float64Array(dims);
  values.forEach((value, i) => (mean[i % dims] += value / rows));
  const factor = new Float64Array(dims * dims);
  const covariance = (a: number, b: number): number => {
    let sum = 0;
    for (let r = 0; r < rows; r++) {
      sum += (values[r * dims + a] - mean[a]) * (values[r * dims + b] - mean[b]);
    }
    return sum / Math.max(1, rows - 1);
  };
  for (let i = 0; i < dims; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = covariance(i, j);
      for (let k = 0; k < j; k++) sum -= factor[i * dims + k] * factor[j * dims + k];
      if (i === j) factor[i * dims + i] = sum > 1e-12 ? Math.sqrt(sum) : 0;
      else factor[i * dims + j] = factor[j * dims + j] > 0 ? sum / factor[j * dims + j] : 0;
    }
  }
  return { mean, factor };
}
