/**
 * @file What a plan needs of a device, whichever it is: memory, a way in and out of it, and programs made of recorded calls.
 *
 * Two implementations: cpu/device.ts (WebAssembly, threads) and gpu/device.ts (WebGPU). Writing, running and copying happen
 * in the order of the calls; only reading waits.
 */
import type { View } from './kernels/list.ts';
import type { Recorder } from './plan/recorder.ts';

/** A plan that can be replayed. */
export interface Program {
  /** Runs it to its end, or queues it. */
  run(): void;
  dispose(): void;
}

/**
 * Memory and arithmetic of one device.
 *
 * "Wide" numbers are float64 on the CPU and unevaluated sums of two float32 on a GPU, 8 bytes each either way.
 */
export interface ComputeDevice {
  readonly kind: 'cpu' | 'webgpu';
  /** Threads that take part; 1 on a GPU. */
  readonly threads: number;
  /** Arrays that share one allocation begin at a multiple of so many 32-bit numbers. */
  readonly alignment: number;
  /** Bytes of data that may stay on the device for steps to pick from; 0 where writing each batch anew costs nothing. */
  readonly dataBudget: number;
  /** Bytes that are handed out now. */
  readonly bytesInUse: number;

  /** Memory for so many float32 (or 32-bit) numbers, all 0. Error: out-of-memory. */
  allocate(count: number): View;
  /** Memory for so many wide numbers, all 0. Error: out-of-memory. */
  allocateWide(count: number): View;
  /** Gives memory back; views must be as `allocate` gave them. */
  free(...views: readonly View[]): void;

  /** Overwrites the beginning of a place with float32. */
  write(view: View, values: ArrayLike<number>): void;
  /** Overwrites the beginning of a place with 32-bit whole numbers (signed or not). */
  writeWords(view: View, values: ArrayLike<number>): void;
  /** Overwrites the beginning of a place with wide numbers. */
  writeWide(view: View, values: ArrayLike<number>): void;
  /** A copy of a place as float32, after all that was queued before. */
  read(view: View): Promise<Float32Array>;
  /** The same as unsigned whole numbers. */
  readWords(view: View): Promise<Uint32Array>;
  /** The same as wide numbers. */
  readWide(view: View): Promise<Float64Array>;
  /** Several places, one after the other, in one go: their bits as unsigned whole numbers. */
  readParts(views: readonly View[]): Promise<Uint32Array<ArrayBuffer>>;

  /** Turns recorded calls into a program. */
  compile(recorder: Recorder): Program;
  /** Runs recorded calls once. */
  perform(recorder: Recorder): void;
  /** Waits until little is queued; at once where nothing queues. Error: device-lost. */
  settle(): Promise<void>;
  /** Ends the device; nothing of it may be used afterwards. */
  dispose(): void;
}

/** A part of a place, in numbers of 32 bits. */
export function part(view: View, from: number, count: number): View {
  return { address: view.address + from * 4, bytes: count * 4 };
}
