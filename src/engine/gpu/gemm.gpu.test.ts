/** @file The matrix product on an emulated GPU against float64: three layouts, odd sizes, every end, split depth. */
import { beforeAll, describe, expect, it } from 'vitest';
import { gemmReference, siluReference, siluSlopeReference } from '../kernels/references.ts';
import type { GpuDevice } from './device.ts';
import { hasSoftwareGpu, openSoftwareGpu } from './testing/gpus.ts';
import { runKernel, UNWRITTEN, worst } from './testing/kernel-run.ts';
import { ARRANGEMENTS, Places, randomNumbers } from './testing/places.ts';

const SIZES: readonly (readonly [number, number, number])[] = [
  [1, 1, 1],
  [3, 5, 2],
  [32, 64, 16],
  [63, 65, 1],
  [65, 63, 66],
  [33, 7, 513],
  [64, 64, 512],
  [13, 300, 40],
];

const cases = ([0, 1, 2] as const).flatMap((layout) =>
  SIZES.map((size) => ({ layout, size, name: `layout ${layout}, ${size.join(' × ')}` })),
);

/** Rounding of sums of `depth` products of numbers around 1. */
const limit = (depth: number): number => 1e-6 * (4 + Math.sqrt(depth) * 3);

describe.runIf(hasSoftwareGpu())('matrix product', () => {
  let device: GpuDevice;

  beforeAll(async () => {
    device = await openSoftwareGpu();
  });

  it.each(cases)('$name', async ({ layout, size }) => {
    const [m, n, k] = size;
    const [a, b] = [randomNumbers(m * k, 1), randomNumbers(k * n, 2)];
    const expected = gemmReference(layout, a, b, size);
    for (const arrangement of ARRANGEMENTS) {
      const places = new Places(device, arrangement);
      const c = places.room(m * n);
      runKernel(device, 'gemm', {
        layout,
        a: places.floats(a),
        lda: layout === 2 ? m : k,
        b: places.floats(b),
        ldb: layout === 1 ? k : n,
        c,
        ldc: n,
        m,
        n,
        k,
        side: n,
      });
      expect(worst(await device.read(c), expected)).toBeLessThan(limit(k));
      expect(await places.damaged()).toBe(0);
      places.free();
    }
  });

  it.each([
    [0, [37, 29, 21]],
    [1, [37, 64, 200]],
    [2, [18, 150, 33]],
    [0, [20, 24, 512]],
    [2, [65, 3073, 5]],
    [0, [68, 3072, 8]],
    [1, [65, 3073, 9]],
    [0, [65, 516, 1024]],
    [1, [65, 515, 1024]],
    [2, [68, 516, 1024]],
  ] as const)('finishes with bias, factor and addend, layout %i, %j', async (layout, size) => {
    const [m, n, k] = size;
    const [a, b] = [randomNumbers(m * k, 3), randomNumbers(k * n, 4)];
    const end = {
      bias: randomNumbers(n, 5),
      factor: randomNumbers(m * n, 6),
      addend: randomNumbers(5 * n, 7),
      rows: Uint32Array.from({ length: m }, (_, i) => (i * 3) % 5),
    };
    const places = new Places(device, 'own');
    const c = places.room(m * n);
    runKernel(device, 'gemm', {
      layout,
      a: places.floats(a),
      lda: layout === 2 ? m : k,
      b: places.floats(b),
      ldb: layout === 1 ? k : n,
      c,
      ldc: n,
      m,
      n,
      k,
      bias: places.floats(end.bias),
      factor: places.floats(end.factor),
      addend: places.floats(end.addend),
      side: n,
      rows: places.words(end.rows),
    });
    const expected = gemmReference(layout, a, b, size, end);
    expect(worst(await device.read(c), expected)).toBeLessThan(3 * limit(k));
    places.free();
  });

  it.each([
    [0, [37, 29, 21]],
    [1, [37, 64, 260]],
    [2, [18, 152, 32]],
    [0, [20, 24, 512]],
  ] as const)('takes SiLU of the product and its slope, layout %i, %j', async (layout, size) => {
    const [m, n, k] = size;
    const [a, b] = [randomNumbers(m * k, 3, 0.3), randomNumbers(k * n, 4)];
    const [bias, addend] = [randomNumbers(n, 5), randomNumbers(m * n, 7)];
    const places = new Places(device, 'shared');
    const [c, y, slope] = [places.room(m * n), places.room(m * n), places.room(m * n)];
    runKernel(device, 'gemmSilu', {
      layout,
      a: places.floats(a),
      lda: layout === 2 ? m : k,
      b: places.floats(b),
      ldb: layout === 1 ? k : n,
      ...{ c, y, slope, ldc: n, m, n, k },
      bias: places.floats(bias),
      addend: places.floats(addend),
      side: n,
    });
    const expected = gemmReference(layout, a, b, size, { bias, addend });
    expect(worst(await device.read(c), expected)).toBeLessThan(limit(k));
    expect(worst(await device.read(y), expected.map(siluReference))).toBeLessThan(2 * limit(k));
    const slopes = expected.map(siluSlopeReference);
    expect(worst(await device.read(slope), slopes)).toBeLessThan(2 * limit(k));
    expect(await places.damaged()).toBe(0);
    places.free();
  });

  it.each([
    [0, [20, 24, 512]],
    [1, [37, 64, 1030]],
  ] as const)('adds onto the result, layout %i, %j', async (layout, size) => {
    const [m, n, k] = size;
    const [a, b] = [randomNumbers(m * k, 10), randomNumbers(k * n, 11)];
    const addend = randomNumbers(m * n, 12);
    const places = new Places(device, 'shared');
    const c = places.floats(addend);
    const sides = { layout, lda: k, ldb: layout === 1 ? k : n, ldc: n, m, n, k, side: n };
    const call = { ...sides, a: places.floats(a), b: places.floats(b), c, addend: c };
    runKernel(device, 'gemm', call);
    const expected = gemmReference(layout, a, b, size, { addend });
    expect(worst(await device.read(c), expected)).toBeLessThan(limit(k));
    places.free();
  });

  it('repeats one row of A by a stride of 0, and leaves what lies beside a strided result alone', async () => {
    const [m, n, k, wide] = [9, 5, 6, 11];
    const [row, b] = [randomNumbers(k, 8), randomNumbers(k * n, 9)];
    const places = new Places(device, 'shared');
    const c = places.room(m * wide);
    const product = { layout: 0, a: places.floats(row), lda: 0, b: places.floats(b), ldb: n };
    runKernel(device, 'gemm', { ...product, c, ldc: wide, m, n, k, side: wide });
    const found = await device.read(c);
    const expected = gemmReference(0, row, b, [1, n, k]);
    for (let i = 0; i < m; i++) {
      const line = found.slice(i * wide, (i + 1) * wide);
      expect(worst(line.slice(0, n), expected)).toBeLessThan(limit(k));
      expect([...line.slice(n)]).toEqual(new Array<number>(wide - n).fill(UNWRITTEN));
    }
    places.free();
  });
});
