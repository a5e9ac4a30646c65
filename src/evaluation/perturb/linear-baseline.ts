/** @file A linear model of perturbations: ridge regression of changes on gene components (Ahlmann-Eltze, Huber and Anders 2025). */
import { matmul, symmetricEigen, transpose } from '../../numerics/linear-algebra.ts';
import type { KnownChange } from './baselines.ts';
import type { PreparedScreen } from './screen.ts';

const COMPONENTS = 10;
const RIDGE = 0.1;
/** Fewer known sets than this say nothing about how changes depend on genes. */
const LEAST_SETS = 3;
/** The best measured ones among more than this are enough. */
const MOST_SETS = 200;

/** Solves (A + ridge · I) X = B for a symmetric A [n, n] without negative eigenvalues and B [n, m]. */
function solveRidge(a: Float64Array, n: number, b: Float64Array, m: number): Float64Array {
  const { values, vectors } = symmetricEigen(a, n);
  const inner = matmul(transpose(vectors, n, n), b, n, n, m);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) inner[i * m + j] /= Math.max(values[i], 0) + RIDGE;
  }
  return matmul(vectors, inner, n, n, m);
}

/** Components of genes [genes, k] from the changes of training sets: left singular vectors of the changes (centred by set) times their singular values. */
function geneComponents(
  changes: readonly Float64Array[],
  genes: number,
): { readonly values: Float64Array; readonly k: number } {
  const sets = changes.length;
  const centred = new Float64Array(genes * sets);
  changes.forEach((change, p) => {
    const mean = change.reduce((a, b) => a + b, 0) / genes;
    for (let g = 0; g < genes; g++) centred[g * sets + p] = change[g] - mean;
  });
  const gram = matmul(transpose(centred, genes, sets), centred, sets, genes, sets);
  const { vectors } = symmetricEigen(gram, sets);
  const k = Math.min(COMPONENTS, sets - 1);
  const leading = new Float64Array(sets * k);
  for (let p = 0; p < sets; p++) {
    for (let c = 0; c < k; c++) leading[p * k + c] = vectors[p * sets + c];
  }
  return { values: matmul(centred, leading, genes, sets, k), k };
}

/**
 * Change of mean log expression [genes] of a set by the rule Y ≈ G·W·Pᵀ + b: G gene components, P the sum of the rows of G of a set's
 * members, b the mean change, W by ridge regression. Null where a member is not among the genes or fewer than three known sets are.
 */
export function linearChange(
  screen: Pick<PreparedScreen, 'genes'>,
  known: readonly KnownChange[],
  members: readonly string[],
): Float64Array | null {
  const place = new Map(screen.genes.map((name, g) => [name, g]));
  const isMeasured = (own: readonly string[]): boolean => own.every((name) => place.has(name));
  const used = known
    .filter((one) => isMeasured(one.members))
    .sort((a, b) => b.weight - a.weight)
    .slice(0, MOST_SETS);
  if (members.length === 0 || !isMeasured(members) || used.length < LEAST_SETS) return null;
  const genes = screen.genes.length;
  const sets = used.length;
  const { values: g, k } = geneComponents(
    used.map(({ change }) => change),
    genes,
  );
  const rowOf = (own: readonly string[]): Float64Array => {
    const sum = new Float64Array(k);
    for (const name of own) {
      const at = (place.get(name) ?? 0) * k;
      for (let c = 0; c < k; c++) sum[c] += g[at + c];
    }
    return sum;
  };
  const mean = new Float64Array(genes);
  for (const { change } of used) change.forEach((value, i) => (mean[i] += value / sets));
  const y = new Float64Array(genes * sets);
  used.forEach(({ change }, p) => change.forEach((v, i) => (y[i * sets + p] = v - mean[i])));
  const p = Float64Array.from(used.flatMap((one) => [...rowOf(one.members)]));
  const turned = transpose(g, genes, k);
  const left = solveRidge(matmul(turned, g, k, genes, k), k, matmul(turned, y, k, genes, sets), sets); // prettier-ignore
  const right = matmul(left, p, k, sets, k);
  const inner = matmul(transpose(p, sets, k), p, k, sets, k);
  // W = left · (PᵀP + αI)⁻¹, solved as its transpose.
  const weights = transpose(solveRidge(inner, k, transpose(right, k, k), k), k, k);
  const change = matmul(g, matmul(weights, rowOf(members), k, k, 1), genes, k, 1);
  return change.map((value, i) => value + mean[i]);
}
