/** @file What a training prepares: nothing of it depends on held-out cells; counts drawn from components have their means and zeros. */
import { beforeAll, describe, expect, it } from 'vitest';
import { largestDifference } from '../../engine/testing/device.ts';
import { createRandom } from '../../numerics/random.ts';
import { memorySource } from '../../numerics/csr-source.ts';
import { csrFromDense, csrToDense, type CsrMatrix } from '../../numerics/csr.ts';
import type { TrainingData } from '../../protocol/dataset.ts';
import type { SourceData } from '../training/training-data.ts';
import { reproducibleDims } from './components.ts';
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

function prepare(data: TrainingData, knowsMeans = false): Promise<PreparedStates> {
  return prepareStates({
    data: open(data),
    screen: readScreen(screenSettings, data.attributes, training),
    settings: screenSettings,
    trainingCells: training,
    dims: 10,
    config: {
      leastHeld: 0.4,
      contextOffsets: true,
      memberOffsets: true,
      knowsMeans,
      drawsCounts: true,
    },
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
    const [shown, otherShown] = [await prepare(data, true), await prepare(scrambled(data), true)];
    expect(otherShown.arrays).toEqual(shown.arrays);
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

  it('keeps the mean of the training control cells of each context, and of all', async () => {
    expect(readStates(prepared.arrays, genes).controlMeans).toBeNull();
    const { arrays, states } = await prepare(data, true);
    const [labels, lines] = data.attributes.map(({ codes }) => codes);
    const controls = Array.from(training).filter((cell) => labels[cell] === 0);
    const groups = [0, 1].map((line) => controls.filter((cell) => lines[cell] === line));
    const expected = [...groups, controls].flatMap((cells) =>
      Array.from({ length: 10 }, (_, d) =>
        cells.reduce((sum, cell) => sum + states[cell * 10 + d] / cells.length, 0),
      ),
    );
    const { controlMeans } = readStates(arrays, genes);
    expect(controlMeans?.length).toBe(30);
    expected.forEach((mean, k) => expect(controlMeans?.[k]).toBeCloseTo(mean, 5));
  });

  it('reads models that were stored without offsets by context', () => {
    const added = ['context_offset', 'member_offset', 'reach'];
    const former = prepared.arrays.filter(({ name }) => !added.includes(name));
    const { offset, ...rest } = readStates(former, genes);
    expect(rest).toMatchObject({
      contextOffset: null,
      memberOffset: null,
      reach: { near: 1, mean: 0 },
    });
    expect(offset).toEqual(readStates(prepared.arrays, genes).offset);
    const wrong = { name: 'context_offset', shape: [5], values: new Float32Array(5) };
    expect(() => readStates([...former, wrong], genes)).toThrow(RangeError);
  });

  it('draws a context’s cells around the means of its own control cells', async () => {
    const source = memorySource(data.counts as CsrMatrix);
    const arrays = readStates(prepared.arrays, genes);
    expect(arrays.contextOffset?.length).toBe(3 * genes);
    const [labels, lines] = data.attributes.map((a) => a.codes);
    const own = training.filter((i) => labels[i] === 0 && lines[i] === 1);
    const expected = geneMoments(source, own).mean;
    const turns = Uint32Array.from({ length: 600 }, (_, i) => own[i % own.length]);
    const { mean, sd } = prepared.whitening;
    const states = Float32Array.from({ length: 6_000 }, (_, k) => {
      const d = k % 10;
      return prepared.states[turns[Math.floor(k / 10)] * 10 + d] * sd[d] + mean[d];
    });
    const logLibrary = Float32Array.from(turns, (cell) => Math.log(source.sums[cell]));
    const errors = [1, 0].map(async (context) => {
      const contexts = new Int32Array(600).fill(context);
      const cells = { states, logLibrary, contexts, seed: 3, first: 0 };
      const drawn = await decodeStates(arrays, cells, () => Promise.resolve());
      const found = geneMoments(memorySource(drawn), Array.from(turns.keys())).mean;
      return Math.hypot(...found.map((value, g) => value - expected[g]));
    });
    const [right, wrong] = await Promise.all(errors);
    expect(right).toBeLessThan(wrong);
  });

  it('has offsets of every member of the screen', () => {
    const { memberOffset } = readStates(prepared.arrays, genes);
    const { members } = readScreen(screenSettings, data.attributes, training);
    expect(memberOffset?.length).toBe(members.length * genes);
    expect(memberOffset?.some((value) => value !== 0)).toBe(true);
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

describe('components', () => {
  it('are kept as long as they hold on other cells', () => {
    const random = createRandom(3);
    const [rows, columns, factors] = [160, 300, 6];
    const loadings = Float64Array.from({ length: factors * columns }, () => 0.6 * random.normal());
    const dense = new Float32Array(rows * columns);
    for (let i = 0; i < rows; i++) {
      const place = Float64Array.from({ length: factors }, () => random.normal());
      for (let g = 0; g < columns; g++) {
        const level = place.reduce((sum, x, f) => sum + x * loadings[f * columns + g], 1.5);
        dense[i * columns + g] = random.negativeBinomial(Math.exp(level), 20);
      }
    }
    const counts = memorySource(csrFromDense(rows, columns, dense));
    const every = Uint32Array.from({ length: rows }, (_, i) => i);
    const found = reproducibleDims(counts, every, 40, 0.4, createRandom(1));
    expect(Math.abs(found - factors)).toBeLessThanOrEqual(2);
    expect(reproducibleDims(counts, every, 40, 0, createRandom(1))).toBe(40);
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
