/**
 * @file The CPU device: memory, programs and threads around the WebAssembly kernels.
 *
 * Every thread runs the whole program and takes its share of each call; barriers stand only where a call needs another's
 * result. Without shared memory there is one thread.
 */
import type { Recorder } from '../plan/recorder.ts';
import { findBarriers } from '../plan/recorder.ts';
import type { ComputeDevice, Program } from '../compute-device.ts';
import { KERNELS, type RecordedCall, type View } from '../kernels/list.ts';
import { Heap } from './heap.ts';
import type { CpuHost, Helper, KernelBinary } from './host.ts';
import { ThreadChoice } from './thread-choice.ts';
import { CALL_WORDS, PAGE_BYTES, SCRATCH_BYTES, SCRATCH_START } from './layout.ts';

const NUMBER_OF = new Map(Object.keys(KERNELS).map((name, i) => [name, i + 1]));
const MAX_PAGES = 65_536;
const BARRIER = 0;
const HELPER_START_MS = 5000;

interface Exports {
  run(program: number, calls: number, threads: number): void;
}

/** Memory and threads of this computer's processor. */
export class CpuDevice implements ComputeDevice {
  readonly kind = 'cpu';
  /** Vectors of four numbers may cross no array's end. */
  readonly alignment = 4;
  /** Batches are written where the data are already: into this memory. */
  readonly dataBudget = 0;
  /** Threads that take part. */
  readonly threads: number;
  readonly binary: KernelBinary;
  readonly #memory: WebAssembly.Memory;
  readonly #exports: Exports;
  readonly #helpers: readonly Helper[];
  readonly #heap: Heap;

  private constructor(
    memory: WebAssembly.Memory,
    exports: Exports,
    helpers: readonly Helper[],
    binary: KernelBinary,
  ) {
    this.#memory = memory;
    this.#exports = exports;
    this.#helpers = helpers;
    this.threads = helpers.length + 1;
    this.binary = binary;
    this.#heap = new Heap(heapStart(this.threads), (end) => growTo(memory, end));
  }

  /** Starts the device with as many threads as the host and the page allow. */
  static async start(host: CpuHost): Promise<CpuDevice> {
    const relaxed = WebAssembly.validate(RELAXED_PROBE) ? 'relaxed' : 'simd';
    if (host.threads > 1 && typeof SharedArrayBuffer !== 'undefined') {
      const device = await CpuDevice.#startThreads(host, `${relaxed}-threads`).catch(() => null);
      if (device !== null) return device;
    }
    const module = await WebAssembly.compile(await host.binary(relaxed));
    const memory = new WebAssembly.Memory({ initial: pages(heapStart(1)), maximum: MAX_PAGES });
    return new CpuDevice(memory, await instantiate(module, memory), [], relaxed);
  }

  static async #startThreads(host: CpuHost, binary: KernelBinary): Promise<CpuDevice> {
    const module = await WebAssembly.compile(await host.binary(binary));
    const memory = new WebAssembly.Memory({
      initial: pages(heapStart(host.threads)),
      maximum: MAX_PAGES,
      shared: true,
    });
    const exports = await instantiate(module, memory);
    const starts = Array.from({ length: host.threads - 1 }, (_, i) =>
      host.startHelper({ module, memory, thread: i + 1, seen: 0 }),
    );
    try {
      const helpers = await Promise.race([Promise.all(starts), timeLimit(HELPER_START_MS)]);
      return new CpuDevice(memory, exports, helpers, binary);
    } catch (error) {
      for (const start of starts) void start.then((helper) => helper.terminate()).catch(() => null);
      throw error;
    }
  }

  get bytesInUse(): number {
    return this.#heap.bytesInUse;
  }

  /** Ends the helpers; nothing of this device may be used afterwards. */
  dispose(): void {
    for (const helper of this.#helpers) helper.terminate();
  }

  /** Memory for so many float32 (or 32-bit) numbers, all 0. */
  allocate(count: number): View {
    const view = this.#heap.allocate(count * 4);
    new Uint8Array(this.#memory.buffer, view.address, Math.ceil(view.bytes / 64) * 64 + 64).fill(0);
    return view;
  }

  /** Memory for so many float64 numbers, all 0. */
  allocateWide(count: number): View {
    return this.allocate(count * 2);
  }

  /** Gives memory back. */
  free(...views: readonly View[]): void {
    for (const view of views) this.#heap.free(view);
  }

  /** The numbers at a place; the array dies when memory is allocated, so keep none. */
  floats(view: View): Float32Array {
    return new Float32Array(this.#memory.buffer, view.address, view.bytes >> 2);
  }

  /** The same as unsigned whole numbers. */
  words(view: View): Uint32Array {
    return new Uint32Array(this.#memory.buffer, view.address, view.bytes >> 2);
  }

  /** The same as float64. */
  doubles(view: View): Float64Array {
    return new Float64Array(this.#memory.buffer, view.address, view.bytes >> 3);
  }

  write(view: View, values: ArrayLike<number>): void {
    this.floats(view).set(values);
  }

  writeWords(view: View, values: ArrayLike<number>): void {
    this.words(view).set(values);
  }

  writeWide(view: View, values: ArrayLike<number>): void {
    this.doubles(view).set(values);
  }

  read(view: View): Promise<Float32Array> {
    return Promise.resolve(this.floats(view).slice());
  }

  readWords(view: View): Promise<Uint32Array> {
    return Promise.resolve(this.words(view).slice());
  }

  readWide(view: View): Promise<Float64Array> {
    return Promise.resolve(this.doubles(view).slice());
  }

  readParts(views: readonly View[]): Promise<Uint32Array<ArrayBuffer>> {
    const all = new Uint32Array(views.reduce((sum, { bytes }) => sum + bytes / 4, 0));
    let at = 0;
    for (const view of views) {
      all.set(this.words(view), at);
      at += view.bytes / 4;
    }
    return Promise.resolve(all);
  }

  /** A program has ended when `run` returns. */
  settle(): Promise<void> {
    return Promise.resolve();
  }

  /** Turns recorded calls into a program. */
  compile({ calls }: Recorder): Program {
    const words = encode(calls);
    const count = words.length / CALL_WORDS;
    const program = this.allocate(words.length);
    this.words(program).set(words);
    const choice = new ThreadChoice(this.threads);
    return {
      run: () => choice.time((threads) => this.#exports.run(program.address, count, threads)),
      dispose: () => this.free(program),
    };
  }

  /** Runs recorded calls once. */
  perform(recorder: Recorder): void {
    const program = this.compile(recorder);
    program.run();
    program.dispose();
  }
}

/** Calls as words, with barriers where they are needed. */
function encode(calls: readonly RecordedCall[]): Uint32Array {
  const waits = findBarriers(calls);
  const words: number[] = [];
  calls.forEach((call, i) => {
    if (waits[i]) words.push(BARRIER, ...new Array<number>(CALL_WORDS - 1).fill(0));
    const row = new Uint32Array(CALL_WORDS);
    const floats = new Float32Array(row.buffer);
    row[0] = NUMBER_OF.get(call.kernel) as number;
    call.arguments.forEach(({ kind, value }, a) => {
      if (typeof value !== 'number') row[a + 1] = value?.address ?? 0;
      else if (kind === 'float') floats[a + 1] = value;
      else row[a + 1] = value;
    });
    words.push(...row);
  });
  return Uint32Array.from(words);
}

async function instantiate(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
): Promise<Exports> {
  const instance = await WebAssembly.instantiate(module, { env: { memory } });
  return instance.exports as unknown as Exports;
}

function heapStart(threads: number): number {
  return SCRATCH_START + threads * SCRATCH_BYTES;
}

function pages(bytes: number): number {
  return Math.ceil(bytes / PAGE_BYTES);
}

function growTo(memory: WebAssembly.Memory, end: number): void {
  const missing = pages(end) - memory.buffer.byteLength / PAGE_BYTES;
  // Growing costs more than memory that is not touched, so it goes by 16 MiB.
  if (missing > 0)
    memory.grow(
      Math.min(Math.max(missing, 256), MAX_PAGES - memory.buffer.byteLength / PAGE_BYTES),
    );
}

function timeLimit(milliseconds: number): Promise<never> {
  return new Promise((_, reject) =>
    setTimeout(() => reject(new Error('the helper threads did not start')), milliseconds),
  );
}

/** A module whose one function does a relaxed multiply-add; valid only where relaxed SIMD is known. */
const RELAXED_PROBE = Uint8Array.of(
  0,
  97,
  115,
  109,
  1,
  0,
  0,
  0,
  1,
  5,
  1,
  96,
  0,
  1,
  123,
  3,
  2,
  1,
  0,
  10,
  15,
  1,
  13,
  0,
  65,
  1,
  253,
  15,
  65,
  2,
  253,
  15,
  253,
  128,
  2,
  11,
);
