/** @file The CPU device's surroundings in Node: binaries from the package, helpers as worker threads. Never in browser code. */
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import type { CpuHost } from './host.ts';

const MAX_THREADS = 16;

/** A helper as text: Node's threads cannot load TypeScript by themselves. */
const HELPER = `
const { parentPort, workerData } = require('node:worker_threads');
const { module, memory, thread, seen } = workerData;
WebAssembly.instantiate(module, { env: { memory } }).then(({ exports }) => {
  parentPort.postMessage('ready');
  exports.help(thread, seen);
});
`;

/**
 * Asks for fused multiply-adds where Node has them behind a flag (Node 20), so that the device computes as it does in browsers and in later
 * versions of Node. For this process and threads of it, from now on.
 */
export function askForRelaxedSimd(): void {
  if (process.versions.node.startsWith('20.'))
    setFlagsFromString('--experimental-wasm-relaxed-simd');
}

/** @param threads how many to use; by default one per processor core */
export function nodeCpuHost(threads = Math.min(MAX_THREADS, availableParallelism())): CpuHost {
  return {
    threads,
    binary: async (name) =>
      Uint8Array.from(await readFile(join(import.meta.dirname, 'binary', `${name}.wasm`))),
    startHelper: (start) =>
      new Promise((resolve, reject) => {
        const worker = new Worker(HELPER, { eval: true, workerData: start });
        worker.once('message', () => resolve({ terminate: () => void worker.terminate() }));
        worker.once('error', reject);
        worker.unref();
      }),
  };
}
