/** @file Kernels on vectors, on an emulated GPU, against float64: entry by entry, sums, optimiser, random numbers, flow. */
import { beforeAll, describe, expect, it } from 'vitest';
import { normalsAt } from '../../numerics/random.ts';
import {
  adamwReference,
  siluReference,
  siluSlopeReference,
  timeFeaturesReference,
} from '../kernels/references.ts';
import type { GpuDevice } from './device.ts';
import { hasSoftwareGpu, openSoftwareGpu } from './testing/gpus.ts';
import { runKernel, worst } from './testing/kernel-run.ts';
import { ARRANGEMENTS, Places, randomNumbers } from './testing/places.ts';

const numbers = (count: number, value: (i: number) => number): number[] =>
  Array.from({ length: count }, (_, i) => value(i));

describe.runIf(hasSoftwareGpu()).each(ARRANGEMENTS)('vectors, %s buffers', (arrangement) => {
  let device: GpuDevice;

  beforeAll(async () => {
    device = await openSoftwareGpu();
  });

  /** Runs a test on fresh places; nothing beside the arguments may change. */
  async function on(test: (places: Places) => Promise<void>): Promise<void> {
    const places = new Places(device, arrangement);
    await test(places);
    expect(await places.damaged()).toBe(0);
    places.free();
  }

  it.each([1, 63, 1030])('SiLU, its slope and exponentials of %i numbers', (count) =>
    on(async (p) => {
      const x = randomNumbers(count, 1, 8);
      x[0] = -90;
      const [y, slope] = [p.room(count), p.room(count)];
      const view = p.floats(x);
      runKernel(device, 'silu', { x: view, y, slope, count });
      expect(worst(await device.read(y), x.map(siluReference))).toBeLessThan(1e-6);
      expect(worst(await device.read(slope), x.map(siluSlopeReference))).toBeLessThan(2e-6);
      runKernel(device, 'silu', { x: view, y: view, count });
      expect(await device.read(view)).toEqual(await device.read(y));
      const z = Float32Array.from({ length: count }, (_, i) => -87 + (i * 175) / count);
      runKernel(device, 'exponential', { x: p.floats(z), y, count });
      const ratio = (await device.read(y)).map((value, i) => value / Math.exp(z[i]));
      expect(worst(ratio, new Float32Array(count).fill(1))).toBeLessThan(3e-7);
    }),
  );

  it.each([1, 65, 2000])('sums of vectors of %i numbers', (count) =>
    on(async (p) => {
      const [x, y] = [randomNumbers(count, 2), randomNumbers(count, 3)];
      const [px, py, out] = [p.floats(x), p.floats(y), p.room(count)];
      runKernel(device, 'addScaled', { x: px, y: py, out, count, c: -0.25 });
      const scaled = x.map((v, i) => v - 0.25 * y[i]);
      expect(worst(await device.read(out), scaled)).toBeLessThan(1e-6);
      const coefficients = p.floats([0.5, 2, -1, 0.25, 1, -2, 3]);
      const three = { terms: 3, coefficients, k0: py, k1: px, k2: py };
      runKernel(device, 'combine', { base: px, out, count, ...three });
      const combined = x.map((v, i) => 3 * v - 0.5 * y[i]);
      expect(worst(await device.read(out), combined)).toBeLessThan(2e-6);
      const many = numbers(7, (i) => i).map((i) => [`k${i}`, p.floats(y.map((v) => v * i))]);
      const seven = { terms: 7, coefficients, ...Object.fromEntries(many) };
      runKernel(device, 'combine', { base: px, out, count, ...seven });
      const all = x.map((v, i) => v + (2 - 2 + 0.75 + 4 - 10 + 18) * y[i]);
      expect(worst(await device.read(out), all)).toBeLessThan(3e-5);
      runKernel(device, 'copy', { from: py, to: out, count });
      expect(await device.read(out)).toEqual(y);
      const partial = p.wide(new Float64Array(Math.ceil(count / 1024)));
      const error = { err: px, x: px, y: py, count, atol: 0.5, rtol: 0.25, partial };
      runKernel(device, 'errorSquares', error);
      const size = (i: number): number => 0.5 + 0.25 * Math.max(Math.abs(x[i]), Math.abs(y[i]));
      const sum = x.reduce((s, v, i) => s + (v / size(i)) ** 2, 0);
      const got = (await device.readWide(partial)).reduce((a, b) => a + b, 0);
      expect(Math.abs(got / sum - 1)).toBeLessThan(1e-6);
    }),
  );

  it('column sums of a part of a matrix, mean squared errors, wide totals', () =>
    on(async (p) => {
      const [rows, columns, stride] = [35, 7, 10];
      const x = randomNumbers(rows * stride, 4);
      const [sums, copy] = [p.room(columns), p.room(columns)];
      runKernel(device, 'columnSums', { x: p.floats(x), stride, sums, copy, rows, columns });
      const expected = new Float64Array(columns);
      x.forEach((v, i) => i % stride < columns && (expected[i % stride] += v));
      expect(worst(await device.read(sums), expected)).toBeLessThan(1e-5);
      expect(await device.read(copy)).toEqual(await device.read(sums));
      const [v, target] = [randomNumbers(rows * columns, 5), randomNumbers(rows * columns, 6)];
      const [d, partial, loss] = [p.room(rows * columns), p.wide([0, 0, 0]), p.room(1)];
      const pair = { v: p.floats(v), target: p.floats(target) };
      runKernel(device, 'squaredError', { ...pair, d, partial, rows, columns });
      const slopes = v.map((value, i) => (2 * (value - target[i])) / (rows * columns));
      expect(worst(await device.read(d), slopes)).toBeLessThan(1e-7);
      const total = p.wide([1e7 + 0.125]);
      const scale = 1 / (rows * columns);
      const sum = { partial, count: 3, out: loss, scale, total };
      for (let i = 0; i < 3; i++) runKernel(device, 'sumPartials', sum);
      const mean = v.reduce((s, value, i) => s + (value - target[i]) ** 2, 0) * scale;
      expect(worst(await device.read(loss), [mean])).toBeLessThan(1e-6);
      // A float32 total would be off by up to a half here.
      const wide = (await device.readWide(total))[0];
      expect(Math.abs(wide - 1e7 - 0.125 - 3 * mean)).toBeLessThan(2e-6);
    }));

  it('AdamW with clipping over two groups', () =>
    on(async (p) => {
      const [count, split] = [20_004, 400];
      const options = { beta1: 0.9, beta2: 0.999 };
      const start = randomNumbers(count, 7);
      const views = { p: p.floats(start), m: p.floats(new Float32Array(count)) };
      const [v, g] = [p.floats(new Float32Array(count)), p.room(count)];
      const average = p.floats(start);
      const settings = p.room(32);
      const partial = p.wide([0, 0]);
      const at = (view: typeof g, from: number, n: number) => ({
        address: view.address + from * 4,
        bytes: n * 4,
      });
      const states = [0, split].map((from, i) => {
        const to = i === 0 ? split : count;
        const values = Float64Array.from(start.subarray(from, to));
        return { from, to, p: values, m: values.map(() => 0), v: values.map(() => 0) };
      });
      const kept = Float64Array.from(start);
      for (let step = 1; step <= 3; step++) {
        const gradient = randomNumbers(count, 20 + step, step === 2 ? 1e-4 : 0.1);
        device.write(g, gradient);
        runKernel(device, 'sumSquares', { g, count, partial });
        const norm = Math.hypot(...gradient);
        const clipped = gradient.map((value) => value * Math.min(1, 1 / (norm + 1e-6)));
        states.forEach((state, i) => {
          const { from, to } = state;
          const [rate, decay] = i === 0 ? [3e-2, 0] : [1e-2, 0.1];
          const root = 1 / Math.sqrt(1 - options.beta2 ** step);
          const size = rate / (1 - options.beta1 ** step);
          const numbersOf = [size, root, 1 - rate * decay, 1, 0.9, 0.1, 0.999, 0.001, 1e-8];
          device.write(at(settings, i * 16, 16), [...numbersOf, -3e38, 3e38, 0.25, 1]);
          const range = (view: typeof g) => at(view, from, to - from);
          runKernel(device, 'adamw', {
            p: range(views.p),
            g: range(g),
            m: range(views.m),
            v: range(v),
            average: range(average),
            count: to - from,
            settings: at(settings, i * 16, 16),
            partial,
            chunks: 2,
          });
          adamwReference(state, clipped.subarray(from, to), step, rate, decay);
        });
        kept.forEach((value, i) => {
          const now = i < split ? states[0].p[i] : states[1].p[i - split];
          kept[i] = value + 0.25 * (now - value);
        });
      }
      const after = await device.read(views.p);
      expect(worst(after.slice(0, split), states[0].p)).toBeLessThan(2e-5);
      expect(worst(after.slice(split), states[1].p)).toBeLessThan(2e-5);
      expect(worst(await device.read(average), kept)).toBeLessThan(2e-5);
    }));

  it.each([1, 15, 1000])('%i normals of a row are those of numerics', (count) =>
    on(async (p) => {
      const seed = 2 ** 45 + 12345;
      const key = p.words([seed >>> 0, Math.floor(seed / 2 ** 32), 3, 77]);
      const out = p.room(count);
      runKernel(device, 'rowNormals', { out, count, key });
      const expected = new Float32Array(count);
      normalsAt(seed, 3, 77, expected);
      expect(worst(await device.read(out), expected)).toBeLessThan(2e-6);
    }),
  );

  it.each([3, 10, 50])('time features of half width %i', (half) =>
    on(async (p) => {
      const times = [0, 1e-5, 0.123456789, 0.5, 0.99999, 1];
      const speeds = numbers(
        half,
        (k) => (1000 * 10 ** ((-4 * k) / Math.max(1, half - 1))) / (2 * Math.PI),
      );
      const out = p.room(times.length * 2 * half);
      const made = { times: p.wide(times), speeds: p.wide(speeds), rows: times.length, half };
      runKernel(device, 'timeFeatures', { ...made, out });
      expect(worst(await device.read(out), timeFeaturesReference(times, half))).toBeLessThan(1e-6);
    }),
  );

  it('points on straight paths', () =>
    on(async (p) => {
      const [rows, dims, sigma] = [13, 7, 0.05];
      const [latents, noise] = [randomNumbers(20 * dims, 30), randomNumbers(rows * dims, 31)];
      const cells = numbers(rows, (i) => (i * 7) % 20);
      const times = numbers(rows, (i) => i / (rows - 1));
      const [x, target] = [p.room(rows * dims), p.room(rows * dims)];
      const from = { latents: p.floats(latents), cells: p.words(cells), noise: p.floats(noise) };
      runKernel(device, 'pathPoint', {
        ...from,
        times: p.wide(times),
        x,
        target,
        rows,
        dims,
        sigma,
      });
      const z = (i: number): number => latents[cells[Math.floor(i / dims)] * dims + (i % dims)];
      const t = (i: number): number => times[Math.floor(i / dims)];
      const points = noise.map((e, i) => t(i) * z(i) + (1 - (1 - sigma) * t(i)) * e);
      expect(worst(await device.read(x), points)).toBeLessThan(1e-6);
      const ends = noise.map((e, i) => z(i) - (1 - sigma) * e);
      expect(worst(await device.read(target), ends)).toBeLessThan(1e-6);
    }));

  it('label rows and their gradient', () =>
    on(async (p) => {
      const [rows, width, categories, bit] = [529, 67, 4, 2];
      const codes = numbers(40, (i) => (i * i) % categories);
      const cells = numbers(rows, (i) => (i * 11) % 40);
      const masks = numbers(rows, (i) => i % 4);
      const x = randomNumbers(rows * width, 40);
      const [table, dx] = [randomNumbers(categories * width, 41), randomNumbers(rows * width, 42)];
      const row = (i: number): number => Math.floor(i / width);
      const code = (i: number): number => codes[cells[row(i)]] * width + (i % width);
      const shows = (i: number): boolean => (masks[row(i)] & bit) !== 0;
      const label = {
        codes: p.words(codes),
        cells: p.words(cells),
        masks: p.words(masks),
        ...{ bit, rows, width },
      };
      const view = p.floats(x);
      runKernel(device, 'addLabelRows', { x: view, table: p.floats(table), ...label });
      const sums = x.map((v, i) => v + (shows(i) ? table[code(i)] : 0));
      expect(worst(await device.read(view), sums)).toBeLessThan(1e-6);
      const dTable = p.room(categories * width);
      runKernel(device, 'labelGradient', { dx: p.floats(dx), dTable, ...label, categories });
      const expected = new Float64Array(categories * width);
      dx.forEach((d, i) => shows(i) && (expected[code(i)] += d));
      expect(worst(await device.read(dTable), expected)).toBeLessThan(1e-4);
    }));

  it('branches of guidance', () =>
    on(async (p) => {
      const [cells, branches, width] = [11, 3, 7];
      const rows = cells * branches;
      const [x, table] = [randomNumbers(cells * width, 50), randomNumbers(4 * width, 51)];
      const pick = numbers(rows, (i) => i % cells);
      const condition = numbers(rows, (i) => (i * 5) % 4);
      const out = p.room(rows * width);
      const from = { x: p.floats(x), pick: p.words(pick), table: p.floats(table), side: width };
      const to = { condition: p.words(condition), out, rows, width };
      runKernel(device, 'siluOfSum', { ...from, ...to });
      const sums = numbers(rows * width, (i) => {
        const [r, j] = [Math.floor(i / width), i % width];
        return siluReference(x[pick[r] * width + j] + table[condition[r] * width + j]);
      });
      expect(worst(await device.read(out), sums)).toBeLessThan(1e-6);
      const [shares, h] = [randomNumbers(rows, 52), randomNumbers(rows * width, 53)];
      const mixed = p.room(cells * width);
      const coefficients = p.floats(shares);
      const mix = { h: p.floats(h), coefficients, out: mixed, branches, rows: cells, width };
      runKernel(device, 'mixSilu', mix);
      const expected = new Float64Array(cells * width);
      h.forEach((v, i) => {
        const r = Math.floor(i / width);
        expected[(r % cells) * width + (i % width)] += shares[r] * siluReference(v);
      });
      expect(worst(await device.read(mixed), expected)).toBeLessThan(1e-6);
      const last = randomNumbers(cells, 54);
      const led = { x: mixed, values: p.floats(last), rows: cells, columns: width };
      runKernel(device, 'setLastColumn', led);
      const column = (await device.read(mixed)).filter((_, i) => i % width === width - 1);
      expect(column).toEqual(last);
    }));
});
