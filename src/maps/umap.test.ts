import { describe, expect, it } from 'vitest';
import { UMAP } from 'umap-js';
import { createRandom } from '../numerics/random.ts';
import { fitCurve } from './curve.ts';
import { readCase, readFacts, trustworthiness } from './testing/preprocess.ts';
import { buildFuzzyGraph, localScale } from './umap-graph.ts';
import { layOut, plainRun, scaleStart } from './umap-layout.ts';
import { computeUmap, findSelfNeighbours } from './umap.ts';
import { Pacer } from './pacer.ts';

const cells = 151;
const stored = readCase('pca_knn_umap');
const facts = readFacts('pca_knn_umap').scalars;
const scores = stored['pca.scores'].data as Float32Array;
const storedNeighbours = {
  rows: cells,
  k: 15,
  indices: stored['knn.indices'].data as Int32Array,
  distances: stored['knn.distances'].data as Float64Array,
};

describe('membership curve', () => {
  it.each(Object.entries(facts['umap_ab'] as Record<string, [number, number]>))(
    'agrees with umap-learn at %s',
    (setting, [a, b]) => {
      const [minDist, spread] = setting.match(/[\d.]+/g)!.map(Number);
      const curve = fitCurve(minDist, spread);
      expect(Math.abs(curve.a - a)).toBeLessThan(1e-3);
      expect(Math.abs(curve.b - b)).toBeLessThan(1e-3);
    },
  );
});

describe('self neighbours', () => {
  it('agree with the exact ones of scikit-learn, the cell itself first', async () => {
    const found = await findSelfNeighbours(scores, cells, 20, 15);
    expect([...found.indices]).toEqual([...storedNeighbours.indices]);
    found.distances.forEach((d, i) => {
      expect(Math.abs(d - storedNeighbours.distances[i])).toBeLessThan(1e-6);
    });
  });

  it('keep a cell first in its own list among more copies than the list holds', async () => {
    const found = await findSelfNeighbours(new Float32Array(40 * 3).fill(2), 40, 3, 15);
    for (let i = 0; i < 40; i++) {
      const list = [...found.indices.subarray(i * 15, (i + 1) * 15)];
      expect(list[0]).toBe(i);
      expect(new Set(list).size).toBe(15);
    }
    expect(found.distances.every((d) => d === 0)).toBe(true);
  });
});

describe('fuzzy graph', () => {
  it('has the rho and sigma of umap-learn', async () => {
    const { rho, sigma } = await localScale(storedNeighbours);
    for (let i = 0; i < cells; i++) {
      expect(Math.abs(rho[i] - stored['umap.rho'].data[i])).toBeLessThan(2e-6);
      expect(Math.abs(sigma[i] / stored['umap.sigma'].data[i] - 1)).toBeLessThan(1e-4);
    }
  });

  // The stored distance of a cell to itself is rounding noise (up to 7e-7) and not 0 for some cells, which umap-learn takes for rho.
  it('has the edges and memberships of umap-learn for its distances', async () => {
    const graph = await buildFuzzyGraph(storedNeighbours);
    expect([...graph.rows]).toEqual([...stored['umap.row'].data]);
    expect([...graph.cols]).toEqual([...stored['umap.col'].data]);
    graph.weights.forEach((weight, e) => {
      expect(Math.abs(weight - stored['umap.weight'].data[e])).toBeLessThan(2e-4);
    });
  });

  it('gives full membership to copies of a cell', async () => {
    const points = Float32Array.of(0, 0, 5, 9);
    const graph = await buildFuzzyGraph(await findSelfNeighbours(points, 4, 1, 2));
    const pair = [...graph.rows.keys()].find((e) => graph.rows[e] === 0 && graph.cols[e] === 1)!;
    expect(graph.weights[pair]).toBe(1);
  });
});

describe('trustworthiness', () => {
  it('is what scikit-learn says for the stored layouts', () => {
    const of = (name: string) =>
      trustworthiness(scores, cells, 20, stored[name].data as Float32Array, 15);
    expect(of('umap.layout')).toBeCloseTo(facts['trustworthiness_umap_k15'] as number, 9);
    expect(of('random.layout')).toBeCloseTo(facts['trustworthiness_random_k15'] as number, 9);
  });
});

describe('layout', () => {
  it.each([0, 1, 2])('is as trustworthy as that of umap-learn, seed %i', async (seed) => {
    const map = await computeUmap(scores, cells, 20, { seed });
    const floor = (facts['trustworthiness_umap_k15'] as number) - 0.01;
    expect(trustworthiness(scores, cells, 20, map, 15)).toBeGreaterThan(floor);
  });

  it('is as trustworthy as that of umap-js', async () => {
    const rows = Array.from({ length: cells }, (_, i) => [
      ...scores.subarray(i * 20, (i + 1) * 20),
    ]);
    const random = createRandom(5);
    const theirs = new UMAP({ nNeighbors: 15, minDist: 0.3, nEpochs: 500, random: () => random.uniform() }); // prettier-ignore
    const layout = Float32Array.from(theirs.fit(rows).flat());
    const floor = trustworthiness(scores, cells, 20, layout, 15) - 0.01;
    const own = await computeUmap(scores, cells, 20, { seed: 0, epochs: 500 });
    expect(trustworthiness(scores, cells, 20, own, 15)).toBeGreaterThan(floor);
  });

  it('takes the same first steps compiled and in plain code', async () => {
    const graph = await buildFuzzyGraph(storedNeighbours);
    const start = scaleStart(scores, cells, 20, 3);
    const options = { curve: fitCurve(0.3, 1), epochs: 2, seed: 3 };
    const compiled = await layOut(graph, start, options);
    const { schedule, run } = plainRun(graph, options);
    schedule.positions.set(start);
    run(0, schedule.heads.length, 0, 1);
    run(0, schedule.heads.length, 1, 0.5);
    let moved = 0;
    compiled.forEach((value, i) => {
      expect(Math.abs(value - schedule.positions[i])).toBeLessThan(1e-3);
      moved = Math.max(moved, Math.abs(value - start[i]));
    });
    expect(moved).toBeGreaterThan(0.1);
  });

  it('repeats itself for a seed and differs for another', async () => {
    const lay = (seed: number) => computeUmap(scores, cells, 20, { seed, epochs: 30 });
    const first = await lay(7);
    expect(await lay(7)).toEqual(first);
    expect(await lay(8)).not.toEqual(first);
  });

  it('reports every epoch', async () => {
    const seen: number[] = [];
    await computeUmap(scores, cells, 20, {
      seed: 0,
      epochs: 9,
      onEpoch: (positions, epoch, of) => {
        expect(positions).toHaveLength(2 * cells);
        expect(of).toBe(9);
        seen.push(epoch);
      },
    });
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('stops when it is cancelled', async () => {
    const control = new AbortController();
    const lay = computeUmap(scores, cells, 20, {
      seed: 0,
      pacer: new Pacer(control.signal),
      onEpoch: (_, epoch) => {
        expect(epoch).toBeLessThanOrEqual(3);
        if (epoch === 3) control.abort();
      },
    });
    await expect(lay).rejects.toMatchObject({ code: 'cancelled' });
  });

  it.each([
    ['1 cell', 1, 0],
    ['1 cell', 1, 5],
    ['2 cells', 2, 1],
    ['3 cells', 3, 2],
    ['16 cells', 16, 3],
  ])('is finite for %s of %i × %i', async (_, rows, dims) => {
    const points = Float32Array.from({ length: rows * dims }, (__, i) => Math.sin(7 * i));
    const map = await computeUmap(points, rows, dims, { seed: 3, epochs: 50 });
    expect(map).toHaveLength(2 * rows);
    expect(map.every(Number.isFinite)).toBe(true);
  });

  it('is finite for equal cells and for pairs of copies', async () => {
    const equal = await computeUmap(new Float32Array(37 * 4).fill(1), 37, 4, { seed: 3 });
    const pairs = Float32Array.from({ length: 60 }, (_, i) => Math.sin(3 * (i >> 2)));
    const paired = await computeUmap(pairs, 30, 2, { seed: 3 });
    expect([...equal, ...paired].every(Number.isFinite)).toBe(true);
  });
});

describe('start of the layout', () => {
  it('stretches each axis to 0 … 10 and keeps the order along it', () => {
    const start = scaleStart(Float32Array.of(-3, 40, 9, 0, 20, 9, 5, 30, 9), 3, 3, 1);
    const x = [start[0], start[2], start[4]];
    expect(Math.min(...x)).toBe(0);
    expect(Math.max(...x)).toBeCloseTo(10, 5);
    expect(x[1]).toBeCloseTo(3.75, 3);
    expect(start[5]).toBeCloseTo(5, 3);
  });
});
