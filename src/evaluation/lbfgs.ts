/** @file Limited-memory BFGS for smooth convex functions of a few thousand to a few hundred thousand numbers. */

/** A function with its gradient: writes the gradient into `gradient` and returns the value. May rest inside. */
export type Objective = (x: Float64Array, gradient: Float64Array) => Promise<number>;

/** When to stop. */
export interface LbfgsOptions {
  readonly iterations: number;
  /** Largest absolute entry of the gradient at which the search ends. */
  readonly tolerance: number;
}

const MEMORY = 10;
const ENOUGH_DESCENT = 1e-4;
const CURVATURE = 0.9;
const TRIALS = 30;

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

interface Pair {
  readonly s: Float64Array;
  readonly y: Float64Array;
  readonly rho: number;
}

/** −H·gradient by the two-loop recursion. */
function direction(gradient: Float64Array, pairs: readonly Pair[]): Float64Array {
  const q = gradient.map((g) => -g);
  const alphas = new Float64Array(pairs.length);
  for (let i = pairs.length - 1; i >= 0; i--) {
    const { s, y, rho } = pairs[i];
    const alpha = (alphas[i] = rho * dot(s, q));
    for (let k = 0; k < q.length; k++) q[k] -= alpha * y[k];
  }
  const last = pairs.at(-1);
  if (last) {
    const scale = 1 / (last.rho * dot(last.y, last.y));
    for (let k = 0; k < q.length; k++) q[k] *= scale;
  }
  for (const [i, { s, y, rho }] of pairs.entries()) {
    const beta = rho * dot(y, q);
    for (let k = 0; k < q.length; k++) q[k] += (alphas[i] - beta) * s[k];
  }
  return q;
}

/**
 * Minimises `objective` from `start` (changed in place and returned).
 *
 * The step is found by bisection between the two Wolfe conditions. Source: Nocedal & Wright 2006, algorithms 7.4 and 7.5.
 */
export async function minimise(
  objective: Objective,
  start: Float64Array,
  options: LbfgsOptions,
): Promise<Float64Array> {
  const x = start;
  let gradient = new Float64Array(x.length);
  let value = await objective(x, gradient);
  const pairs: Pair[] = [];
  for (let step = 0; step < options.iterations; step++) {
    if (gradient.every((g) => Math.abs(g) <= options.tolerance)) break;
    let heading = direction(gradient, pairs);
    let slope = dot(heading, gradient);
    if (!(slope < 0)) {
      pairs.length = 0;
      heading = gradient.map((g) => -g);
      slope = dot(heading, gradient);
    }
    const first = pairs.length > 0 ? 1 : Math.min(1, 1 / Math.sqrt(-slope));
    const found = await searchLine(objective, x, heading, value, slope, first);
    if (found === null) break;
    const s = heading.map((h) => h * found.step);
    const y = found.gradient.map((g, k) => g - gradient[k]);
    const curvature = dot(s, y);
    for (let k = 0; k < x.length; k++) x[k] += s[k];
    if (curvature > 1e-300) pairs.push({ s, y, rho: 1 / curvature });
    if (pairs.length > MEMORY) pairs.shift();
    value = found.value;
    gradient = found.gradient;
  }
  return x;
}

async function searchLine(
  objective: Objective,
  x: Float64Array,
  heading: Float64Array,
  value: number,
  slope: number,
  first: number,
): Promise<{ step: number; value: number; gradient: Float64Array<ArrayBuffer> } | null> {
  let low = 0;
  let high = Infinity;
  let step = first;
  const point = new Float64Array(x.length);
  for (let trial = 0; trial < TRIALS; trial++) {
    for (let k = 0; k < x.length; k++) point[k] = x[k] + step * heading[k];
    const gradient = new Float64Array(x.length);
    const here = await objective(point, gradient);
    if (!(here <= value + ENOUGH_DESCENT * step * slope)) high = step;
    else if (dot(gradient, heading) < CURVATURE * slope) low = step;
    else return { step, value: here, gradient };
    step = high === Infinity ? 2 * low : (low + high) / 2;
  }
  return null;
}
