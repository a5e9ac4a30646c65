/** @file The GPU device's memory, order of commands, programs, limits and failures; on the checking and the emulated GPU. */
import { beforeAll, describe, expect, it } from 'vitest';
import { StudioError } from '../../protocol/errors.ts';
import { part } from '../compute-device.ts';
import { Recorder } from '../plan/recorder.ts';
import { GpuDevice } from './device.ts';
import { gridOf } from './dispatch.ts';
import { bufferNumber, sizeClass } from './memory.ts';
import { passesGpuSelfTest } from './self-test.ts';
import { kernelCases, recordCase } from './testing/cases.ts';
import { hasSoftwareGpu, openSoftwareGpu } from './testing/gpus.ts';
import { put, runKernel, worst } from './testing/kernel-run.ts';
import { Places, randomNumbers } from './testing/places.ts';
import { fromWide, toWide } from './wide.ts';

describe('sizes', () => {
  it('waste at most a quarter, and repeat', () => {
    for (const bytes of [1, 256, 257, 1000, 4097, 123_457, 2 ** 27 + 1]) {
      const size = sizeClass(bytes);
      expect(size).toBeGreaterThanOrEqual(bytes);
      expect(size % 256).toBe(0);
      expect(size).toBeLessThanOrEqual(Math.max(256, bytes + 255, bytes * 1.25));
      expect(sizeClass(size)).toBe(size);
    }
  });

  it('of grids hold all workgroups within the limit', () => {
    for (const groups of [1, 65_535, 65_536, 1_000_003]) {
      const [x, y] = gridOf(groups, 65_535);
      expect(x * y).toBeGreaterThanOrEqual(groups);
      expect(x * y - groups).toBeLessThan(y);
      expect(Math.max(x, y)).toBeLessThanOrEqual(65_535);
    }
  });
});

it('wide numbers keep 48 bits', () => {
  const values = [0, Math.PI, -1e7 - 0.123456789, 1 / 3, 2 ** 40 + 1];
  fromWide(toWide(values)).forEach((value, i) => {
    expect(Math.abs(value - values[i])).toBeLessThanOrEqual(2 ** -47 * Math.abs(values[i]));
  });
});

describe.runIf(hasSoftwareGpu())('on an emulated GPU', () => {
  let device: GpuDevice;

  beforeAll(async () => {
    device = await openSoftwareGpu();
  });

  it('the self-test passes', async () => {
    expect(await passesGpuSelfTest(device)).toBe(true);
  });

  it('gives out memory that is 0, also a second time, and counts it', async () => {
    const before = device.bytesInUse;
    const first = put(device, new Float32Array(1001).fill(3));
    expect(device.bytesInUse - before).toBe(sizeClass(4004));
    device.free(first);
    const second = device.allocate(1000);
    expect(bufferNumber(second)).toBe(bufferNumber(first));
    expect((await device.read(second)).every((value) => value === 0)).toBe(true);
    device.free(second);
    expect(device.bytesInUse).toBe(before);
    expect(() => device.write(second, [1])).toThrow(RangeError);
  });

  it('writes and reads parts, words and wide numbers', async () => {
    const view = device.allocate(10);
    device.write(view, [1, 2, 3]);
    device.writeWords(part(view, 3, 2), Int32Array.of(-1, 7));
    device.write(part(view, 9, 1), Float32Array.of(5));
    expect([...(await device.read(view))]).toEqual(
      [1, 2, 3, NaN, ...[0, 0, 0, 0, 0], 5].map((v, i) =>
        i === 4 ? new Float32Array(Uint32Array.of(7).buffer)[0] : v,
      ),
    );
    expect([...(await device.readWords(part(view, 3, 2)))]).toEqual([0xffffffff, 7]);
    expect(await device.readParts([part(view, 4, 1), part(view, 3, 1)])).toEqual(
      Uint32Array.of(7, 0xffffffff),
    );
    const wide = device.allocateWide(3);
    device.writeWide(wide, [Math.PI, 1e7 + 0.125]);
    const found = await device.readWide(wide);
    expect(found[1]).toBe(1e7 + 0.125);
    expect(Math.abs(found[0] - Math.PI)).toBeLessThan(1e-14);
    expect(() => device.write(view, new Float32Array(11))).toThrow(RangeError);
    device.free(view, wide);
  });

  it('keeps writes and calls in the order they were asked for', async () => {
    const [x, y] = [device.allocate(100), device.allocate(100)];
    for (let round = 1; round <= 5; round++) {
      device.write(x, new Float32Array(100).fill(round));
      runKernel(device, 'addScaled', { x: y, y: x, out: y, count: 100, c: 10 ** round });
    }
    expect((await device.read(y)).every((value) => value === 543_210)).toBe(true);
    device.free(x, y);
  });

  it('runs more one-off calls than it has room for parameters', async () => {
    const [x, y] = [put(device, [1]), put(device, [0])];
    const recorder = new Recorder();
    for (let i = 0; i < 700; i++)
      recorder.call('addScaled', { x: y, y: x, out: y, count: 1, c: 1 });
    device.perform(recorder);
    device.perform(recorder);
    expect((await device.read(y))[0]).toBe(1400);
    device.free(x, y);
  });

  it('replays a program without making anything but an encoder', async () => {
    const count = 300;
    const [x, y] = [put(device, new Float32Array(count).fill(2)), device.allocate(count)];
    const recorder = new Recorder();
    recorder.call('addScaled', { x: y, y: x, out: y, count, c: 0.5 });
    recorder.call('silu', { x: y, y: x, count });
    recorder.call('copy', { from: y, to: x, count });
    recorder.call('addScaled', { x, y: x, out: x, count, c: 0 });
    const program = device.compile(recorder);
    const made: string[] = [];
    const watched = new Proxy(device.gpu, {});
    for (const name of ['createBuffer', 'createBindGroup', 'createComputePipeline'] as const) {
      const original = watched[name].bind(device.gpu) as (argument: object) => unknown;
      Object.defineProperty(device.gpu, name, {
        configurable: true,
        value: (argument: object) => {
          made.push(name);
          return original(argument);
        },
      });
    }
    for (let i = 0; i < 20; i++) {
      program.run();
      await device.settle();
    }
    expect(made).toEqual([]);
    for (const name of ['createBuffer', 'createBindGroup', 'createComputePipeline']) {
      delete (device.gpu as unknown as Record<string, unknown>)[name];
    }
    let [p, q] = [0, 2];
    for (let i = 0; i < 20; i++) {
      p = Math.fround(p + 0.5 * q);
      q = p;
    }
    expect(worst(await device.read(y), new Float32Array(count).fill(p))).toBe(0);
    program.dispose();
    device.free(x, y);
  });

  it('works in pieces where a binding, the bindings or a grid are small', async () => {
    const tight = new GpuDevice(device.gpu, 'tight', undefined, {
      bindingBytes: 16_384,
      bindings: 8,
      groups: 3,
    });
    const count = 10_001;
    const [x, y] = [randomNumbers(count, 1), randomNumbers(count, 2)];
    const [px, py, out] = [put(tight, x), put(tight, y), tight.allocate(count)];
    const coefficients = put(tight, [1, 2, 3, 4, 5, 6, 7]);
    const same = { k0: py, k1: py, k2: py, k3: py, k4: py, k5: py, k6: py };
    const k = Object.fromEntries(Object.entries(same).map(([name]) => [name, put(tight, y)]));
    runKernel(tight, 'combine', { base: px, out, count, terms: 7, coefficients, ...k });
    const sums = x.map((v, i) => v + 28 * y[i]);
    expect(worst(await tight.read(out), sums)).toBeLessThan(1e-4);
    runKernel(tight, 'copy', { from: px, to: out, count });
    expect(await tight.read(out)).toEqual(x);
    const [rows, columns] = [40, 250];
    runKernel(tight, 'csrLog', {
      values: part(px, 0, 1000),
      logs: part(out, 0, 1000),
      indptr: put(tight, new Float32Array(2)),
      rows: 1,
    });
    const softmax = { x: part(px, 0, rows * columns), rows, columns };
    expect(() => runKernel(tight, 'softmaxRows', softmax)).toThrow(StudioError);
    const own = put(tight, x.subarray(0, 4000));
    runKernel(tight, 'softmaxRows', { x: own, rows: 16, columns });
    const total = (await tight.read(own)).reduce((a, b) => a + b, 0);
    expect(Math.abs(total - 16)).toBeLessThan(1e-4);
  });

  it('gives the same bits twice, every kernel of counts and flow in every variant', async () => {
    // Of the products one end of each layout and depth; compiling them takes the emulation a second each.
    const cases = kernelCases().filter(
      ({ kernel, name }) => !kernel.startsWith('gemm') || /(33×35|20×24)[^ ]* ?$/.test(name),
    );
    expect(cases.filter(({ kernel }) => kernel === 'gemmSilu')).toHaveLength(6);
    for (const one of cases) {
      const places = new Places(device, 'own');
      const program = device.compile(recordCase(one, places));
      const before = await places.snapshot();
      program.run();
      const first = await places.snapshot();
      places.restore(before);
      program.run();
      expect(await places.snapshot(), one.name).toEqual(first);
      program.dispose();
      places.free();
    }
  }, 120_000);

  it('refuses what is larger than a buffer can be', () => {
    expect(() => device.allocate(2 ** 40)).toThrow(
      expect.objectContaining({ code: 'out-of-memory' }),
    );
  });

  it('settles with little in the queue', async () => {
    const x = put(device, [1]);
    for (let i = 0; i < 6; i++) {
      runKernel(device, 'addScaled', { x, y: x, out: x, count: 1, c: 1 });
      await device.settle();
    }
    expect((await device.read(x))[0]).toBe(64);
    device.free(x);
  });

  it('tells of its loss once, and throws from then on', async () => {
    let lose: (info: Partial<GPUDeviceLostInfo>) => void = () => undefined;
    const lost = new Promise<Partial<GPUDeviceLostInfo>>((resolve) => (lose = resolve));
    const gpu = new Proxy(device.gpu, {
      get(target, name) {
        if (name === 'lost') return lost;
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const reasons: string[] = [];
    const losing = new GpuDevice(gpu, 'losing', (reason) => reasons.push(reason));
    const view = put(losing, [1, 2]);
    expect([...(await losing.read(view))]).toEqual([1, 2]);
    lose({ message: 'the driver was updated', reason: 'unknown' });
    await lost;
    await expect(losing.read(view)).rejects.toMatchObject({
      code: 'device-lost',
      details: { cause: 'the driver was updated' },
    });
    await expect(losing.settle()).rejects.toMatchObject({ code: 'device-lost' });
    expect(reasons).toEqual(['the driver was updated']);
  });

  it('throws at the next reading what the GPU refused in between', async () => {
    const broken = new GpuDevice(device.gpu, 'broken');
    const view = broken.allocate(4);
    device.gpu.createShaderModule({ code: 'fn main() { let x: f32 = 1u; }' });
    await expect(broken.read(view)).rejects.toMatchObject({ code: 'device-lost' });
    await expect(broken.settle()).rejects.toBeInstanceOf(StudioError);
  });
});
