/** @file Gene vectors that begin as loadings: genes that vary together begin alike. */
import { describe, expect, it } from 'vitest';
import { memorySource } from '../../numerics/csr-source.ts';
import { createRandom } from '../../numerics/random.ts';
import type { CsrMatrix } from '../../numerics/csr.ts';
import { simulateData, TYPE_GENES } from '../testing/simulated-data.ts';
import { geneLoadings } from './gene-loadings.ts';

describe('gene loadings', () => {
  const data = simulateData(300, 40, 2);
  const counts = memorySource(data.counts as CsrMatrix);
  const cells = Uint32Array.from({ length: 250 }, (_, i) => i);
  const width = 12;
  const vectors = geneLoadings(counts, cells, width, createRandom(1));

  function cosine(a: number, b: number): number {
    const [x, y] = [a, b].map((g) => vectors.subarray(g * width, (g + 1) * width));
    const dot = (p: Float32Array, q: Float32Array): number =>
      p.reduce((s, v, i) => s + v * q[i], 0);
    return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
  }

  it('are alike for genes of one type, and not for others', () => {
    const within: number[] = [];
    const across: number[] = [];
    for (let g = 0; g < TYPE_GENES; g++) {
      for (let h = 0; h < g; h++) within.push(cosine(g, h));
      across.push(cosine(g, TYPE_GENES + g));
    }
    const mean = (list: number[]): number => list.reduce((a, b) => a + b, 0) / list.length;
    expect(mean(within)).toBeGreaterThan(mean(across) + 0.3);
  });

  it('have a mean square near that of the noise they replace, also with fewer cells than numbers', () => {
    for (const some of [cells, cells.subarray(0, 5), cells.subarray(0, 1)]) {
      const values = geneLoadings(counts, some, width, createRandom(2));
      expect(values.length).toBe(40 * width);
      const square = values.reduce((sum, v) => sum + v * v, 0) / values.length;
      expect(square).toBeGreaterThan(0.7);
      expect(square).toBeLessThan(1.7);
    }
  });
});
