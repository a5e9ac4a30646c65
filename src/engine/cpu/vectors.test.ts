/** @file Entry-by-entry kernels, optimiser, noise, time features and the flow's own kernels against float64. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { normalsAt } from '../../numerics/random.ts';
import {
  adamwReference,
  siluReference,
  siluSlopeReference,
  timeFeaturesReference,
} from '../kernels/references.ts';
import { ParameterArena } from '../plan/parameter-arena.ts';
import { AdamWPlan } from '../plan/adamw-plan.ts';
import { Recorder } from '../plan/recorder.ts';
import { ADAMW_DEFAULTS } from '../plan/adamw-options.ts';
import type { CpuDevice } from './device.ts';
import { startTestCpu, TEST_THREADS } from './testing/devices.ts';
import {
  put,
  putWide,
  putWords,
  randomNumbers,
  runKernel,
  unwritten,
} from './testing/kernel-run.ts';

function worst(values: ArrayLike<number>, expected: ArrayLike<number>): number {
  let most = values.length === expected.length ? 0 : Infinity;
  for (let i = 0; i < values.length; i++) {
    const gap = Math.abs(values[i] - expected[i]) / Math.max(1, Math.abs(expected[i]));
    most = gap <= most ? most : gap;
  }
  return most;
}

describe.each(TEST_THREADS)('on %i threads', (threads) => {
  let device: CpuDevice;

  beforeAll(async () => {
    device = await startTestCpu(threads);
  });

  afterAll(() => device.dispose());

  it.each([1, 63, 1030])('SiLU and its slope on %i numbers', (count) => {
    const x = randomNumbers(count, 1, 8);
    x[0] = -90;
    const [y, slope] = [unwritten(device, count), unwritten(device, count)];
    runKernel(device, 'silu', { x: put(device, x), y, slope, count });
    expect(worst(device.floats(y), Float64Array.from(x, siluReference))).toBeLessThan(1e-6);
    expect(worst(device.floats(slope), Float64Array.from(x, siluSlopeReference))).toBeLessThan(
      2e-6,
    );
  });

  it('exponentials over the whole range', () => {
    const x = Float32Array.from({ length: 1777 }, (_, i) => -87 + (i * 175) / 1777);
    const y = unwritten(device, x.length);
    runKernel(device, 'exponential', { x: put(device, x), y, count: x.length });
    const ratio = device.floats(y).map((value, i) => value / Math.exp(x[i]));
    expect(worst(ratio, new Float64Array(x.length).fill(1))).toBeLessThan(3e-7);
  });

  it.each([1, 65, 2000])('sums of vectors of %i numbers', (count) => {
    const [x, y] = [randomNumbers(count, 2), randomNumbers(count, 3)];
    const out = unwritten(device, count);
    const [px, py] = [put(device, x), put(device, y)];
    runKernel(device, 'addScaled', { x: px, y: py, out, count, c: -0.25 });
    expect(
      worst(
        device.floats(out),
        x.map((v, i) => v - 0.25 * y[i]),
      ),
    ).toBeLessThan(1e-6);
    const coefficients = put(device, [0.5, 2, -1]);
    const terms = { terms: 3, coefficients, k0: py, k1: px, k2: py };
    runKernel(device, 'combine', { base: px, out, count, ...terms });
    expect(
      worst(
        device.floats(out),
        x.map((v, i) => 3 * v - 0.5 * y[i]),
      ),
    ).toBeLessThan(1e-6);
    runKernel(device, 'copy', { from: py, to: out, count });
    expect(device.floats(out)).toEqual(y);
    const partial = putWide(device, new Float64Array(Math.ceil(count / 1024)));
    const error = { err: px, x: px, y: py, count, atol: 0.5, rtol: 0.25, partial };
    runKernel(device, 'errorSquares', error);
    const sum = x.reduce(
      (s, v, i) => s + (v / (0.5 + 0.25 * Math.max(Math.abs(v), Math.abs(y[i])))) ** 2,
      0,
    );
    const got = device.doubles(partial).reduce((a, b) => a + b, 0);
    expect(Math.abs(got / sum - 1)).toBeLessThan(1e-6);
  });

  it('column sums of a part of a matrix, and mean squared errors', () => {
    const [rows, columns, stride] = [35, 7, 10];
    const x = randomNumbers(rows * stride, 4);
    const [sums, copy] = [unwritten(device, columns), unwritten(device, columns)];
    runKernel(device, 'columnSums', { x: put(device, x), stride, sums, copy, rows, columns });
    const expected = new Float64Array(columns);
    x.forEach((v, i) => i % stride < columns && (expected[i % stride] += v));
    expect(worst(device.floats(sums), expected)).toBeLessThan(1e-5);
    expect(device.floats(copy)).toEqual(device.floats(sums));

    const [v, target] = [randomNumbers(rows * columns, 5), randomNumbers(rows * columns, 6)];
    const d = unwritten(device, rows * columns);
    const partial = putWide(device, new Float64Array(3));
    const pair = { v: put(device, v), target: put(device, target) };
    runKernel(device, 'squaredError', { ...pair, d, partial, rows, columns });
    const slopes = v.map((value, i) => (2 * (value - target[i])) / (rows * columns));
    expect(worst(device.floats(d), slopes)).toBeLessThan(1e-7);
    const loss = unwritten(device, 1);
    const scale = 1 / (rows * columns);
    runKernel(device, 'sumPartials', { partial, count: 3, out: loss, scale });
    const mean = v.reduce((s, value, i) => s + (value - target[i]) ** 2, 0) * scale;
    expect(worst(device.floats(loss), [mean])).toBeLessThan(1e-6);
  });

  it('AdamW with clipping over two groups and 20,000 numbers', async () => {
    const specs = [
      { name: 'a', shape: [131, 3] },
      { name: 'b', shape: [20_001] },
    ];
    const arena = new ParameterArena(device, specs);
    const start = specs.map(({ name, shape }, i) => ({
      name,
      shape,
      values: randomNumbers(
        shape.reduce((a, b) => a * b, 1),
        7 + i,
      ),
    }));
    arena.write(start);
    const split = arena.range('b').from;
    const groups = [
      { from: 0, to: split, rate: 3, decay: false },
      { from: split, to: arena.size },
    ];
    const options = { ...ADAMW_DEFAULTS, weightDecay: 0.1, average: 0.9 };
    const adamw = new AdamWPlan(device, arena, groups, options);
    const recorder = new Recorder();
    adamw.record(recorder);
    const program = device.compile(recorder);
    const length = arena.size;
    const p = Float64Array.from(device.floats(arena.values));
    const average = p.slice();
    const part = (from: number, to: number) => ({
      p: p.subarray(from, to),
      m: new Float64Array(to - from),
      v: new Float64Array(to - from),
    });
    const states = [part(0, split), part(split, length)];
    for (let step = 1; step <= 4; step++) {
      const g = randomNumbers(length, 20 + step, step === 2 ? 1e-4 : 0.1);
      device.floats(adamw.gradients).set(g);
      adamw.prepare(1e-2);
      program.run();
      const norm = Math.hypot(...g);
      const clipped = g.map((x) => x * Math.min(1, 1 / (norm + 1e-6)));
      adamwReference(states[0], clipped.subarray(0, split), step, 3e-2, 0);
      adamwReference(states[1], clipped.subarray(split), step, 1e-2, 0.1);
      const keep = Math.min(0.9, (1 + step) / (10 + step));
      average.forEach((value, i) => (average[i] = keep * value + (1 - keep) * p[i]));
    }
    expect(worst(device.floats(arena.values), p)).toBeLessThan(2e-5);
    const kept = await adamw.averages();
    expect(worst(kept[1].values, average.subarray(split, split + 20_001))).toBeLessThan(2e-5);
    expect((await arena.read()).map((a) => a.shape)).toEqual(specs.map((s) => s.shape));
  });

  it.each([1, 15, 1000])('%i normals of a row are those of numerics', (count) => {
    const seed = 2 ** 45 + 12345;
    const key = putWords(device, [seed >>> 0, Math.floor(seed / 2 ** 32), 3, 77]);
    const out = unwritten(device, Math.ceil(count / 16) * 16);
    runKernel(device, 'rowNormals', { out, count, key });
    const expected = new Float32Array(count);
    normalsAt(seed, 3, 77, expected);
    expect(worst(device.floats(out).slice(0, count), expected)).toBeLessThan(2e-6);
  });

  it.each([3, 10, 50])('time features of half width %i', (half) => {
    const times = [0, 1e-5, 0.123456789, 0.5, 0.99999, 1];
    const speeds = Array.from(
      { length: half },
      (_, k) => (1000 * 10 ** ((-4 * k) / Math.max(1, half - 1))) / (2 * Math.PI),
    );
    const out = unwritten(device, times.length * 2 * half);
    runKernel(device, 'timeFeatures', {
      times: putWide(device, times),
      speeds: putWide(device, speeds),
      out,
      rows: times.length,
      half,
    });
    expect(worst(device.floats(out), timeFeaturesReference(times, half))).toBeLessThan(1e-6);
  });

  it('points on straight paths', () => {
    const [rows, dims, sigma] = [13, 7, 0.05];
    const latents = randomNumbers(20 * dims, 30);
    const noise = randomNumbers(rows * dims, 31);
    const cells = Uint32Array.from({ length: rows }, (_, i) => (i * 7) % 20);
    const times = Float64Array.from({ length: rows }, (_, i) => i / (rows - 1));
    const [x, target] = [unwritten(device, rows * dims), unwritten(device, rows * dims)];
    runKernel(device, 'pathPoint', {
      latents: put(device, latents),
      cells: putWords(device, cells),
      noise: put(device, noise),
      times: putWide(device, times),
      x,
      target,
      rows,
      dims,
      sigma,
    });
    const at = (i: number): [number, number] => [
      latents[cells[Math.floor(i / dims)] * dims + (i % dims)],
      times[Math.floor(i / dims)],
    ];
    const points = noise.map((e, i) => at(i)[1] * at(i)[0] + (1 - (1 - sigma) * at(i)[1]) * e);
    expect(worst(device.floats(x), points)).toBeLessThan(1e-6);
    const ends = noise.map((e, i) => at(i)[0] - (1 - sigma) * e);
    expect(worst(device.floats(target), ends)).toBeLessThan(1e-6);
  });

  it('label rows, and their gradient by finite differences', () => {
    const [rows, width, categories, bit] = [29, 9, 4, 2];
    const codes = Uint32Array.from({ length: 40 }, (_, i) => (i * i) % categories);
    const cells = Uint32Array.from({ length: rows }, (_, i) => (i * 11) % 40);
    const masks = Uint32Array.from({ length: rows }, (_, i) => i % 4);
    const x = randomNumbers(rows * width, 40);
    const table = randomNumbers(categories * width, 41);
    const dx = randomNumbers(rows * width, 42);
    const shared = {
      codes: putWords(device, codes),
      cells: putWords(device, cells),
      masks: putWords(device, masks),
      bit,
      rows,
      width,
    };
    const sum = (rowsOf: ArrayLike<number>): Float64Array =>
      Float64Array.from(x, (v, i) => {
        const r = Math.floor(i / width);
        const shown = (masks[r] & bit) !== 0;
        return v + (shown ? rowsOf[codes[cells[r]] * width + (i % width)] : 0);
      });
    const view = put(device, x);
    runKernel(device, 'addLabelRows', { x: view, table: put(device, table), ...shared });
    expect(worst(device.floats(view), sum(table))).toBeLessThan(1e-6);
    const dTable = unwritten(device, categories * width);
    runKernel(device, 'labelGradient', { dx: put(device, dx), dTable, ...shared, categories });
    const value = (rowsOf: Float64Array): number =>
      sum(rowsOf).reduce((s, v, i) => s + v * dx[i], 0);
    const slopes = Float64Array.from(table, (_, i) => {
      const moved = Float64Array.from(table);
      moved[i] += 1;
      return value(moved) - value(Float64Array.from(table));
    });
    expect(worst(device.floats(dTable), slopes)).toBeLessThan(1e-5);
  });

  it('branches of guidance', () => {
    const [cells, branches, width] = [11, 3, 7];
    const rows = cells * branches;
    const x = randomNumbers(cells * width, 50);
    const table = randomNumbers(4 * width, 51);
    const pick = Uint32Array.from({ length: rows }, (_, i) => i % cells);
    const condition = Uint32Array.from({ length: rows }, (_, i) => (i * 5) % 4);
    const out = unwritten(device, rows * width);
    runKernel(device, 'siluOfSum', {
      x: put(device, x),
      pick: putWords(device, pick),
      table: put(device, table),
      side: width,
      condition: putWords(device, condition),
      out,
      rows,
      width,
    });
    const sums = Float64Array.from({ length: rows * width }, (_, i) => {
      const [r, j] = [Math.floor(i / width), i % width];
      return siluReference(x[pick[r] * width + j] + table[condition[r] * width + j]);
    });
    expect(worst(device.floats(out), sums)).toBeLessThan(1e-6);
    const coefficients = randomNumbers(rows, 52);
    const mixed = unwritten(device, cells * width);
    const h = randomNumbers(rows * width, 53);
    runKernel(device, 'mixSilu', {
      h: put(device, h),
      coefficients: put(device, coefficients),
      out: mixed,
      branches,
      rows: cells,
      width,
    });
    const expected = new Float64Array(cells * width);
    h.forEach((v, i) => {
      const r = Math.floor(i / width);
      expected[(r % cells) * width + (i % width)] += coefficients[r] * siluReference(v);
    });
    expect(worst(device.floats(mixed), expected)).toBeLessThan(1e-6);
    const last = randomNumbers(cells, 54);
    const led = { x: mixed, values: put(device, last), rows: cells, columns: width };
    runKernel(device, 'setLastColumn', led);
    expect(device.floats(mixed).filter((_, i) => i % width === width - 1)).toEqual(last);
  });
});
