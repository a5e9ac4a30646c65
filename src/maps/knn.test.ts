import { describe, expect, it } from 'vitest';
import { createRandom } from '../numerics/random.ts';
import { NeighbourIndex } from './knn.ts';
import { Pacer } from './pacer.ts';

/** Points around a few centres, with noise. */
function clusters(rows: number, dims: number, seed: number): Float32Array {
  const random = createRandom(seed);
  const centres = Float32Array.from({ length: 6 * dims }, () => 2 * random.normal());
  return Float32Array.from({ length: rows * dims }, (_, i) => {
    const cluster = Math.floor(i / dims) % 6;
    return centres[cluster * dims + (i % dims)] + random.normal();
  });
}

/** Every distance from one query, sorted. */
function bruteForce(points: Float32Array, query: Float32Array, dims: number) {
  const all = Array.from({ length: points.length / dims }, (_, i) => {
    let sum = 0;
    for (let d = 0; d < dims; d++) sum += (points[i * dims + d] - query[d]) ** 2;
    return { i, distance: Math.sqrt(sum) };
  });
  return all.sort((x, y) => x.distance - y.distance || x.i - y.i);
}

describe('nearest neighbours', () => {
  it.each([
    [1, 1, 1],
    [2, 3, 2],
    [17, 2, 5],
    [97, 7, 15],
    [211, 8, 3],
    [503, 50, 15],
    [301, 17, 4],
  ])('of %i points in %i dimensions, k = %i, are exact', async (rows, dims, k) => {
    const points = clusters(rows, dims, 11);
    const queries = clusters(23, dims, 12);
    const index = await NeighbourIndex.build(points, rows, dims);
    const found = await index.search(queries, 23, k);
    for (let q = 0; q < 23; q++) {
      const expected = bruteForce(points, queries.subarray(q * dims, (q + 1) * dims), dims);
      for (let j = 0; j < k; j++) {
        expect(found.indices[q * k + j]).toBe(expected[j].i);
        expect(found.distances[q * k + j]).toBeCloseTo(expected[j].distance, 6);
      }
    }
  });

  it('finds 97 in 100 when only some lists are searched', async () => {
    const points = clusters(6007, 9, 21);
    const queries = clusters(200, 9, 21).map((value, i) => value + Math.sin(i) / 4);
    const index = await NeighbourIndex.build(points, 6007, 9);
    const lists = await index.findLists(10, 0.98);
    expect(lists).toBeLessThan(index.lists);
    const found = await index.search(queries, 200, 10, { lists });
    let hits = 0;
    for (let q = 0; q < 200; q++) {
      const near = bruteForce(points, queries.subarray(q * 9, (q + 1) * 9), 9).slice(0, 10);
      const list = found.indices.subarray(q * 10, (q + 1) * 10);
      hits += near.filter(({ i }) => list.includes(i)).length;
    }
    expect(hits / 2000).toBeGreaterThan(0.97);
  });

  it('searches all lists of few points', async () => {
    const index = await NeighbourIndex.build(clusters(900, 4, 2), 900, 4);
    expect(await index.findLists(3, 0.5)).toBe(index.lists);
  });

  it('are exact for many queries at once, for far ones and for those that are not finite', async () => {
    const points = clusters(1543, 11, 31);
    const queries = clusters(2100, 11, 32);
    queries.fill(3000, 11 * 70, 11 * 71);
    queries[11 * 71] = Number.NaN;
    const index = await NeighbourIndex.build(points, 1543, 11);
    const found = await index.search(queries, 2100, 15);
    for (const q of [0, 5, 70, 1999, 2047, 2048, 2099]) {
      const expected = bruteForce(points, queries.subarray(q * 11, (q + 1) * 11), 11);
      for (let j = 0; j < 15; j++) {
        expect(found.distances[q * 15 + j]).toBeCloseTo(expected[j].distance, 9);
        expect(found.indices[q * 15 + j]).toBe(expected[j].i);
      }
    }
    expect([...found.indices.subarray(71 * 15, 72 * 15)]).toEqual(new Array(15).fill(-1));
  });

  it('agree to single precision when they are taken as the products give them', async () => {
    const points = clusters(2000, 20, 41);
    const queries = clusters(64, 20, 42);
    const index = await NeighbourIndex.build(points, 2000, 20);
    const exact = await index.search(queries, 64, 5, { lists: 12 });
    const rough = await index.search(queries, 64, 5, { lists: 12, rough: true });
    expect(rough.indices).toEqual(exact.indices);
    rough.distances.forEach((d, i) => expect(d).toBeCloseTo(exact.distances[i], 3));
  });

  it('leaves places empty when there are fewer points than asked for', async () => {
    const index = await NeighbourIndex.build(Float32Array.of(0, 3), 2, 1);
    const found = await index.search(Float32Array.of(1), 1, 4);
    expect([...found.indices]).toEqual([0, 1, -1, -1]);
    expect([...found.distances]).toEqual([1, 2, Infinity, Infinity]);
  });

  it('answers a query that is not finite with nothing', async () => {
    const index = await NeighbourIndex.build(clusters(60, 4, 1), 60, 4);
    const found = await index.search(Float32Array.of(0, Number.NaN, 0, 0), 1, 2);
    expect([...found.indices]).toEqual([-1, -1]);
  });

  it('finds copies of a point', async () => {
    const index = await NeighbourIndex.build(new Float32Array(90).fill(4), 30, 3);
    const found = await index.search(Float32Array.of(4, 4, 4), 1, 5);
    expect([...found.distances]).toEqual([0, 0, 0, 0, 0]);
    expect(new Set(found.indices).size).toBe(5);
  });

  it('stops when it is cancelled', async () => {
    const control = new AbortController();
    control.abort();
    const build = NeighbourIndex.build(clusters(50, 3, 1), 50, 3, new Pacer(control.signal));
    await expect(build).rejects.toMatchObject({ code: 'cancelled' });
  });
});
