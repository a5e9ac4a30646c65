/** @file The device in use: one per thread of the program. Models ask for it when they start. */
import { part, type ComputeDevice } from './compute-device.ts';
import { CpuDevice } from './cpu/device.ts';
import type { CpuHost } from './cpu/host.ts';
import { Recorder } from './plan/recorder.ts';

let present: ComputeDevice | null = null;

/** The device in use, or null before one is chosen. */
export function presentDevice(): ComputeDevice | null {
  return present;
}

/** Puts a device in the place of the present one, which is ended. */
export function adoptDevice(device: ComputeDevice | null): void {
  if (present !== null && present !== device) present.dispose();
  present = device;
}

/** Starts a CPU device and checks it with a small product. Null where it does not run or counts wrongly. */
export async function startCpuDevice(host: CpuHost): Promise<CpuDevice | null> {
  const device = await CpuDevice.start(host).catch(() => null);
  if (device === null || (await multipliesWell(device))) return device;
  device.dispose();
  return null;
}

/** Sizes of the product that speeds are compared by: a gigaflop, as wide as a decoder's layer. */
const [SPEED_ROWS, SPEED_DEPTH, SPEED_COLUMNS] = [256, 512, 4096];
const SPEED_ROUNDS = 3;

/** Speed of a device at one large product, in GFLOP/s: the best of a few rounds, each with its way back. */
export async function productSpeed(device: ComputeDevice): Promise<number> {
  const [m, k, n] = [SPEED_ROWS, SPEED_DEPTH, SPEED_COLUMNS];
  const views = [m * k, k * n, m * n].map((count) => device.allocate(count));
  const [a, b, c] = views;
  const recorder = new Recorder();
  recorder.call('gemm', { layout: 0, a, lda: k, b, ldb: n, c, ldc: n, m, n, k, side: n });
  const program = device.compile(recorder);
  let best = Infinity;
  for (let round = 0; round <= SPEED_ROUNDS; round++) {
    const start = performance.now();
    program.run();
    await device.read(part(c, 0, 1));
    if (round > 0) best = Math.min(best, performance.now() - start);
  }
  program.dispose();
  device.free(...views);
  return (2 * m * n * k) / (best * 1e6);
}

/** A product of odd sizes, whose every entry is known. */
async function multipliesWell(device: ComputeDevice): Promise<boolean> {
  const [m, n, k] = [7, 13, 5];
  const views = [m * k, k * n, m * n].map((count) => device.allocate(count));
  const [a, b, c] = views;
  device.write(
    a,
    Array.from({ length: m * k }, (_, i) => (i % 5) - 2),
  );
  device.write(
    b,
    Array.from({ length: k * n }, (_, i) => (i % 7) - 3),
  );
  const recorder = new Recorder();
  recorder.call('gemm', { layout: 0, a, lda: k, b, ldb: n, c, ldc: n, m, n, k, side: n });
  device.perform(recorder);
  const out = await device.read(c);
  device.free(...views);
  return out.every((value, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    let sum = 0;
    for (let q = 0; q < k; q++) sum += (((i * k + q) % 5) - 2) * (((q * n + j) % 7) - 3);
    return value === sum;
  });
}
