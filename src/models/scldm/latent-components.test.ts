/** @file Components of latents: found where they were put, and the way there and back. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../numerics/random.ts';
import {
  componentArrays,
  findComponents,
  fromComponents,
  refitComponents,
  storedComponents,
  toComponents,
} from './latent-components.ts';

/** Latents whose variances lie along known axes: [cells, 4], sd 5 along (1, 1, 0, 0)/√2, 2 along (0, 0, 1, 0), .1 along the others. */
function latentsOf(cells: number): Float32Array {
  const random = createRandom(3);
  const r = Math.SQRT1_2;
  const out = new Float32Array(cells * 4);
  for (let i = 0; i < cells; i++) {
    const [a, b, c, d] = [5, 2, 0.1, 0.1].map((sd) => sd * random.normal());
    out.set([7 + r * (a + c), -3 + r * (a - c), 1 + b, d], i * 4);
  }
  return out;
}

const cells = Uint32Array.from({ length: 900 }, (_, i) => i);

describe('components of latents', () => {
  const latents = latentsOf(1000);
  const found = findComponents(latents, 4, cells, {
    count: 2,
    noise: 0.5,
    random: createRandom(1),
  });

  it('are the directions of most variance, about the mean of the given cells', () => {
    const [first, second] = [found.vectors.subarray(0, 4), found.vectors.subarray(4, 8)];
    // A direction's sine is about sd₂ sd₁ / (sd₁² − sd₂²) / √cells: 0.016 and less.
    expect(Math.abs(first[0] + first[1]) * Math.SQRT1_2).toBeGreaterThan(0.998);
    expect(Math.abs(second[2])).toBeGreaterThan(0.998);
    [7, -3, 1, 0].forEach((value, d) => expect(Math.abs(found.mean[d] - value)).toBeLessThan(0.6));
    const mean = [0, 1, 2, 3].map((d) => {
      let sum = 0;
      for (const i of cells) sum += latents[4 * i + d];
      return sum / 900;
    });
    mean.forEach((value, d) => expect(found.mean[d]).toBeCloseTo(value, 4));
  });

  it('are orthonormal, and scores and latents belong together', () => {
    const { vectors } = found;
    const dot = (a: number, b: number): number =>
      [0, 1, 2, 3].reduce((s, d) => s + vectors[4 * a + d] * vectors[4 * b + d], 0);
    expect(dot(0, 0)).toBeCloseTo(1, 5);
    expect(dot(1, 1)).toBeCloseTo(1, 5);
    expect(dot(0, 1)).toBeCloseTo(0, 5);
    const scores = toComponents(latents, found);
    expect(scores.length).toBe(2000);
    const back = fromComponents(scores, found);
    // What is lost lies along the directions of sd .1.
    let lost = 0;
    back.forEach((value, i) => (lost += (value - latents[i]) ** 2 / 1000));
    expect(lost).toBeLessThan(0.03);
    const again = toComponents(back, found);
    again.forEach((value, i) => expect(Math.abs(value - scores[i])).toBeLessThan(1e-3));
  });

  it('have the root of their spread against the noise, and fade below it', () => {
    // √(5 / .5) and √(2 / .5); a standard error is 2.4 %.
    const scores = toComponents(latents, found);
    [Math.sqrt(10), 2].forEach((spread, k) => {
      let squares = 0;
      for (const i of cells) squares += scores[2 * i + k] ** 2 / 900;
      expect(Math.abs(Math.sqrt(squares) / spread - 1)).toBeLessThan(0.1);
    });
    const all = findComponents(latents, 4, cells, {
      count: 4,
      noise: 0.5,
      random: createRandom(1),
    });
    expect(Array.from(all.scales.subarray(2))).toEqual([0.5, 0.5]);
  });

  it('keep each component where it was when the latents stretch and move', () => {
    const stretched = latents.map((value, i) => 3 * value + (i % 4));
    const after = toComponents(stretched, refitComponents(stretched, found, cells, 0.5));
    toComponents(latents, found).forEach((value, i) =>
      expect(Math.abs(after[i] - value)).toBeLessThan(2e-2 * Math.max(1, Math.abs(value))),
    );
  });

  it('all together lose nothing, also of fewer cells than dimensions', () => {
    for (const some of [cells, cells.subarray(0, 3), cells.subarray(0, 1)]) {
      const whole = findComponents(latents, 4, some, {
        count: 4,
        noise: 0.5,
        random: createRandom(2),
      });
      expect(whole.vectors.every(Number.isFinite)).toBe(true);
      const back = fromComponents(toComponents(latents, whole), whole);
      back.forEach((value, i) => expect(Math.abs(value - latents[i])).toBeLessThan(1e-3));
    }
  });

  it('lie among the arrays that are stored', () => {
    const arrays = componentArrays(found);
    expect(arrays.map(({ shape }) => shape)).toEqual([[4], [2, 4], [2]]);
    expect(storedComponents(arrays)).toEqual(found);
    expect(storedComponents(arrays.slice(1))).toBeNull();
  });
});
