/** @file The matrix product against float64: three layouts, odd sizes, every end, several threads with the same bits. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gemmReference } from '../kernels/references.ts';
import { Recorder } from '../plan/recorder.ts';
import type { CpuDevice } from './device.ts';
import { startTestCpu, TEST_THREADS } from './testing/devices.ts';
import { put, putWords, randomNumbers, runKernel, unwritten } from './testing/kernel-run.ts';

const SIZES: readonly (readonly [number, number, number])[] = [
  [1, 1, 1],
  [3, 5, 2],
  [4, 8, 16],
  [63, 65, 1],
  [65, 63, 66],
  [129, 7, 513],
  [13, 600, 40],
  [70, 131, 1030],
];

/** Each layout with each size. */
const cases = ([0, 1, 2] as const).flatMap((layout) =>
  SIZES.map((size) => ({ layout, size, name: `layout ${layout}, ${size.join(' × ')}` })),
);

/** Rounding of sums of `depth` products of numbers around 1. */
const limit = (depth: number): number => 1e-6 * (4 + Math.sqrt(depth) * 3);

describe.each(TEST_THREADS)('on %i threads', (threads) => {
  let device: CpuDevice;

  beforeAll(async () => {
    device = await startTestCpu(threads);
  });

  afterAll(() => device.dispose());

  it.each(cases)('$name', ({ layout, size }) => {
    const [m, n, k] = size;
    const a = randomNumbers(m * k, 1);
    const b = randomNumbers(k * n, 2);
    const c = unwritten(device, m * n);
    runKernel(device, 'gemm', {
      layout,
      a: put(device, a),
      lda: layout === 2 ? m : k,
      b: put(device, b),
      ldb: layout === 1 ? k : n,
      c,
      ldc: n,
      m,
      n,
      k,
      side: n,
    });
    const expected = gemmReference(layout, a, b, size);
    const worst = device
      .floats(c)
      .reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i])), 0);
    expect(worst).toBeLessThan(limit(k));
  });

  it.each([
    [0, [37, 29, 21]],
    [1, [37, 64, 700]],
    [2, [18, 150, 33]],
  ] as const)('finishes with bias, factor and addend in layout %i', (layout, size) => {
    const [m, n, k] = size;
    const a = randomNumbers(m * k, 3);
    const b = randomNumbers(k * n, 4);
    const end = {
      bias: randomNumbers(n, 5),
      factor: randomNumbers(m * n, 6),
      addend: randomNumbers(5 * n, 7),
      rows: Uint32Array.from({ length: m }, (_, i) => (i * 3) % 5),
    };
    const c = unwritten(device, m * n);
    runKernel(device, 'gemm', {
      layout,
      a: put(device, a),
      lda: layout === 2 ? m : k,
      b: put(device, b),
      ldb: layout === 1 ? k : n,
      c,
      ldc: n,
      m,
      n,
      k,
      bias: put(device, end.bias),
      factor: put(device, end.factor),
      addend: put(device, end.addend),
      side: n,
      rows: putWords(device, end.rows),
    });
    const expected = gemmReference(layout, a, b, size, end);
    const worst = device
      .floats(c)
      .reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i])), 0);
    expect(worst).toBeLessThan(3 * limit(k));
  });

  it.each([
    ['shallow, with a factor', [13, 21, 40], true],
    ['deep', [13, 70, 1100], false],
    ['deep, split by columns', [5, 530, 600], false],
  ] as const)('adds onto the result, %s', (_, size, scaled) => {
    const [m, n, k] = size;
    const [a, b] = [randomNumbers(m * k, 10), randomNumbers(k * n, 11)];
    const end = {
      bias: randomNumbers(n, 12),
      addend: randomNumbers(m * n, 13),
      ...(scaled ? { factor: randomNumbers(m * n, 14) } : {}),
    };
    const c = put(device, end.addend);
    const sides = { layout: 0, lda: k, ldb: n, ldc: n, m, n, k, side: n };
    const factor = end.factor === undefined ? null : put(device, end.factor);
    const bias = put(device, end.bias);
    const call = { ...sides, a: put(device, a), b: put(device, b), c, addend: c, bias, factor };
    runKernel(device, 'gemm', call);
    const expected = gemmReference(0, a, b, size, end);
    const worst = device
      .floats(c)
      .reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i])), 0);
    expect(worst).toBeLessThan(3 * limit(k));
  });

  it('leaves what lies beside a strided result alone', () => {
    const [m, n, k, wide] = [9, 5, 6, 11];
    const a = randomNumbers(m * k, 8);
    const b = randomNumbers(k * n, 9);
    const c = unwritten(device, m * wide);
    const ends = { c, ldc: wide, m, n, k, side: wide };
    runKernel(device, 'gemm', {
      layout: 0,
      a: put(device, a),
      lda: k,
      b: put(device, b),
      ldb: n,
      ...ends,
    });
    const rows = device.floats(c);
    for (let i = 0; i < m; i++) {
      expect([...rows.slice(i * wide + n, (i + 1) * wide)]).toEqual(
        new Array<number>(wide - n).fill(-7777),
      );
    }
  });
});

it('an addend in the place of the result is refused where it would be read too late', () => {
  const at = (address: number) => ({ address, bytes: 64 });
  const call = { layout: 0, lda: 4, ldb: 4, ldc: 4, m: 4, n: 4, k: 4, side: 4 };
  const views = { a: at(0), b: at(64), c: at(128), addend: at(128) };
  const record = (more: object): void =>
    new Recorder().call('gemm', { ...call, ...views, ...more });
  expect(() => record({})).not.toThrow();
  expect(() => record({ factor: at(192) })).not.toThrow();
  expect(() => record({ k: 513 })).not.toThrow();
  expect(() => record({ k: 513, factor: at(192) })).toThrow(/factor and k > 512/);
  expect(() => record({ rows: at(192) })).toThrow(RangeError);
  expect(() => record({ side: 8 })).toThrow(RangeError);
});

it('gives the same bits on any number of threads', async () => {
  const [m, n, k] = [65, 131, 600];
  const results = [];
  for (const threads of TEST_THREADS) {
    const device = await startTestCpu(threads);
    const a = put(device, randomNumbers(m * k, 1));
    const b = put(device, randomNumbers(k * n, 2));
    const c = unwritten(device, m * n);
    runKernel(device, 'gemm', { layout: 0, a, lda: k, b, ldb: n, c, ldc: n, m, n, k, side: n });
    results.push(device.floats(c).slice());
    device.dispose();
  }
  expect(results[1]).toEqual(results[0]);
  expect(results[2]).toEqual(results[0]);
});
