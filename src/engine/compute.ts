/** @file The CPU device in use, or none while a GPU (or plain tensors) does the work: one per thread of the program. */
import { CpuDevice } from './cpu/device.ts';
import type { CpuHost } from './cpu/host.ts';
import { Recorder } from './plan/recorder.ts';

let present: CpuDevice | null = null;

/** The started CPU device, or null. */
export function cpuDevice(): CpuDevice | null {
  return present;
}

/** Starts the CPU device, checks it with a small product, and makes it the present one. Null where it does not run. */
export async function startCpuDevice(host: CpuHost): Promise<CpuDevice | null> {
  if (present !== null) return present;
  const device = await CpuDevice.start(host).catch(() => null);
  if (device === null || !multipliesWell(device)) return null;
  present = device;
  return device;
}

/** Ends the present CPU device. */
export function stopCpuDevice(): void {
  present?.dispose();
  present = null;
}

/** A product of odd sizes, whose every entry is known. */
function multipliesWell(device: CpuDevice): boolean {
  const [m, n, k] = [7, 13, 5];
  const views = [m * k, k * n, m * n].map((count) => device.allocate(count));
  const [a, b, c] = views;
  device.floats(a).forEach((_, i, all) => (all[i] = (i % 5) - 2));
  device.floats(b).forEach((_, i, all) => (all[i] = (i % 7) - 3));
  const recorder = new Recorder();
  recorder.call('gemm', { layout: 0, a, lda: k, b, ldb: n, c, ldc: n, m, n, k, side: n });
  device.perform(recorder);
  const out = device.floats(c);
  const right = out.every((value, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    let sum = 0;
    for (let q = 0; q < k; q++) sum += (((i * k + q) % 5) - 2) * (((q * n + j) % 7) - 3);
    return value === sum;
  });
  device.free(...views);
  return right;
}
