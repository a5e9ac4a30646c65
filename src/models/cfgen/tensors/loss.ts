/** @file The flow-matching pair: where a cell is on its way from noise to latent, and the velocity it has there. */

/** Points and velocities on the straight paths, [cells, dims] each. */
export interface PathPoint {
  readonly x: Float32Array;
  readonly target: Float32Array;
}

/**
 * x_t = t z₁ + (1 − (1 − σ) t) ε and its velocity z₁ − (1 − σ) ε.
 *
 * @param z1 latents, [cells, dims]; noise likewise; times [cells] in [0, 1]
 * @param sigma spread left at t = 1; 1e-4 in the original
 * Source: Lipman et al. 2023, eq. 20–22.
 */
export function pathPoint(
  z1: ArrayLike<number>,
  noise: ArrayLike<number>,
  times: ArrayLike<number>,
  sigma: number,
): PathPoint {
  const dims = z1.length / times.length;
  const x = new Float32Array(z1.length);
  const target = new Float32Array(z1.length);
  for (let i = 0, at = 0; i < times.length; i++) {
    const t = times[i];
    const rest = 1 - (1 - sigma) * t;
    for (let d = 0; d < dims; d++, at++) {
      x[at] = t * z1[at] + rest * noise[at];
      target[at] = z1[at] - (1 - sigma) * noise[at];
    }
  }
  return { x, target };
}
