/** @file Corrections of what is carried to other contexts: means come to lie where they should, paths follow, everything else stays. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../numerics/random.ts';
import { memorySource } from '../../numerics/csr-source.ts';
import { csrFromDense, csrToDense } from '../../numerics/csr.ts';
import type { SampledCells } from '../flow/sample.ts';
import { carriedRows, moveCarried, withCarriedEffects } from './carried-effects.ts';
import { fitComponents, project } from './components.ts';
import { logNormalised } from './expression.ts';
import { readStates, storeStates, type ScdfmModel } from './model.ts';
import { readScreen } from './screen.ts';
import { screenSettings, simulateScreen } from './testing/simulated-screen.ts';

const [cells, genes, dims] = [600, 24, 6];
const [A, X, Y] = [1, 0, 1];
const data = simulateScreen(cells, 3);
const counts = memorySource(data.counts as ReturnType<typeof csrFromDense>);
const attributes = data.attributes.map((a) => ({ ...a, codes: a.codes }));
const [label, line] = attributes.map(({ codes }) => codes);
// A was never seen in the second context.
const training = Uint32Array.from(label.keys()).filter((i) => label[i] !== A || line[i] !== Y);
const screen = readScreen(screenSettings, attributes, training);
const components = fitComponents(counts, training, dims, createRandom(2));
const logs = csrToDense(logNormalised(data.counts as ReturnType<typeof csrFromDense>));
const places = project(logNormalised(data.counts as ReturnType<typeof csrFromDense>), components);
const controls = (context: number): Uint32Array =>
  training.filter((i) => label[i] === 0 && line[i] === context);

function meanOf(values: ArrayLike<number>, width: number, rows: Uint32Array): Float64Array {
  const mean = new Float64Array(width);
  for (const row of rows) {
    for (let k = 0; k < width; k++) mean[k] += values[row * width + k] / rows.length;
  }
  return mean;
}

const own = controls(Y);
const contextOffset = new Float32Array(3 * genes);
const stored = {
  components,
  offset: new Float32Array(genes),
  contextOffset,
  memberOffset: null,
  reach: { near: 1, mean: 0 },
  theta: new Float32Array(genes).fill(1),
  controls: new Float32Array(
    [...controls(X), ...own].flatMap((i) => [...places.subarray(i * dims, (i + 1) * dims)]),
  ),
  controlCodes: Float32Array.from([...controls(X), ...own].flatMap((i) => [0, line[i]])),
  controlCells: Float32Array.from([...controls(X), ...own]),
};
const model = {
  architecture: { genes, latentDim: dims, network: { tier: 'fast' } },
  attributes: attributes.map(({ name, categories }) => ({ name, categories })),
  combinations: [0, 1, 2, 3, 4].flatMap((code) =>
    [X, Y].flatMap((context) =>
      code === A && context === Y ? [] : [{ codes: [code, context], cells: 60 }],
    ),
  ),
  whitening: { mean: new Float32Array(dims), sd: new Float32Array(dims).fill(2) },
  screen: {
    attribute: 'perturbation',
    context: 'line',
    control: 'ctrl',
    separator: '+',
    members: screen.members,
  },
  autoencoder: storeStates(stored, dims),
  flow: [],
} as unknown as ScdfmModel;

/** A network by which A does nothing: it gives the control cells as they are. */
const generate = (
  wanted: number,
  codes: Readonly<Record<string, Int32Array>>,
): Promise<SampledCells> => {
  expect(new Set(codes['perturbation'])).toEqual(new Set([A]));
  expect(new Set(codes['line'])).toEqual(new Set([Y]));
  const rows = Array.from({ length: wanted }, (_, i) => own[i % own.length]);
  const latents = Float32Array.from(rows.flatMap((i) => [...places.subarray(i * dims, (i + 1) * dims)]), (v) => v / 2); // prettier-ignore
  return Promise.resolve({ latents, starts: Int32Array.from(rows) } as unknown as SampledCells);
};

const correct = () =>
  withCarriedEffects({
    model,
    counts,
    attributes,
    cellIndex: data.cellIndex,
    screen,
    cellsEach: 3 * own.length,
    fromNoise: false,
    generate,
  });

describe('effects that are carried over', () => {
  it('lie between what the network makes of them and what the other context shows', async () => {
    const { carried } = readStates(await correct(), genes);
    expect(Array.from(carried?.combinations ?? [])).toEqual([A, Y]);
    const [shift, offset] = [carried?.shift ?? [], carried?.offset ?? []];
    const seen = training.filter((i) => label[i] === A && line[i] === X);
    const before = meanOf(logs, genes, controls(X));
    const rule = meanOf(logs, genes, seen).map((mean, g) => mean - before[g]);
    for (let d = 0; d < dims; d++) {
      const along = rule.reduce(
        (sum, change, g) => sum + change * components.loadings[g * dims + d],
        0,
      );
      expect(2 * shift[d]).toBeCloseTo(0.25 * along, 4);
    }
    // Levels of the moved cells with the offsets have the mean that lies halfway, gene by gene.
    const control = meanOf(logs, genes, own);
    const levelOf = (i: number, g: number, moved: number): number =>
      components.mean[g] +
      Array.from({ length: dims }, (_, d) => components.loadings[g * dims + d] * (places[i * dims + d] + moved * 2 * shift[d])).reduce((a, b) => a + b, 0); // prettier-ignore
    for (let g = 0; g < genes; g++) {
      const mean = (moved: number, added: number): number =>
        own.reduce((sum, i) => sum + Math.max(0, levelOf(i, g, moved) + added) / own.length, 0);
      const wanted = (mean(0, 0) + control[g] + rule[g]) / 2;
      expect(mean(1, offset[g])).toBeCloseTo(wanted, 3);
    }
    expect(rule[0]).toBeGreaterThan(0.8);
  });

  it('are none where every set was seen, or nowhere', async () => {
    const all = { ...model, combinations: [...model.combinations, { codes: [A, Y], cells: 9 }] };
    const task = { counts, attributes, cellIndex: data.cellIndex, screen, cellsEach: 8, fromNoise: false, generate }; // prettier-ignore
    expect(await withCarriedEffects({ ...task, model: all })).toBe(model.autoencoder);
  });

  it('move the cells that they are about, and their paths with time', () => {
    const carried = {
      combinations: Float32Array.of(A, Y),
      shift: Float32Array.of(1, -2),
      offset: new Float32Array(genes),
    };
    const sample = {
      cells: 3,
      latentDim: 2,
      latents: Float32Array.of(5, 5, 6, 6, 7, 7),
      codes: { perturbation: Int32Array.of(A, A, 2), line: Int32Array.of(X, Y, Y) },
      trajectory: { times: Float32Array.of(0, 0.5, 1), latents: new Float32Array(18) },
    } as unknown as SampledCells;
    expect(
      Array.from({ length: 3 }, (_, i) => carriedRows(model, carried)(sample.codes, i)),
    ).toEqual([-1, 0, -1]);
    const moved = moveCarried(model, carried, sample, 2);
    expect(Array.from(moved.latents)).toEqual([5, 5, 8, 2, 7, 7]);
    const path = [0, 1, 2].map((frame) => Array.from(moved.trajectory?.latents.subarray(frame * 6, frame * 6 + 6) ?? [])); // prettier-ignore
    expect(path.map((own) => own.map((v) => v + 0))).toEqual([
      [0, 0, 0, 0, 0, 0],
      [0, 0, 1, -2, 0, 0],
      [0, 0, 2, -4, 0, 0],
    ]);
    expect(moveCarried(model, null, sample, 1)).toBe(sample);
  });
});
