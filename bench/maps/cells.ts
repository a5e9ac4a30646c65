/** @file Made-up cells for the map's benches: clouds about a few centres with one noisy shared part, as scores of a PCA. */
import { createRandom } from '../../src/numerics/random.ts';

/** Scores [cells, dims] of clouds of unlike sizes; later dimensions have less variance, as in a PCA. */
export function makeScores(cells: number, dims: number, seed: number): Float32Array {
  const random = createRandom(seed);
  const clouds = 12;
  const centres = Float32Array.from({ length: clouds * dims }, () => 4 * random.normal());
  const scores = new Float32Array(cells * dims);
  for (let cell = 0; cell < cells; cell++) {
    const cloud = Math.floor(clouds * random.uniform() ** 2);
    const pull = cloud === 0 ? 0.2 : 1;
    for (let d = 0; d < dims; d++) {
      const scale = 1 / Math.sqrt(1 + 0.25 * d);
      scores[cell * dims + d] = scale * (pull * centres[cloud * dims + d] + random.normal());
    }
  }
  return scores;
}

/** Trustworthiness of a layout (Venna and Kaski 2001) for `sample` evenly chosen cells among all, k nearest. */
export function trustworthiness(
  scores: Float32Array,
  dims: number,
  layout: Float32Array,
  k: number,
  sample: number,
): number {
  const n = layout.length / 2;
  let penalty = 0;
  const far = new Float64Array(n);
  const near = new Float64Array(n);
  for (let s = 0; s < sample; s++) {
    const i = Math.floor(((s + 0.5) * n) / sample);
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let d = 0; d < dims; d++) sum += (scores[i * dims + d] - scores[j * dims + d]) ** 2;
      far[j] = sum;
      near[j] = (layout[2 * i] - layout[2 * j]) ** 2 + (layout[2 * i + 1] - layout[2 * j + 1]) ** 2;
    }
    const order = Uint32Array.from(near.keys()).sort((a, b) => near[a] - near[b]);
    for (const j of order.filter((cell) => cell !== i).subarray(0, k)) {
      let rank = 0;
      for (let other = 0; other < n; other++) if (other !== i && far[other] < far[j]) rank++;
      penalty += Math.max(0, rank + 1 - k);
    }
  }
  return 1 - (2 * penalty) / (sample * k * (2 * n - 3 * k - 1));
}
