import { describe, expect, it } from 'vitest';
import { createRandom } from '../numerics/random.ts';
import { joinAllPairs } from './all-pairs.ts';
import { Pacer } from './pacer.ts';
import { findSelfNeighbours } from './umap.ts';

function cloud(rows: number, dims: number, seed: number, shift = 0): Float32Array {
  const random = createRandom(seed);
  return Float32Array.from({ length: rows * dims }, () => shift + 3 * random.normal());
}

/** Distances to the k nearest rows in double precision, the row itself included. */
function nearestDistances(points: Float32Array, dims: number, row: number, k: number): number[] {
  const all = Array.from({ length: points.length / dims }, (_, other) => {
    let sum = 0;
    for (let d = 0; d < dims; d++) sum += (points[row * dims + d] - points[other * dims + d]) ** 2;
    return Math.sqrt(sum);
  });
  return all.sort((x, y) => x - y).slice(0, k);
}

describe('all pairs', () => {
  it.each([
    [16, 1, 15],
    [65, 3, 4],
    [127, 50, 15],
    [1031, 17, 15],
    [301, 2, 1],
  ])('of %i points in %i dimensions, k = %i, are exact', async (rows, dims, k) => {
    const points = cloud(rows, dims, 3);
    const joined = await joinAllPairs(points, rows, dims, k, new Pacer());
    expect(joined?.doubtful).toHaveLength(0);
    const { indices, distances } = joined!.neighbours;
    for (let row = 0; row < rows; row += 7) {
      const expected = nearestDistances(points, dims, row, k);
      expect(indices[row * k]).toBe(row);
      expect(new Set(indices.subarray(row * k, (row + 1) * k)).size).toBe(k);
      for (let j = 0; j < k; j++) expect(distances[row * k + j]).toBeCloseTo(expected[j], 9);
    }
  });

  it('name the rows among copies of a point, which another search then settles', async () => {
    const points = cloud(200, 5, 9);
    for (let row = 60; row < 100; row++) points.copyWithin(row * 5, 0, 5);
    const joined = await joinAllPairs(points, 200, 5, 10, new Pacer());
    expect([...joined!.doubtful]).toEqual(expect.arrayContaining([0, 60, 99]));
    expect([...joined!.doubtful]).not.toContain(150);
    const { indices, distances } = await findSelfNeighbours(points, 200, 5, 10);
    for (const row of [0, 60, 99, 150]) {
      const expected = nearestDistances(points, 5, row, 10);
      expect(indices[row * 10]).toBe(row);
      for (let j = 0; j < 10; j++) expect(distances[row * 10 + j]).toBeCloseTo(expected[j], 9);
    }
  });

  it('stay exact where products lose their digits: two clouds far apart', async () => {
    const points = cloud(140, 4, 5);
    points.forEach((value, i) => (points[i] = value + (i < 280 ? 4000 : -4000)));
    const { distances } = await findSelfNeighbours(points, 140, 4, 12);
    for (let row = 0; row < 140; row += 9) {
      const expected = nearestDistances(points, 4, row, 12);
      for (let j = 0; j < 12; j++) expect(distances[row * 12 + j]).toBeCloseTo(expected[j], 9);
    }
  });

  it('stop when they are cancelled', async () => {
    const control = new AbortController();
    control.abort();
    const join = joinAllPairs(cloud(500, 3, 1), 500, 3, 5, new Pacer(control.signal));
    await expect(join).rejects.toMatchObject({ code: 'cancelled' });
  });
});
