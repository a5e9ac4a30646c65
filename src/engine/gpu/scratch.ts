/** @file Working memory of kernels: one buffer for all of them, as dispatches run one after the other. */
import type { View } from '../kernels/list.ts';
import { gpuFull } from './errors.ts';
import { SCRATCH_BUFFER, sizeClass, USAGE, type NumberedBuffer } from './memory.ts';

const ALIGNMENT = 256;

/** Places for one call, counted from the beginning of the scratch buffer. */
export interface ScratchRoom {
  readonly bytes: number;
  readonly take: (count: number) => View;
}

/** The scratch buffer; it grows, and programs keep the one they were made with. */
export class Scratch {
  readonly #device: GPUDevice;
  readonly #onGrow: () => void;
  #buffer: NumberedBuffer | null = null;

  constructor(device: GPUDevice, onGrow: () => void) {
    this.#device = device;
    this.#onGrow = onGrow;
  }

  /** An empty room. */
  room(): ScratchRoom {
    let bytes = 0;
    const take = (count: number): View => {
      const view = { address: bytes, bytes: count * 4 };
      bytes += Math.ceil((count * 4) / ALIGNMENT) * ALIGNMENT;
      return view;
    };
    return {
      get bytes() {
        return bytes;
      },
      take,
    };
  }

  /** The buffer, of at least this size. Error: out-of-memory. */
  atLeast(bytes: number): NumberedBuffer {
    if (this.#buffer !== null && this.#buffer.bytes >= bytes) return this.#buffer;
    const size = sizeClass(bytes);
    const limit = this.#device.limits.maxBufferSize;
    if (size > limit) throw gpuFull(bytes, limit);
    const usage = USAGE.storage | USAGE.copySource | USAGE.copyTarget;
    const buffer = this.#device.createBuffer({ size, usage });
    this.#buffer = { id: SCRATCH_BUFFER, buffer, bytes: size };
    this.#onGrow();
    return this.#buffer;
  }
}
