import { describe, expect, it } from 'vitest';
import { philoxWords } from './philox.ts';
import { createRandom, normalsAt, randomAt, uniformAt } from './random.ts';
import { loadFixture } from './testing/fixture.ts';
import { fitOf, tally, tallyBetween } from './testing/goodness.ts';

const DRAWS = 40_000;
const library = loadFixture('sampling', 'library_lognormal');
const NORMAL_EDGES = library.values('normal_quantiles');

/** Probabilities of the bins between quantiles. */
function binsOf(probs: Float64Array): number[] {
  return [...probs, 1].map((p, i) => p - (i > 0 ? probs[i - 1] : 0));
}

function expectFit(fit: { statistic: number; bound: number }): void {
  expect(fit.statistic).toBeLessThan(fit.bound);
}

/** Quantiles by chi-square; mean, square and fourth power by z-tests (their variances are 1, 2 and 96). */
function expectNormal(draws: Float32Array | Float64Array): void {
  const n = draws.length;
  expectFit(fitOf(tallyBetween(draws, NORMAL_EDGES), binsOf(library.values('probs')), n));
  const moment = (power: number): number => {
    let sum = 0;
    for (const z of draws) sum += z ** power;
    return sum / n;
  };
  expect(Math.abs(moment(1))).toBeLessThan(4.9 * Math.sqrt(1 / n));
  expect(Math.abs(moment(2) - 1)).toBeLessThan(4.9 * Math.sqrt(2 / n));
  expect(Math.abs(moment(4) - 3)).toBeLessThan(4.9 * Math.sqrt(96 / n));
}

describe('the sequential generator', () => {
  it('reads philox blocks in order', () => {
    const random = createRandom(7 + 2 ** 35, 3);
    const words = new Uint32Array(8);
    philoxWords(0, 0, 3, 0, 7, 8, words, 0);
    philoxWords(1, 0, 3, 0, 7, 8, words, 4);
    expect(Array.from({ length: 8 }, () => random.uint32())).toEqual([...words]);
  });

  it('repeats itself for a seed and differs between seeds, streams and forks', () => {
    const first = (random: { uint32(): number }) => [random.uint32(), random.uint32()].join();
    expect(first(createRandom(1))).toBe(first(createRandom(1)));
    const all = [
      createRandom(1),
      createRandom(2),
      createRandom(2 ** 32 + 1),
      createRandom(1, 1),
      createRandom(1).fork(0),
      createRandom(1).fork(1),
      createRandom(1).fork(0).fork(0),
      createRandom(1, 1).fork(0),
      randomAt(1, 0, 0),
      randomAt(1, 0, 1),
      randomAt(1, 1, 0),
      randomAt(1, 0, 0).fork(0),
    ].map(first);
    expect(new Set(all).size).toBe(all.length);
  });

  it('forks without regard to what was drawn before', () => {
    const early = createRandom(5).fork(9).uint32();
    const random = createRandom(5);
    random.normal();
    expect(random.fork(9).uint32()).toBe(early);
  });

  it('draws uniforms that fill (0, 1) evenly', () => {
    const random = createRandom(11);
    const draws = Array.from({ length: DRAWS }, () => random.uniform());
    expect(draws.every((u) => u > 0 && u < 1)).toBe(true);
    const bins = draws.map((u) => Math.floor(u * 100));
    expectFit(fitOf(tally(bins, 100), new Float64Array(100).fill(0.01), DRAWS));
    const pairs = draws.slice(1).map((u, i) => Math.floor(u * 10) * 10 + Math.floor(draws[i] * 10));
    expectFit(fitOf(tally(pairs, 100), new Float64Array(100).fill(0.01), pairs.length));
  });

  it('draws normals with the right quantiles and moments, neighbours uncorrelated', () => {
    const random = createRandom(12);
    const draws = Float64Array.from({ length: 5 * DRAWS }, () => random.normal());
    expectNormal(draws);
    // The two numbers of one Box–Muller pair have different ways into the world.
    expectNormal(draws.filter((_, i) => i % 2 === 0));
    expectNormal(draws.filter((_, i) => i % 2 === 1));
    const product = draws.reduce((sum, z, i) => sum + (i > 0 ? z * draws[i - 1] : 0), 0);
    expect(Math.abs(product)).toBeLessThan(4.9 * Math.sqrt(draws.length));
  });

  it('draws whole numbers without bias and refuses impossible ranges', () => {
    const random = createRandom(13);
    const draws = Array.from({ length: DRAWS }, () => random.integer(7));
    expectFit(fitOf(tally(draws, 7), new Float64Array(7).fill(1 / 7), DRAWS));
    expect(random.integer(1)).toBe(0);
    const wide = Array.from({ length: 2000 }, () => random.integer(3 * 2 ** 30));
    const thirds = wide.map((value) => Math.floor(value / 2 ** 30));
    expectFit(fitOf(tally(thirds, 3), new Float64Array(3).fill(1 / 3), 2000));
    for (const n of [0, -1, 1.5, 2 ** 32 + 1, Number.NaN])
      expect(() => random.integer(n)).toThrow(RangeError);
  });

  it('permutes evenly', () => {
    const random = createRandom(14);
    expect([...random.permutation(0)]).toEqual([]);
    expect([...random.permutation(101)].sort((a, b) => a - b)).toEqual([...Array(101).keys()]);
    const seen = new Map<string, number>();
    for (let i = 0; i < 12_000; i++) {
      const key = random.permutation(4).join();
      seen.set(key, (seen.get(key) ?? 0) + 1);
    }
    expect(seen.size).toBe(24);
    expectFit(fitOf([...seen.values()], new Float64Array(24).fill(1 / 24), 12_000));
  });

  it('refuses seeds that are not whole numbers from 0', () => {
    for (const seed of [-1, 0.5, 2 ** 53, Number.NaN, Infinity])
      expect(() => createRandom(seed)).toThrow(RangeError);
  });
});

describe('noise keyed by row', () => {
  function rows(count: number, size: number, stream = 0): Float32Array {
    const out = new Float32Array(count * size);
    for (let row = 0; row < count; row++)
      normalsAt(3, stream, row, out.subarray(row * size, (row + 1) * size));
    return out;
  }

  it('is the same for a row whatever the length asked for', () => {
    const long = new Float32Array(51);
    normalsAt(3, 0, 17, long);
    for (const size of [0, 1, 2, 3, 4, 5, 50]) {
      const short = new Float32Array(size);
      normalsAt(3, 0, 17, short);
      expect([...short]).toEqual([...long.subarray(0, size)]);
    }
  });

  it('is standard normal, within rows and across them', () => {
    const draws = rows(6000, 51);
    for (const parity of [0, 1]) expectNormal(draws.filter((_, i) => (i % 51) % 2 === parity));
    let along = 0;
    let across = 0;
    for (let i = 51; i < draws.length; i++) {
      along += draws[i] * draws[i - 1];
      across += draws[i] * draws[i - 51];
    }
    expect(Math.abs(along)).toBeLessThan(4.9 * Math.sqrt(draws.length));
    expect(Math.abs(across)).toBeLessThan(4.9 * Math.sqrt(draws.length));
  });

  it('differs between streams and seeds', () => {
    expect(rows(3, 5, 1)).not.toEqual(rows(3, 5, 2));
    const other = new Float32Array(5);
    normalsAt(4, 1, 0, other);
    expect(other).not.toEqual(rows(1, 5, 1));
  });

  it('gives one even uniform for each row', () => {
    const draws = Array.from({ length: DRAWS }, (_, row) => uniformAt(8, 2, row));
    const bins = draws.map((u) => Math.floor(u * 50));
    expectFit(fitOf(tally(bins, 50), new Float64Array(50).fill(0.02), DRAWS));
    expect(uniformAt(8, 2, 5)).toBe(draws[5]);
  });

  it('gives a generator for each row that its neighbours do not move', () => {
    const draws = Array.from({ length: 5000 }, (_, row) => randomAt(1, 4, row).uniform());
    const bins = draws.map((u) => Math.floor(u * 20));
    expectFit(fitOf(tally(bins, 20), new Float64Array(20).fill(0.05), draws.length));
    expect(randomAt(1, 4, 99).uniform()).toBe(draws[99]);
  });

  it('library sizes drawn as exp of normals have the log-normal quantiles', () => {
    const quantiles = library.values('quantiles');
    const probabilities = binsOf(library.values('probs'));
    const s = library.values('s');
    library.values('m').forEach((m, i) => {
      const random = createRandom(20 + i);
      const draws = Array.from({ length: DRAWS }, () => Math.exp(m + s[i] * random.normal()));
      const edges = quantiles.subarray(i * 10, (i + 1) * 10);
      expectFit(fitOf(tallyBetween(draws, edges), probabilities, DRAWS));
    });
  });
});
