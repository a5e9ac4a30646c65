import { describe, expect, it } from 'vitest';
import { createRandom } from '../numerics/random.ts';
import { classify, shareOfHits } from './classifier.ts';
import { averagePlaces, buildReference, measureRealHits, placeCells } from './place.ts';
import { sortedOthers } from './testing/preprocess.ts';

const dims = 5;
const cells = 240;
const random = createRandom(4);
const codes = Int32Array.from({ length: cells }, (_, i) => i % 3);
const latents = Float32Array.from({ length: cells * dims }, (_, i) => {
  const cell = Math.floor(i / dims);
  return (i % dims === codes[cell] ? 8 : 0) + random.normal();
});
const positions = Float32Array.from({ length: 2 * cells }, (_, i) => {
  return (i % 2 === 0 ? 10 * codes[i >> 1] : 0) + random.normal();
});
const heldOut = Uint8Array.from({ length: cells }, (_, i) => (i % 7 === 0 ? 1 : 0));
const attributes = { type: { categories: ['a', 'b', 'c'], codes } };
const input = { latents, dims, positions, heldOut, attributes };

/** New cells of the three kinds. */
function newCells(rows: number): Float32Array {
  const draw = createRandom(77);
  return Float32Array.from({ length: rows * dims }, (_, i) => {
    return (i % dims === Math.floor(i / dims) % 3 ? 8 : 0) + draw.normal();
  });
}

/** Real cells by distance from a query, by sorting every distance. */
function nearest(query: Float32Array): number[] {
  const joined = new Float32Array(latents.length + dims);
  joined.set(latents);
  joined.set(query, latents.length);
  return sortedOthers(joined, cells + 1, dims, cells);
}

function distanceTo(query: Float32Array, cell: number): number {
  return Math.hypot(...query.map((v, d) => v - latents[cell * dims + d]));
}

describe('average place', () => {
  it('has weights exp(−d/σ) that sum to log2(3)', () => {
    const distances = Float64Array.of(1, 1.5, 4);
    const places = averagePlaces(
      { rows: 1, k: 3, indices: Int32Array.of(2, 0, 1), distances },
      Float32Array.of(0, 1, 0, 0, 1, 0),
    );
    let [low, high] = [1e-3, 1e3];
    for (let step = 0; step < 200; step++) {
      const middle = Math.sqrt(low * high);
      const sum = distances.reduce((s, d) => s + Math.exp(-d / middle), 0);
      [low, high] = sum > Math.log2(3) ? [low, middle] : [middle, high];
    }
    const weights = [...distances].map((d) => Math.exp(-d / low));
    const total = weights.reduce((s, w) => s + w, 0);
    expect(places[0]).toBeCloseTo(weights[0] / total, 4);
    expect(places[1]).toBeCloseTo(weights[1] / total, 4);
  });

  it.each([
    ['no neighbour', [-1, -1, -1], [Infinity, Infinity, Infinity], [NaN, NaN]],
    ['one neighbour', [1, -1, -1], [3, Infinity, Infinity], [4, 5]],
    ['two equally far', [0, 1, -1], [2, 2, Infinity], [3, 4]],
    ['three copies', [0, 1, 2], [0, 0, 0], [4, 5]],
  ])('of %s', (_, indices, distances, expected) => {
    const neighbours = {
      rows: 1,
      k: 3,
      indices: Int32Array.from(indices),
      distances: Float64Array.from(distances),
    };
    const places = averagePlaces(neighbours, Float32Array.of(2, 3, 4, 5, 6, 7));
    if (Number.isNaN(expected[0])) expect([...places]).toEqual(expected);
    else places.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 4));
  });
});

describe('placing cells', () => {
  it('puts a cell among its 3 nearest real cells, within the jitter', async () => {
    const reference = await buildReference(input);
    const queries = newCells(40);
    const { umap } = await placeCells(reference, queries, 3, {});
    for (let i = 0; i < 40; i++) {
      const anchors = nearest(queries.subarray(i * dims, (i + 1) * dims)).slice(0, 3);
      for (const axis of [0, 1]) {
        const at = anchors.map((cell) => positions[2 * cell + axis]);
        const room = 6 * reference.jitter;
        expect(umap[2 * i + axis]).toBeGreaterThan(Math.min(...at) - room);
        expect(umap[2 * i + axis]).toBeLessThan(Math.max(...at) + room);
      }
    }
  });

  it('measures distance in median spacings of the real cells', async () => {
    const reference = await buildReference(input);
    const gaps = Array.from({ length: cells }, (_, i) => {
      const own = latents.subarray(i * dims, (i + 1) * dims);
      return distanceTo(own, sortedOthers(latents, cells, dims, i)[0]);
    }).sort((x, y) => x - y);
    const queries = newCells(20);
    const { distance } = await placeCells(reference, queries, 3, {});
    for (let i = 0; i < 20; i++) {
      const query = queries.subarray(i * dims, (i + 1) * dims);
      expect(distance[i]).toBeCloseTo(distanceTo(query, nearest(query)[0]) / gaps[cells / 2], 4);
    }
  });

  it('jitters by seed and position only', async () => {
    const reference = await buildReference(input);
    const queries = newCells(30);
    const first = await placeCells(reference, queries, 3, {});
    const again = await placeCells(reference, queries.subarray(0, 10 * dims), 3, {});
    const other = await placeCells(reference, queries, 4, {});
    expect(again.umap).toEqual(first.umap.subarray(0, 20));
    expect(other.umap).not.toEqual(first.umap);
    expect(other.distance).toEqual(first.distance);
    const moved = queries.map((value) => value + 1e-4);
    const near = await placeCells(reference, moved, 3, {});
    near.umap.forEach((value, i) => expect(Math.abs(value - first.umap[i])).toBeLessThan(0.01));
  });

  it('skips real cells without a place, but counts them for the distance', async () => {
    const holes = positions.slice();
    for (let i = 0; i < cells; i += 2) holes.fill(Number.NaN, 2 * i, 2 * i + 2);
    const reference = await buildReference({ ...input, positions: holes });
    const own = latents.slice(0, dims);
    const { umap, distance } = await placeCells(reference, own, 1, {});
    const anchors = nearest(own)
      .filter((cell) => cell % 2 === 1)
      .slice(0, 3);
    const x = anchors.map((cell) => positions[2 * cell]);
    expect(umap[0]).toBeGreaterThan(Math.min(...x) - 6 * reference.jitter);
    expect(umap[0]).toBeLessThan(Math.max(...x) + 6 * reference.jitter);
    expect(distance[0]).toBeCloseTo(0, 5);
  });

  it('recognises cells by the 15 nearest training cells', async () => {
    const reference = await buildReference(input);
    const queries = newCells(33);
    const asked = Int32Array.from({ length: 33 }, (_, i) => (i < 3 ? -1 : i % 3));
    const { recognised, hits } = await placeCells(reference, queries, 1, { type: asked });
    const expected = Array.from({ length: 33 }, (_, i) => {
      const voters = nearest(queries.subarray(i * dims, (i + 1) * dims)).filter((c) => !heldOut[c]);
      const votes = [0, 0, 0];
      voters.slice(0, 15).forEach((cell) => votes[codes[cell]]++);
      return votes.indexOf(Math.max(...votes));
    });
    expect([...recognised['type']]).toEqual(expected);
    const right = expected.filter((code, i) => asked[i] >= 0 && code === asked[i]).length;
    expect(hits['type']).toBeCloseTo(right / 30, 12);
    expect((await placeCells(reference, queries, 1, {})).hits['type']).toBeNull();
  });

  it('finds most of the nearest cells while a slider moves, and says how many', async () => {
    const many = 9001;
    const draw = createRandom(31);
    const cloud = Float32Array.from(
      { length: many * 6 },
      (_, i) => (i % 6 === Math.floor(i / 6) % 5 ? 6 : 0) + draw.normal(),
    );
    const reference = await buildReference({
      latents: cloud,
      dims: 6,
      positions: Float32Array.from({ length: 2 * many }, (_, i) => cloud[6 * (i >> 1) + (i % 2)]),
      heldOut: new Uint8Array(many),
      attributes: {},
    });
    const queries = Float32Array.from(
      { length: 300 * 6 },
      (_, i) => cloud[i] + 0.1 * draw.normal(),
    );
    const full = await placeCells(reference, queries, 1, {});
    const live = await placeCells(reference, queries, 1, {}, undefined, 'live');
    const recall = await reference.real.liveRecall();
    expect(recall).toBeGreaterThan(0.9);
    let same = 0;
    for (let i = 0; i < 300; i++) if (Math.abs(full.umap[2 * i] - live.umap[2 * i]) < 1e-4) same++;
    // a cell keeps its place when all three of its neighbours were found
    expect(same / 300).toBeGreaterThan(recall ** 3 - 0.1);
    expect(await placeCells(reference, queries, 1, {}, undefined, 'live')).toEqual(live);
  });

  it('gives each cell the share of its 15 nearest training cells that are what was asked', async () => {
    const reference = await buildReference(input);
    const queries = newCells(6);
    const asked = Int32Array.of(0, 1, 2, 1, -1, 0);
    const { hitShare } = await placeCells(reference, queries, 1, { type: asked });
    for (let q = 0; q < 6; q++) {
      const voters = nearest(queries.subarray(q * dims, (q + 1) * dims)).filter((cell) => heldOut[cell] === 0).slice(0, 15); // prettier-ignore
      const share = voters.filter((cell) => codes[cell] === asked[q]).length / 15;
      if (asked[q] < 0) expect(hitShare[q]).toBeNaN();
      else expect(hitShare[q]).toBeCloseTo(share, 6);
    }
    expect((await placeCells(reference, queries, 1, {})).hitShare.every(Number.isNaN)).toBe(true);
  });

  it('scores held-out cells by training cells', async () => {
    const reference = await buildReference(input);
    expect((await measureRealHits(reference, input))['type']).toBe(1);
    const none = { ...input, heldOut: new Uint8Array(cells) };
    expect(await measureRealHits(await buildReference(none), none)).toEqual({ type: null });
    const all = { ...input, heldOut: new Uint8Array(cells).fill(1) };
    expect(await measureRealHits(await buildReference(all), all)).toEqual({ type: null });
  });

  it('gives a latent that is not finite no place and no category', async () => {
    const reference = await buildReference(input);
    const broken = newCells(2).fill(Number.NaN, 0, 1);
    const { umap, distance, recognised } = await placeCells(reference, broken, 1, {});
    expect([umap[0], umap[1], distance[0]]).toEqual([NaN, NaN, NaN]);
    expect(recognised['type'][0]).toBe(-1);
    expect(Number.isFinite(umap[2]) && Number.isFinite(distance[1])).toBe(true);
  });

  it.each([1, 2, 3])('works with %i real cells and with equal ones', async (count) => {
    for (const few of [latents.slice(0, count * dims), new Float32Array(count * dims)]) {
      const reference = await buildReference({
        latents: few,
        dims,
        positions: positions.slice(0, 2 * count),
        heldOut: new Uint8Array(count),
        attributes: { type: { categories: ['a', 'b', 'c'], codes: codes.slice(0, count) } },
      });
      const placed = await placeCells(reference, newCells(9), 0, {});
      const numbers = [...placed.umap, ...placed.pca, ...placed.distance];
      expect(numbers.every(Number.isFinite)).toBe(true);
    }
  });
});

describe('classifier', () => {
  const neighbours = (indices: number[], distances: number[]) => ({
    rows: 1,
    k: indices.length,
    indices: Int32Array.from(indices),
    distances: Float64Array.from(distances),
  });

  it('breaks ties by the nearer voters and ignores cells without a category', () => {
    const reference = Int32Array.of(0, 0, 1, 1, -1);
    expect([...classify(neighbours([4, 0, 2, 1, 3], [0, 1, 2, 5, 3]), reference)]).toEqual([1]);
    expect([...classify(neighbours([4, 0, 2, 3, 1], [0, 1, 2, 5, 3]), reference)]).toEqual([0]);
    expect([...classify(neighbours([4, -1], [1, Infinity]), reference)]).toEqual([-1]);
  });

  it('counts hits only where something was asked', () => {
    expect(shareOfHits(Int32Array.of(1, 2, 0), Int32Array.of(1, -1, 2))).toBe(0.5);
    expect(shareOfHits(Int32Array.of(1, 2), Int32Array.of(-1, -1))).toBeNull();
  });
});
