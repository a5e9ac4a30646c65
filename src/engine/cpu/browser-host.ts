/** @file The CPU device's surroundings in a browser's worker: binaries by address, helpers as nested workers. */
import relaxedThreads from './binary/relaxed-threads.wasm?url';
import relaxed from './binary/relaxed.wasm?url';
import simdThreads from './binary/simd-threads.wasm?url';
import simd from './binary/simd.wasm?url';
import type { CpuHost, HelperStart } from './host.ts';

const ADDRESSES = {
  simd,
  relaxed,
  'simd-threads': simdThreads,
  'relaxed-threads': relaxedThreads,
};

const MAX_THREADS = 8;

/** As many threads as the processor has cores, if the page is cross-origin isolated; else one. */
export function browserCpuHost(): CpuHost {
  const cores = Math.min(MAX_THREADS, globalThis.navigator?.hardwareConcurrency ?? 1);
  return {
    threads: globalThis.crossOriginIsolated === true ? cores : 1,
    binary: async (name) => (await fetch(ADDRESSES[name])).arrayBuffer(),
    startHelper: (start: HelperStart) =>
      new Promise((resolve, reject) => {
        const worker = new Worker(new URL('./helper.worker.ts', import.meta.url), {
          type: 'module',
        });
        worker.onmessage = () => resolve({ terminate: () => worker.terminate() });
        worker.onerror = () => reject(new Error('a helper thread could not be started'));
        worker.postMessage(start);
      }),
  };
}
