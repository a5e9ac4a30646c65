/** @file What the CPU device needs from where it runs: its binaries and its threads. */

/** Names of the binaries. */
export type KernelBinary = 'simd' | 'relaxed' | 'simd-threads' | 'relaxed-threads';

/** What a helper thread is started with. */
export interface HelperStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Its number, from 1. */
  readonly thread: number;
  /** Commands given before it was there. */
  readonly seen: number;
}

/** A running helper. */
export interface Helper {
  terminate(): void;
}

/** The surroundings: a browser's worker, or Node. */
export interface CpuHost {
  /** Threads to use in all, ≥ 1. */
  readonly threads: number;
  /** The bytes of a binary. */
  binary(name: KernelBinary): Promise<BufferSource>;
  /** Starts a helper; settles when it waits for work. */
  startHelper(start: HelperStart): Promise<Helper>;
}
