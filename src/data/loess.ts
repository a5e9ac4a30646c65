/** @file Local quadratic regression (loess) of one variable, for the trend of variance with mean. */

/** Above this many different x the curve is fitted at evenly ranked x and read between them on straight lines. */
const mostExact = 2000;

/**
 * Loess of degree 2 with tricube weights, evaluated directly (no vertex blending).
 *
 * Where fewer than three different x carry weight, the degree falls to what they allow.
 *
 * @param x      positions, any order
 * @param y      observed values, same length
 * @param span   share of the points in each neighbourhood, 0–1
 * @returns fitted value at each x
 * Source: Cleveland and Devlin 1988; the bandwidth rule is that of the netlib dloess code.
 */
export function loess(x: Float64Array, y: Float64Array, span: number): Float64Array {
  const n = x.length;
  const order = Uint32Array.from({ length: n }, (_, i) => i).sort((a, b) => x[a] - x[b]);
  const sx = Float64Array.from(order, (i) => x[i]);
  const sy = Float64Array.from(order, (i) => y[i]);
  const neighbours = Math.min(n, Math.max(1, Math.floor(n * span + 1e-5)));
  const at = evaluationPoints(sx);
  const fitted = new Float64Array(at.length);
  let first = 0;
  for (const [i, x0] of at.entries()) {
    // The nearest points of a sorted list are a window that only moves right.
    while (first + neighbours < n && sx[first + neighbours] - x0 < x0 - sx[first]) first++;
    fitted[i] = fitAt(sx, sy, first, neighbours, x0);
  }
  return readCurve(at, fitted, x);
}

function evaluationPoints(sorted: Float64Array): Float64Array {
  const unique = sorted.filter((value, i) => i === 0 || value !== sorted[i - 1]);
  if (unique.length <= mostExact) return unique;
  const last = unique.length - 1;
  return Float64Array.from(
    { length: mostExact },
    (_, i) => unique[Math.round((i * last) / (mostExact - 1))],
  );
}

/** Weighted least squares of y on 1, u, u² with u = (x − x0)/h; its value at u = 0. */
function fitAt(x: Float64Array, y: Float64Array, first: number, count: number, x0: number): number {
  let h = Math.max(x0 - x[first], x[first + count - 1] - x0);
  // Points tied with the farthest neighbour have weight 0 in any case.
  h = Math.max(h, 0.001 * (x[x.length - 1] - x[0]));
  if (h === 0) return y.subarray(first, first + count).reduce((s, v) => s + v, 0) / count;
  const s = new Float64Array(5);
  const t = new Float64Array(3);
  for (let k = first; k < first + count; k++) {
    const u = (x[k] - x0) / h;
    const distance = Math.abs(u);
    if (distance >= 1) continue;
    const tricube = 1 - distance * distance * distance;
    let w = tricube * tricube * tricube;
    for (let p = 0; p < 5; p++, w *= u) {
      s[p] += w;
      if (p < 3) t[p] += w * y[k];
    }
  }
  return solveAtZero(s, t);
}

/** First coefficient of the normal equations [s_{i+j}] b = t, of degree 2, 1 or 0 as their determinant allows. */
function solveAtZero(s: Float64Array, t: Float64Array): number {
  const d11 = s[2] * s[4] - s[3] * s[3];
  const d12 = s[1] * s[4] - s[2] * s[3];
  const d13 = s[1] * s[3] - s[2] * s[2];
  const determinant = s[0] * d11 - s[1] * d12 + s[2] * d13;
  if (determinant > 1e-14 * s[0] ** 3) return (t[0] * d11 - t[1] * d12 + t[2] * d13) / determinant;
  const linear = s[0] * s[2] - s[1] * s[1];
  if (linear > 1e-14 * s[0] * s[0]) return (t[0] * s[2] - t[1] * s[1]) / linear;
  return t[0] / s[0];
}

function readCurve(at: Float64Array, fitted: Float64Array, x: Float64Array): Float64Array {
  return x.map((value) => {
    let low = 0;
    let high = at.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (at[middle] <= value) low = middle;
      else high = middle;
    }
    if (at[high] <= value) return fitted[high];
    const share = (value - at[low]) / (at[high] - at[low]);
    return fitted[low] + share * (fitted[high] - fitted[low]);
  });
}
