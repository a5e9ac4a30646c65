/** @file Ways out of the GPU's memory: copies into mappable buffers, which are kept for the next reading. */
import { gpuFull } from './errors.ts';
import { sizeClass, USAGE } from './memory.ts';
import type { CommandStream } from './stream.ts';

const KEPT = 8;

/** Larger ones are not kept. */
const KEPT_BYTES = 2 ** 25;

/** A stretch of a buffer. */
export interface Stretch {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly bytes: number;
}

/** Copies stretches of buffers to the host. */
export class Readback {
  readonly #device: GPUDevice;
  readonly #stream: CommandStream;
  readonly #kept: GPUBuffer[] = [];

  constructor(device: GPUDevice, stream: CommandStream) {
    this.#device = device;
    this.#stream = stream;
  }

  /** The stretches one after the other. Rejects where the device is lost. */
  async read(stretches: readonly Stretch[]): Promise<ArrayBuffer> {
    const bytes = stretches.reduce((sum, s) => sum + s.bytes, 0);
    if (bytes === 0) return new ArrayBuffer(0);
    const staging = this.#take(bytes);
    let at = 0;
    for (const s of stretches) {
      if (s.bytes > 0) this.#stream.copy(s.buffer, s.offset, staging, at, s.bytes);
      at += s.bytes;
    }
    this.#stream.submit();
    await this.#awake(staging.mapAsync(1, 0, bytes));
    const copy = staging.getMappedRange(0, bytes).slice(0);
    staging.unmap();
    if (this.#kept.length < KEPT && staging.size <= KEPT_BYTES) this.#kept.push(staging);
    else staging.destroy();
    return copy;
  }

  #take(bytes: number): GPUBuffer {
    const size = sizeClass(bytes);
    const limit = this.#device.limits.maxBufferSize;
    if (size > limit) throw gpuFull(bytes, limit);
    const at = this.#kept.findIndex((b) => b.size === size);
    if (at >= 0) return this.#kept.splice(at, 1)[0];
    return this.#device.createBuffer({ size, usage: USAGE.mapRead | USAGE.copyTarget });
  }

  /** Firefox looks for finished work every 100 ms unless something is submitted (its bug 1870699). */
  async #awake(work: Promise<undefined>): Promise<void> {
    if (!/Firefox/.test(globalThis.navigator?.userAgent ?? '')) return work;
    const timer = setInterval(() => this.#device.queue.submit([]), 1);
    try {
      await work;
    } finally {
      clearInterval(timer);
    }
  }
}
