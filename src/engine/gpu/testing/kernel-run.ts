/** @file Test helper: puts arrays on a device, calls kernels, compares what they leave. */
import type { ComputeDevice } from '../../compute-device.ts';
import type { KernelArguments, KernelName, View } from '../../kernels/list.ts';
import { Recorder } from '../../plan/recorder.ts';

/** A number that no kernel leaves behind. */
export const UNWRITTEN = -7777;

/** A place with these float32 values. */
export function put(device: ComputeDevice, values: ArrayLike<number>): View {
  const view = device.allocate(Math.max(1, values.length));
  device.write(view, values);
  return view;
}

/** A place with these whole numbers. */
export function putWords(device: ComputeDevice, values: ArrayLike<number>): View {
  const view = device.allocate(Math.max(1, values.length));
  device.writeWords(view, values);
  return view;
}

/** A place with these wide numbers. */
export function putWide(device: ComputeDevice, values: ArrayLike<number>): View {
  const view = device.allocateWide(Math.max(1, values.length));
  device.writeWide(view, values);
  return view;
}

/** A place filled with a number that no kernel leaves behind. */
export function unwritten(device: ComputeDevice, count: number): View {
  return put(device, new Float32Array(count).fill(UNWRITTEN));
}

/** Calls one kernel. */
export function runKernel<Name extends KernelName>(
  device: ComputeDevice,
  kernel: Name,
  values: KernelArguments<Name>,
): void {
  const recorder = new Recorder();
  recorder.call(kernel, values);
  device.perform(recorder);
}

/** Largest |a − b|; Infinity for other lengths or a value that is not a number. */
export function worst(values: ArrayLike<number>, expected: ArrayLike<number>): number {
  let most = values.length === expected.length ? 0 : Infinity;
  for (let i = 0; i < values.length; i++) {
    const gap = Math.abs(values[i] - expected[i]);
    most = gap <= most ? most : gap;
  }
  return Number.isNaN(most) ? Infinity : most;
}

/** Largest |a − b| in shares of the largest |b|. */
export function worstShare(values: ArrayLike<number>, expected: ArrayLike<number>): number {
  let size = 1e-3;
  for (let i = 0; i < expected.length; i++) size = Math.max(size, Math.abs(expected[i]));
  return worst(values, expected) / size;
}
