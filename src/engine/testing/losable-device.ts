/** @file Test helper: a device that computes like the CPU, calls itself a GPU, and can be lost as one. */
import { StudioError } from '../../protocol/errors.ts';
import type { ComputeDevice, Program } from '../compute-device.ts';
import type { CpuDevice } from '../cpu/device.ts';
import type { View } from '../kernels/list.ts';
import type { Recorder } from '../plan/recorder.ts';

/** Passes everything on to a CPU device until it is lost; then nothing happens any more and whatever waits fails. */
export class LosableDevice implements ComputeDevice {
  readonly kind = 'webgpu';
  readonly threads = 1;
  readonly alignment = 64;
  readonly dataBudget = 0;
  readonly #inner: CpuDevice;
  readonly #onLost: () => void;
  #lost = false;
  /** Programs that may still run; then the device is lost. */
  runsLeft = Infinity;

  constructor(inner: CpuDevice, onLost: () => void) {
    this.#inner = inner;
    this.#onLost = onLost;
  }

  /** Whether it is lost. */
  get lost(): boolean {
    return this.#lost;
  }

  /** Loses it now; the owner is told a little later, as a browser does. */
  lose(): void {
    if (this.#lost) return;
    this.#lost = true;
    setTimeout(this.#onLost, 5);
  }

  get bytesInUse(): number {
    return this.#inner.bytesInUse;
  }

  allocate(count: number): View {
    return this.#inner.allocate(count);
  }

  allocateWide(count: number): View {
    return this.#inner.allocateWide(count);
  }

  free(...views: readonly View[]): void {
    this.#inner.free(...views);
  }

  write(view: View, values: ArrayLike<number>): void {
    if (!this.#lost) this.#inner.write(view, values);
  }

  writeWords(view: View, values: ArrayLike<number>): void {
    if (!this.#lost) this.#inner.writeWords(view, values);
  }

  writeWide(view: View, values: ArrayLike<number>): void {
    if (!this.#lost) this.#inner.writeWide(view, values);
  }

  read(view: View): Promise<Float32Array> {
    return this.#unlessLost(() => this.#inner.read(view));
  }

  readWords(view: View): Promise<Uint32Array> {
    return this.#unlessLost(() => this.#inner.readWords(view));
  }

  readWide(view: View): Promise<Float64Array> {
    return this.#unlessLost(() => this.#inner.readWide(view));
  }

  readParts(views: readonly View[]): Promise<Uint32Array<ArrayBuffer>> {
    return this.#unlessLost(() => this.#inner.readParts(views));
  }

  compile(recorder: Recorder): Program {
    const program = this.#inner.compile(recorder);
    const run = (): void => {
      if (this.runsLeft-- <= 0) this.lose();
      if (!this.#lost) program.run();
    };
    return { run, dispose: () => program.dispose() };
  }

  perform(recorder: Recorder): void {
    if (!this.#lost) this.#inner.perform(recorder);
  }

  settle(): Promise<void> {
    return this.#unlessLost(() => Promise.resolve());
  }

  dispose(): void {
    this.#lost = true;
    this.#inner.dispose();
  }

  #unlessLost<Result>(work: () => Promise<Result>): Promise<Result> {
    if (!this.#lost) return work();
    return Promise.reject(new StudioError('device-lost', 'The GPU stopped working.', 'A test.'));
  }
}
