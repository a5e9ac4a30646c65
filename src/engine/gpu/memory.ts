/**
 * @file Memory of the GPU: every allocation is a buffer of its own, and freed buffers are kept for the next one of their size.
 *
 * A view's address is virtual: the buffer's number times 2³³ plus an offset in bytes, so parts of places and the search for
 * overlaps work as on the CPU.
 */
import type { View } from '../kernels/list.ts';
import { gpuFull } from './errors.ts';

/** Addresses between the beginnings of two buffers. */
const BUFFER_SPAN = 2 ** 33;

/** Usage flags; the specification fixes the numbers, and Node has no globals for them. */
export const USAGE = {
  mapRead: 1,
  copySource: 4,
  copyTarget: 8,
  uniform: 64,
  storage: 128,
} as const;

/** Number of the buffer that stands for working memory of a kernel. */
export const SCRATCH_BUFFER = 0;

const STORAGE = USAGE.storage | USAGE.copySource | USAGE.copyTarget;
const SMALLEST = 256;
const POOLED_BYTES = 2 ** 28;

/** One buffer with its number. */
export interface NumberedBuffer {
  readonly id: number;
  readonly buffer: GPUBuffer;
  readonly bytes: number;
}

/** Number of the buffer that a view lies in. */
export function bufferNumber(view: View): number {
  return Math.floor(view.address / BUFFER_SPAN);
}

/** Bytes from the beginning of its buffer to a view. */
export function offsetOf(view: View): number {
  return view.address % BUFFER_SPAN;
}

/** Buffers in use and buffers kept for later. */
export class GpuMemory {
  /** Bytes that are handed out now. */
  bytesInUse = 0;
  readonly #device: GPUDevice;
  readonly #live = new Map<number, NumberedBuffer>();
  readonly #kept = new Map<number, NumberedBuffer[]>();
  readonly #spareNumbers: number[] = [];
  readonly #onDestroy: () => void;
  #next = SCRATCH_BUFFER + 1;
  #keptBytes = 0;

  /** @param onDestroy called before a buffer goes for good */
  constructor(device: GPUDevice, onDestroy: () => void) {
    this.#device = device;
    this.#onDestroy = onDestroy;
  }

  /**
   * A place for so many bytes.
   *
   * @returns `used`: the place held something before and must be cleared. Error: out-of-memory.
   */
  allocate(bytes: number): { readonly view: View; readonly used: NumberedBuffer | null } {
    const size = sizeClass(bytes);
    const limit = this.#device.limits.maxBufferSize;
    if (size > limit) throw gpuFull(bytes, limit);
    const kept = this.#kept.get(size)?.pop() ?? null;
    if (kept !== null) this.#keptBytes -= size;
    const buffer = kept ?? this.#create(size);
    this.#live.set(buffer.id, buffer);
    this.bytesInUse += size;
    return { view: { address: buffer.id * BUFFER_SPAN, bytes }, used: kept };
  }

  /** Takes a place back. Error: RangeError for a place that is not in use. */
  free(view: View): void {
    const buffer = this.bufferOf(view);
    this.#live.delete(buffer.id);
    this.bytesInUse -= buffer.bytes;
    if (this.#keptBytes + buffer.bytes > POOLED_BYTES) {
      this.#onDestroy();
      buffer.buffer.destroy();
      this.#spareNumbers.push(buffer.id);
      return;
    }
    this.#keptBytes += buffer.bytes;
    const same = this.#kept.get(buffer.bytes);
    if (same === undefined) this.#kept.set(buffer.bytes, [buffer]);
    else same.push(buffer);
  }

  /** The buffer that a view lies in. Error: RangeError for a place that is not in use. */
  bufferOf(view: View): NumberedBuffer {
    const buffer = this.#live.get(bufferNumber(view));
    if (buffer === undefined) throw new RangeError('a place on the GPU is used after it was freed');
    return buffer;
  }

  /** Destroys everything. */
  dispose(): void {
    for (const { buffer } of this.#live.values()) buffer.destroy();
    for (const same of this.#kept.values()) same.forEach(({ buffer }) => buffer.destroy());
    this.#live.clear();
    this.#kept.clear();
  }

  #create(size: number): NumberedBuffer {
    const id = this.#spareNumbers.pop() ?? this.#next++;
    return { id, buffer: this.#device.createBuffer({ size, usage: STORAGE }), bytes: size };
  }
}

/** The size, in eighths of a power of two, that so many bytes are given: at most an eighth is wasted. */
export function sizeClass(bytes: number): number {
  if (bytes <= SMALLEST) return SMALLEST;
  const step = Math.max(SMALLEST, 2 ** (Math.floor(Math.log2(bytes - 1)) - 2));
  return Math.ceil(bytes / step) * step;
}
