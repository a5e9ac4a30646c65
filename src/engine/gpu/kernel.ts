/** @file What a kernel on the GPU is: a function from a call's arguments to the dispatches that do it. */
import type { KernelArguments, KernelName, RecordedCall, View } from '../kernels/list.ts';
import { KERNELS } from '../kernels/list.ts';
import type { Shader } from './shader.ts';

/** What a kernel may know of the device and ask of it. */
export interface KernelTools {
  /** Numbers that one binding can hold: longer vectors are worked on in pieces. */
  readonly largest: number;
  /** Bindings that one dispatch can have. */
  readonly bindings: number;
  /** Working memory for so many 32-bit numbers, valid during the call; it begins with anything. */
  readonly scratch: (count: number) => View;
}

/** Dispatches of one call, in order; each sees what those before it wrote. */
export type GpuKernel<Name extends KernelName> = (
  call: KernelArguments<Name>,
  tools: KernelTools,
) => readonly Shader[];

/** All kernels by name. */
export type GpuKernels = { readonly [Name in KernelName]: GpuKernel<Name> };

/** Arguments of a recorded call by name. */
export function namedArguments<Name extends KernelName>(call: RecordedCall): KernelArguments<Name> {
  const names = Object.keys(KERNELS[call.kernel]);
  return Object.fromEntries(
    names.map((name, i) => [name, call.arguments[i].value]),
  ) as unknown as KernelArguments<Name>;
}
