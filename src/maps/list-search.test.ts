import { describe, expect, it } from 'vitest';
import { createRandom } from '../numerics/random.ts';
import { createListSearch, createNearest, PlainSearch } from './list-search.ts';

const [rows, lists, width] = [211, 9, 24];

/** Rows in nine lists about nine centres. */
function listed() {
  const random = createRandom(5);
  const centres = Float32Array.from({ length: lists * width }, () => 2 * random.normal());
  const owner = Array.from({ length: rows }, (_, i) => Math.floor((i * lists) / rows));
  const points = Float32Array.from(
    { length: rows * width },
    (_, i) => centres[owner[Math.floor(i / width)] * width + (i % width)] + random.normal(),
  );
  const far = (i: number): number => {
    let sum = 0;
    for (let d = 0; d < width; d++)
      sum += (points[i * width + d] - centres[owner[i] * width + d]) ** 2;
    return Math.sqrt(sum);
  };
  const order = [...owner.keys()].sort((x, y) => owner[x] - owner[y] || far(x) - far(y));
  const starts = Int32Array.from(
    { length: lists + 1 },
    (_, l) => owner.filter((o) => o < l).length,
  );
  return {
    rows,
    lists,
    width,
    starts,
    fromCentre: Float32Array.from(order, far),
    fill: (placed: Float32Array, middles: Float32Array) => {
      order.forEach((row, i) => placed.set(points.subarray(row * width, (row + 1) * width), i * width)); // prettier-ignore
      middles.set(centres);
    },
  };
}

describe('looking through lists', () => {
  it('gives the same answers compiled and plain, for some and for all lists', () => {
    const plain = new PlainSearch(listed());
    const compiled = createListSearch(listed(), 20);
    expect(compiled).not.toBeInstanceOf(PlainSearch);
    const random = createRandom(6);
    const [a, b] = [new Int32Array(20), new Int32Array(20)];
    const [da, db] = [new Float32Array(20), new Float32Array(20)];
    for (let q = 0; q < 40; q++) {
      const query = Float32Array.from({ length: width }, () => 2 * random.normal());
      for (const [count, k] of [
        [1, 20],
        [3, 7],
        [9, 1],
        [9, 20],
      ]) {
        // prettier-ignore
        plain.search(query, count, k, a, da);
        compiled.search(query, count, k, b, db);
        expect([...b.subarray(0, k)]).toEqual([...a.subarray(0, k)]);
        for (let j = 0; j < k; j++) expect(Math.abs(db[j] - da[j])).toBeLessThan(1e-4 * da[j]);
      }
    }
  });

  it('searches in plain code for more neighbours than the compiled one has room for', () => {
    expect(createListSearch(listed(), 513)).toBeInstanceOf(PlainSearch);
  });

  it('names the nearest centre', () => {
    const nearest = createNearest(Float32Array.of(0, 0, 0, 3, 0, 0, 0, 5, 0), 3, 3);
    expect(nearest?.(Float32Array.of(9, 9, 9, 1, 4, 0), 3)).toEqual({ owner: 2, square: 2 });
  });
});
