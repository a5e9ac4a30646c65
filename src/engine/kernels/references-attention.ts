/** @file Softmax attention in float64 and plain loops: ragged keys, shared queries, lists of keys, the weight of differential attention. */
import type { Numbers } from './references.ts';

/** Which keys a query sees, and how wide heads are. */
export interface AttentionShape {
  readonly groups: number;
  /** Queries of a group. */
  readonly nq: number;
  readonly heads: number;
  readonly width: number;
  /** Rows of k and v that query i of group g sees. */
  readonly keysOf: (group: number, query: number) => readonly number[];
  /** Whether all groups have the same queries. */
  readonly shared?: boolean;
  /** Added to the scores of a key. */
  readonly bias?: Numbers;
}

/** Results [groups · nq, heads · width], and the logs of the sums of e^score, [groups · nq, heads] (0 without keys). */
export function attentionReference(
  q: Numbers,
  k: Numbers,
  v: Numbers,
  { groups, nq, heads, width, keysOf, shared = false, bias }: AttentionShape,
): { out: Float64Array; lse: Float64Array } {
  const side = heads * width;
  const out = new Float64Array(groups * nq * side);
  const lse = new Float64Array(groups * nq * heads);
  for (let row = 0; row < groups * nq; row++) {
    const [group, query] = [Math.floor(row / nq), row % nq];
    const keys = keysOf(group, query);
    if (keys.length === 0) continue;
    for (let head = 0; head < heads; head++) {
      const from = (shared ? query : row) * side + head * width;
      const scores = keys.map((key) => {
        let dot = 0;
        for (let c = 0; c < width; c++) dot += q[from + c] * k[key * side + head * width + c];
        return dot / Math.sqrt(width) + (bias?.[key] ?? 0);
      });
      const most = Math.max(...scores);
      const sum = scores.reduce((s, score) => s + Math.exp(score - most), 0);
      lse[row * heads + head] = most + Math.log(sum);
      keys.forEach((key, j) => {
        const weight = Math.exp(scores[j] - most) / sum;
        for (let c = 0; c < width; c++) {
          out[row * side + head * width + c] += weight * v[key * side + head * width + c];
        }
      });
    }
  }
  return { out, lse };
}

/** e^(a₀ · a₁) − e^(a₂ · a₃) + base of vectors [4, width]. */
export function differentialWeightReference(vectors: Numbers, base: number): number {
  const width = vectors.length / 4;
  const dots = [0, 2].map((first) => {
    let dot = 0;
    for (let c = 0; c < width; c++)
      dot += vectors[first * width + c] * vectors[(first + 1) * width + c];
    return dot;
  });
  return Math.exp(dots[0]) - Math.exp(dots[1]) + base;
}
