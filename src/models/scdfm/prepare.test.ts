/** @file What a training prepares: nothing of it depends on held-out cells; counts drawn from components have their means and zeros. */
import { beforeAll, describe, expect, it } from 'vitest';
import { largestDifference } from '../../engine/testing/device.ts';
import { memorySource } from '../../numerics/csr-source.ts';
import { csrFromDense, csrToDense, type CsrMatrix } from '../../numerics/csr.ts';
import type { TrainingData } from '../../protocol/dataset.ts';
import type { SourceData } from '../training-data.ts';
import { decodeStates } from './decode.ts';
import { countQuantile, ExpectedLogs, THETAS } from './expected-logs.ts';
import { chooseGenes, geneMoments } from './expression.ts';
import { readStates } from './model.ts';
import { prepareStates, type PreparedStates } from './prepare.ts';
import { readScreen } from './screen.ts';
import { screenSettings, simulateScreen } from './testing/simulated-screen.ts';

const cells = 400;
const genes = 24;
const isHeldOut = (cell: number): boolean => cell % 5 === 2;
const training = Uint32Array.from({ length: cells }, (_, i) => i).filter((i) => !isHeldOut(i));

const open = (data: TrainingData): SourceData => ({
  ...data,
  counts: memorySource(data.counts as CsrMatrix),
});

/** The same data with other counts in its held-out cells. */
function scrambled(data: TrainingData): TrainingData {
  const dense = csrToDense(data.counts as CsrMatrix).map((count, k) =>
    isHeldOut(Math.floor(k / genes)) ? (count * 7 + (k % 3)) % 11 : count,
  );
  return { ...data, counts: csrFromDense(cells, genes, dense) };
}

function prepare(data: TrainingData): Promise<PreparedStates> {
  return prepareStates({
    data: open(data),
    screen: readScreen(screenSettings, data.attributes, training),
    settings: screenSettings,
    trainingCells: training,
    dims: 10,
    seed: 4,
    breathe: () => Promise.resolve(),
  });
}

describe('preparing', () => {
  const data = simulateScreen(cells, 2);
  let prepared: PreparedStates;

  beforeAll(async () => {
    prepared = await prepare(data);
  });

  it('takes nothing from held-out cells', async () => {
    const other = await prepare(scrambled(data));
    expect(other.arrays).toEqual(prepared.arrays);
    expect(other.graph).toEqual(prepared.graph);
    expect(other.whitening).toEqual(prepared.whitening);
    const members = ['A', 'C'];
    const columns = chooseGenes(open(data), training, members, 9);
    expect(chooseGenes(open(scrambled(data)), training, members, 9)).toEqual(columns);
    expect(Array.from(columns)).toEqual(expect.arrayContaining([0, 2]));
    expect(columns.length).toBe(9);
  });

  it('brings components to unit scale over training cells', () => {
    for (let d = 0; d < 10; d++) {
      const own = Array.from(training, (cell) => prepared.states[cell * 10 + d]);
      const mean = own.reduce((a, b) => a + b, 0) / own.length;
      const variance = own.reduce((sum, v) => sum + (v - mean) ** 2, 0) / own.length;
      expect(mean).toBeCloseTo(0, 4);
      expect(variance).toBeCloseTo(1, 3);
    }
  });

  it('draws counts with the genes’ means and zeros', async () => {
    const source = memorySource(data.counts as CsrMatrix);
    const arrays = readStates(prepared.arrays, genes);
    const { mean, sd } = prepared.whitening;
    const states = prepared.states.map((v, k) => v * sd[k % 10] + mean[k % 10]);
    const logLibrary = Float32Array.from(source.sums, Math.log);
    const drawn = await decodeStates(arrays, { states, logLibrary, seed: 1, first: 0 }, () =>
      Promise.resolve(),
    );
    const every = Uint32Array.from({ length: cells }, (_, i) => i);
    const expected = geneMoments(source, every);
    const found = geneMoments(memorySource(drawn), every);
    expect(largestDifference(found.mean, expected.mean)).toBeLessThan(0.35);
    expect(largestDifference(found.zeros, expected.zeros)).toBeLessThan(0.08);
    const total = drawn.values.reduce((a, b) => a + b, 0);
    const all = source.sums.reduce((a, b) => a + b, 0);
    expect(Math.abs(total / all - 1)).toBeLessThan(0.02);
  });
});

describe('expected log expression', () => {
  it('is that of the counts drawn with the mean it gives', () => {
    const logs = new ExpectedLogs();
    for (const k of [0, 3, THETAS.length - 1]) {
      for (const level of [0.05, 0.8, 2.5]) {
        const mean = logs.mean(level, 1_000, k);
        const draws = 4_000;
        let sum = 0;
        for (let q = 0; q < draws; q++) {
          sum += Math.log1p(10 * countQuantile((q + 0.5) / draws, mean, THETAS[k])) / draws;
        }
        // Libraries are rounded to a quarter of an e-fold.
        expect(Math.abs(sum - level)).toBeLessThan(0.06 * level + 0.01);
      }
    }
    expect(logs.mean(0, 1_000, 0)).toBe(0);
    expect(countQuantile(0.5, 0, 1)).toBe(0);
  });
});
