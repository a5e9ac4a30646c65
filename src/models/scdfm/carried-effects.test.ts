/** @file Corrections of what is carried to other contexts: means come to lie where they should, everything else stays. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../numerics/random.ts';
import { memorySource } from '../../numerics/csr-source.ts';
import { csrToDense, type CsrMatrix } from '../../numerics/csr.ts';
import type { SampledCells } from '../flow/sample.ts';
import { carriedRows, withCarriedEffects } from './carried-effects.ts';
import { fitComponents, project } from './components.ts';
import { logNormalised } from './expression.ts';
import { readStates, storeStates, type ScdfmModel } from './model.ts';
import { readScreen } from './screen.ts';
import { screenSettings, simulateScreen } from './testing/simulated-screen.ts';

const [cells, genes, dims] = [600, 24, 6];
const [A, X, Y] = [1, 0, 1];
const data = simulateScreen(cells, 3);
const counts = memorySource(data.counts as CsrMatrix);
const attributes = data.attributes.map((a) => ({ ...a, codes: a.codes }));
const [label, line] = attributes.map(({ codes }) => codes);
// A was never seen in the second context.
const training = Uint32Array.from(label.keys()).filter((i) => label[i] !== A || line[i] !== Y);
const screen = readScreen(screenSettings, attributes, training);
const components = fitComponents(counts, training, dims, createRandom(2));
const logs = csrToDense(logNormalised(data.counts as CsrMatrix));
const places = project(logNormalised(data.counts as CsrMatrix), components);
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
  controlMeans: null,
  contextShifts: null,
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
  it('lie halfway to what the other context shows, beyond the components', async () => {
    const { carried } = readStates(await correct(), genes);
    expect(Array.from(carried?.combinations ?? [])).toEqual([A, Y]);
    const offset = carried?.offset ?? [];
    const seen = training.filter((i) => label[i] === A && line[i] === X);
    const before = meanOf(logs, genes, controls(X));
    const rule = meanOf(logs, genes, seen).map((mean, g) => mean - before[g]);
    const control = meanOf(logs, genes, own);
    const { loadings } = components;
    const levelOf = (i: number, g: number): number => {
      let level = components.mean[g];
      for (let d = 0; d < dims; d++) level += loadings[g * dims + d] * places[i * dims + d];
      return level;
    };
    const meanWith = (g: number, added: number): number =>
      own.reduce((sum, i) => sum + Math.max(0, levelOf(i, g) + added) / own.length, 0);
    const apart = rule.map((change, g) => control[g] + change - meanWith(g, 0));
    for (let g = 0; g < genes; g++) {
      let held = 0;
      apart.forEach((value, h) => {
        for (let d = 0; d < dims; d++) held += loadings[g * dims + d] * loadings[h * dims + d] * value; // prettier-ignore
      });
      const wanted = meanWith(g, 0) + (apart[g] - held) / 2;
      expect(meanWith(g, offset[g])).toBeCloseTo(wanted, 3);
    }
    expect(rule[0]).toBeGreaterThan(0.8);
  });

  it('are none where every set was seen, or nowhere', async () => {
    const all = { ...model, combinations: [...model.combinations, { codes: [A, Y], cells: 9 }] };
    const task = { counts, attributes, cellIndex: data.cellIndex, screen, cellsEach: 8, fromNoise: false, generate }; // prettier-ignore
    expect(await withCarriedEffects({ ...task, model: all })).toBe(model.autoencoder);
  });

  it('share cells where there are many, an eighth each at least', async () => {
    const correctIn = async (contexts: number): Promise<readonly number[]> => {
      const lines = Array.from({ length: contexts }, (_, k) => `line ${k}`);
      const many = attributes.map((a, k) => (k === 1 ? { ...a, categories: lines } : a));
      const asked: number[] = [];
      const drawn = (n: number): Promise<SampledCells> => {
        asked.push(n);
        const starts = Int32Array.from({ length: n }, (_, i) => own[i % own.length]);
        return Promise.resolve({ latents: new Float32Array(n * dims), starts } as unknown as SampledCells); // prettier-ignore
      };
      const rows = lines.map((_, k) => own[k % own.length]);
      const everywhere = {
        ...stored,
        contextOffset: new Float32Array((contexts + 1) * genes),
        controls: new Float32Array(
          rows.flatMap((i) => [...places.subarray(i * dims, (i + 1) * dims)]),
        ),
        controlCodes: Float32Array.from(lines.flatMap((_, k) => [0, k])),
        controlCells: Float32Array.from(rows),
      };
      const autoencoder = storeStates(everywhere, dims);
      await withCarriedEffects({
        model: { ...model, attributes: many, autoencoder } as unknown as ScdfmModel,
        counts,
        attributes: many,
        cellIndex: data.cellIndex,
        screen,
        cellsEach: 80,
        fromNoise: false,
        generate: drawn,
      });
      return asked;
    };
    // Of four sets in two contexts, one is not seen in one of them; none is in the others.
    expect(await correctIn(12)).toEqual(new Array(41).fill(80));
    expect(await correctIn(26)).toEqual(new Array(97).fill(Math.floor((80 * 48) / 97)));
    expect(await correctIn(102)).toEqual(new Array(384).fill(10));
  });

  it('belong to the cells of their set in their context', () => {
    const carried = { combinations: Float32Array.of(A, Y), offset: new Float32Array(genes) };
    const codes = { perturbation: Int32Array.of(A, A, 2), line: Int32Array.of(X, Y, Y) };
    const rowOf = carriedRows(model, carried);
    expect([0, 1, 2].map((cell) => rowOf(codes, cell))).toEqual([-1, 0, -1]);
    expect(rowOf(undefined, 0)).toBe(-1);
    expect(carriedRows(model, null)(codes, 1)).toBe(-1);
  });
});
