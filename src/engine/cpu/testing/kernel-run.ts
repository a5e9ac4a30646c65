/** @file Test helper: puts arrays on a CPU device, calls one kernel, reads the results. */
import { Recorder } from '../../plan/recorder.ts';
import type { KernelArguments, KernelName, View } from '../../kernels/list.ts';
import { createRandom } from '../../../numerics/random.ts';
import type { CpuDevice } from '../device.ts';

/** Values N(0, 1) · scale, the same for the same seed. */
export function randomNumbers(count: number, seed: number, scale = 1): Float32Array {
  const random = createRandom(seed);
  return Float32Array.from({ length: count }, () => scale * random.normal());
}

/** A place with these float32 values. */
export function put(device: CpuDevice, values: ArrayLike<number>): View {
  const view = device.allocate(Math.max(1, values.length));
  device.floats(view).set(values);
  return view;
}

/** A place with these whole numbers. */
export function putWords(device: CpuDevice, values: ArrayLike<number>): View {
  const view = device.allocate(Math.max(1, values.length));
  device.words(view).set(values);
  return view;
}

/** A place with these float64 values. */
export function putWide(device: CpuDevice, values: ArrayLike<number>): View {
  const view = device.allocateWide(values.length + 4);
  device.doubles(view).set(values);
  return view;
}

/** A place filled with a number that no kernel leaves behind. */
export function unwritten(device: CpuDevice, count: number): View {
  return put(device, new Float32Array(count).fill(-7777));
}

/** Calls one kernel. */
export function runKernel<Name extends KernelName>(
  device: CpuDevice,
  kernel: Name,
  values: KernelArguments<Name>,
): void {
  const recorder = new Recorder();
  recorder.call(kernel, values);
  device.perform(recorder);
}
