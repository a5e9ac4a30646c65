/** @file The queue of the GPU: commands are gathered in one encoder and submitted together; writes keep their place in the order. */
import type { NumberedBuffer } from './memory.ts';

/** Gathers commands until they are submitted. */
export class CommandStream {
  readonly #device: GPUDevice;
  readonly #beforeSubmit: () => void;
  readonly #touched = new Set<number>();
  #encoder: GPUCommandEncoder | null = null;
  #pass: GPUComputePassEncoder | null = null;

  /** @param beforeSubmit called before gathered commands are submitted */
  constructor(device: GPUDevice, beforeSubmit: () => void) {
    this.#device = device;
    this.#beforeSubmit = beforeSubmit;
  }

  /** The compute pass to record dispatches into. */
  pass(touched: readonly number[] = []): GPUComputePassEncoder {
    for (const id of touched) this.#touched.add(id);
    this.#pass ??= this.#open().beginComputePass();
    return this.#pass;
  }

  /** Sets a buffer to 0. */
  clear({ id, buffer }: NumberedBuffer): void {
    this.#copies().clearBuffer(buffer);
    this.#touched.add(id);
  }

  /** Copies bytes from one buffer into another one. */
  copy(from: GPUBuffer, offset: number, to: GPUBuffer, at: number, bytes: number): void {
    this.#copies().copyBufferToBuffer(from, offset, to, at, bytes);
  }

  /** Writes into a buffer, after all commands that touch it. */
  write(
    { id, buffer }: NumberedBuffer,
    offset: number,
    values: ArrayBufferView<ArrayBuffer>,
  ): void {
    if (this.#touched.has(id)) this.submit();
    this.#device.queue.writeBuffer(buffer, offset, values);
  }

  /** Submits what was gathered. */
  submit(): void {
    const encoder = this.#encoder;
    if (encoder === null) return;
    this.#endPass();
    this.#encoder = null;
    this.#touched.clear();
    this.#beforeSubmit();
    this.#device.queue.submit([encoder.finish()]);
  }

  #open(): GPUCommandEncoder {
    this.#encoder ??= this.#device.createCommandEncoder();
    return this.#encoder;
  }

  #copies(): GPUCommandEncoder {
    this.#endPass();
    return this.#open();
  }

  #endPass(): void {
    this.#pass?.end();
    this.#pass = null;
  }
}
