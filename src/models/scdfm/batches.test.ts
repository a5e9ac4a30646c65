/** @file Batches of a screen: who is in them, where their paths begin, and that held-out cells are never seen. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../numerics/random.ts';
import { Batches, type BatchRecipe } from './batches.ts';
import { assign } from './pairing.ts';
import { readScreen } from './screen.ts';
import { memberShifts } from './shifts.ts';
import { LABELS, screenSettings, simulateScreen } from './testing/simulated-screen.ts';

const cells = 300;
const dims = 4;
const data = simulateScreen(cells, 3);
const training = Uint32Array.from({ length: cells }, (_, i) => i).filter((i) => i % 7 !== 0);
const screen = readScreen(screenSettings, data.attributes, training);
/** A state tells which cell it is of. */
const states = Float32Array.from({ length: cells * dims }, (_, k) =>
  k % dims === 0 ? Math.floor(k / dims) : Math.sin(k),
);
const recipe: BatchRecipe = {
  conditions: 4,
  cellsEach: 8,
  start: 'control',
  startNoise: 0.3,
  pairs: true,
  even: true,
  dropout: 0,
  controls: 0.2,
};
const codes = data.attributes.map((a) => a.codes);
const source = {
  screen,
  states,
  dims,
  weights: new Float32Array(dims).fill(1),
  codes,
  controlMeans: null,
};

describe('batches', () => {
  it('hold training cells of one label and context a condition, from control cells of that context', () => {
    const random = createRandom(5);
    const batches = new Batches(source, recipe);
    const known = new Set(training);
    for (let b = 0; b < 20; b++) {
      const batch = batches.draw(random);
      expect(batch.groups).toEqual([8, 8, 8, 8]);
      for (let r = 0; r < 32; r++) {
        const end = Math.round(batch.ends[r * dims]);
        const start = Math.round(batch.controls[r * dims]);
        expect(known.has(end) && known.has(start)).toBe(true);
        expect(codes[0][end]).toBe(batch.labels[Math.floor(r / 8)]);
        expect(codes[0][start]).toBe(0);
        expect(codes[1][start]).toBe(codes[1][end]);
        expect(batch.shown[1][r]).toBe(codes[1][end]);
      }
    }
  });

  it('lie on the straight way from the start to the end', () => {
    const batch = new Batches(source, recipe).draw(createRandom(6));
    batch.states.forEach((x, k) => {
      const t = batch.times[Math.floor(k / dims)];
      // One step of Euler with the true velocity is there, from anywhere.
      expect(x + (1 - t) * batch.velocities[k]).toBeCloseTo(batch.ends[k], 3);
      expect(batch.ends[k] - batch.velocities[k]).toBeCloseTo(batch.controls[k], 3);
    });
  });

  it('show the mean of the control cells of each row, also where the context is dropped', () => {
    const controlMeans = Float32Array.from(
      { length: 3 * dims },
      (_, k) => 100 + Math.floor(k / dims),
    );
    const batches = new Batches({ ...source, controlMeans }, { ...recipe, dropout: 0.5 });
    const batch = batches.draw(createRandom(6));
    for (let r = 0; r < 32; r++) {
      const end = Math.round(batch.ends[r * dims]);
      const start = Math.round(batch.ends[r * dims] - batch.velocities[r * dims]);
      expect(codes[0][start]).toBe(0);
      const shown = batch.controls.subarray(r * dims, (r + 1) * dims);
      expect(Array.from(shown)).toEqual(new Array(dims).fill(100 + codes[1][end]));
    }
    // Nobody's context is known here: the mean of all.
    const unlabelled = [codes[0], codes[1].map(() => -1)];
    const none = new Batches({ ...source, codes: unlabelled, controlMeans }, recipe);
    expect(new Set(none.draw(createRandom(6)).controls)).toEqual(new Set([102]));
  });

  it('spread times evenly over cells without repeats, or draw both freely', () => {
    const times = (even: boolean) => {
      const batches = new Batches(source, { ...recipe, even, conditions: 1, cellsEach: 25 });
      return batches.draw(createRandom(4));
    };
    const apart = (own: Float64Array): number[] => {
      const sorted = [...own].sort((a, b) => a - b);
      return sorted.slice(1).map((t, r) => t - sorted[r]);
    };
    const cellsOf = ({ ends }: { ends: Float32Array }) => new Set(ends.filter((_, k) => k % dims === 0)).size; // prettier-ignore
    const [even, free] = [times(true), times(false)];
    for (const gap of apart(even.times)) expect(gap).toBeCloseTo(1 / 25, 12);
    expect(cellsOf(even)).toBe(25);
    expect(Math.max(...apart(free.times))).toBeGreaterThan(1.5 / 25);
    expect(cellsOf(free)).toBeLessThan(25);
    for (const { times: own } of [even, free]) for (const t of own) expect(t >= 0 && t < 1).toBe(true); // prettier-ignore
  });

  it('show no context where it is dropped, and take cells of all contexts there', () => {
    const batch = new Batches(source, { ...recipe, dropout: 1, cellsEach: 30 }).draw(createRandom(7)); // prettier-ignore
    expect(new Set(batch.shown[1])).toEqual(new Set([-1]));
    const ends = Array.from({ length: 30 }, (_, r) => codes[1][Math.round(batch.ends[r * dims])]);
    expect(new Set(ends).size).toBe(2);
  });

  it('are the same for the same seed', () => {
    const draw = () => new Batches(source, recipe).draw(createRandom(8));
    expect(draw()).toEqual(draw());
  });
});

describe('what perturbations do alone', () => {
  it('is the mean change against control cells of the same context', () => {
    const shifts = memberShifts(screen, states, dims);
    const mean = (label: number, line: number, d: number): number => {
      const own = Array.from(training).filter((i) => codes[0][i] === label && codes[1][i] === line);
      return own.reduce((sum, i) => sum + states[i * dims + d] / own.length, 0);
    };
    const label = LABELS.indexOf('B');
    const sizes = [0, 1].map(
      (line) => Array.from(training).filter((i) => codes[0][i] === label && codes[1][i] === line).length, // prettier-ignore
    );
    const expected = [0, 1].reduce(
      (sum, line) =>
        sum + (sizes[line] / (sizes[0] + sizes[1])) * (mean(label, line, 1) - mean(0, line, 1)),
      0,
    );
    expect(shifts[dims + 1]).toBeCloseTo(expected, 5);
    expect(Array.from(shifts.subarray(3 * dims))).toEqual([0, 0, 0, 0]);
  });
});

describe('pairing', () => {
  it('finds the smallest sum of costs', () => {
    const random = createRandom(9);
    const n = 5;
    for (let round = 0; round < 10; round++) {
      const cost = Float64Array.from({ length: n * n }, () => random.uniform());
      const sumOf = (columns: ArrayLike<number>): number =>
        Array.from(columns).reduce((sum, column, row) => sum + cost[row * n + column], 0);
      const every = (left: number[]): number[][] =>
        left.length === 0
          ? [[]]
          : left.flatMap((c) => every(left.filter((o) => o !== c)).map((rest) => [c, ...rest]));
      const least = Math.min(...every([0, 1, 2, 3, 4]).map(sumOf));
      expect(sumOf(assign(cost, n))).toBeCloseTo(least, 12);
    }
  });
});
