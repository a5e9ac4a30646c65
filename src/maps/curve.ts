/** @file The curve 1 / (1 + a·d^(2b)) by which distances on the map become memberships (McInnes et al. 2018, section 3.2). */

/** Shape of the membership curve: 1 / (1 + a·d^(2b)). */
export interface Curve {
  readonly a: number;
  readonly b: number;
}

const POINTS = 300;
const STEPS = 100;

/** The target: 1 up to minDist, then falling exponentially with length `spread`. */
function target(d: number, minDist: number, spread: number): number {
  return d < minDist ? 1 : Math.exp(-(d - minDist) / spread);
}

/** Normal equations of the least-squares fit at (a, b): squared error, gradient and curvature. */
function normalEquations(a: number, b: number, minDist: number, spread: number) {
  const sums = { error: 0, ga: 0, gb: 0, aa: 0, ab: 0, bb: 0 };
  for (let i = 0; i < POINTS; i++) {
    const d = (3 * spread * i) / (POINTS - 1);
    const power = d > 0 ? d ** (2 * b) : 0;
    const value = 1 / (1 + a * power);
    const residual = value - target(d, minDist, spread);
    const da = -power * value * value;
    const db = d > 0 ? -2 * a * power * Math.log(d) * value * value : 0;
    sums.error += residual * residual;
    sums.ga += da * residual;
    sums.gb += db * residual;
    sums.aa += da * da;
    sums.ab += da * db;
    sums.bb += db * db;
  }
  return sums;
}

/**
 * Least-squares a and b for a wanted closeness of points, by Levenberg–Marquardt from (1, 1) over 300 distances in [0, 3·spread].
 *
 * @param minDist distance below which two points count as the same place, ≥ 0, < 3·spread
 * @param spread  scale of the map, > 0
 */
export function fitCurve(minDist: number, spread: number): Curve {
  let a = 1;
  let b = 1;
  let damping = 1e-3;
  let now = normalEquations(a, b, minDist, spread);
  for (let step = 0; step < STEPS; step++) {
    const aa = now.aa * (1 + damping);
    const bb = now.bb * (1 + damping);
    const det = aa * bb - now.ab * now.ab;
    const nextA = a - (bb * now.ga - now.ab * now.gb) / det;
    const nextB = b - (aa * now.gb - now.ab * now.ga) / det;
    const next = normalEquations(nextA, nextB, minDist, spread);
    if (nextA > 0 && nextB > 0 && next.error <= now.error) {
      const settled = Math.abs(nextA - a) + Math.abs(nextB - b) < 1e-12;
      [a, b, now] = [nextA, nextB, next];
      damping /= 10;
      if (settled) break;
    } else {
      damping *= 10;
      if (damping > 1e12) break;
    }
  }
  return { a, b };
}
