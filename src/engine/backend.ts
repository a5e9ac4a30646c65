/**
 * @file Chooses what the model runs on: a real GPU that passes a test calculation, else CPU threads, else one CPU thread.
 *
 * We own the GPU device, so that its loss is noticed and an emulated one is refused. WebAssembly binaries come from
 * where the caller says (same origin in the browser, the package's folder in Node).
 */
import '@tensorflow/tfjs-backend-cpu';
import { getThreadsCount, setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { StudioError } from '../protocol/errors.ts';
import type { DeviceReport } from '../protocol/model.ts';
import { startCpuDevice, stopCpuDevice } from './compute.ts';
import type { CpuHost } from './cpu/host.ts';
import { gpuRefusal, openGpu, type GpuRefusal } from './gpu-device.ts';
import { passesSelfTest } from './self-test.ts';

/** Where the three WebAssembly binaries are: a folder (with a slash at its end) or one address each. */
export type WasmPaths = string | Readonly<Record<WasmBinary, string>>;

/** File names of the WebAssembly binaries. */
export type WasmBinary =
  'tfjs-backend-wasm.wasm' | 'tfjs-backend-wasm-simd.wasm' | 'tfjs-backend-wasm-threaded-simd.wasm';

/** What the caller provides. */
export interface BackendOptions {
  readonly wasmPaths: WasmPaths;
  /** Surroundings of our own CPU device; without them, or where it does not run, tfjs' WebAssembly backend computes. */
  readonly cpuHost?: CpuHost;
  /** Called once if the GPU goes away. */
  readonly onLost?: (reason: string) => void;
}

/** A device a caller may force; `auto` takes the best one. */
export type DevicePreference = 'auto' | 'webgpu' | 'wasm' | 'cpu';

const THREADED_START_MS = 10_000;
const MAX_THREADS = 8;

/**
 * Makes the best device the present one and says which it is.
 *
 * `webgpu` also takes an emulated GPU, for tests. Error: device-lost if the forced device cannot be had.
 */
export async function selectDevice(
  prefer: DevicePreference,
  options: BackendOptions,
): Promise<DeviceReport> {
  tf.enableProdMode();
  let whyNoGpu = 'The CPU was asked for.';
  if (prefer === 'auto' || prefer === 'webgpu') {
    const outcome = await tryGpu(prefer === 'webgpu', options);
    if ('kind' in outcome) {
      stopCpuDevice();
      return outcome;
    }
    whyNoGpu = outcome.why;
    if (prefer === 'webgpu') throw unavailable(whyNoGpu);
  }
  if (prefer !== 'cpu') {
    const own = await tryCpuDevice(options.cpuHost, whyNoGpu);
    if (own !== null) return own;
    const report = await tryWasm(options.wasmPaths, whyNoGpu);
    if (report !== null) return report;
    if (prefer === 'wasm') throw unavailable('WebAssembly does not run here.');
  }
  stopCpuDevice();
  await tf.setBackend('cpu');
  return { kind: 'cpu', threads: 1, name: 'JavaScript', whyNoGpu };
}

async function tryGpu(force: boolean, options: BackendOptions): Promise<DeviceReport | GpuRefusal> {
  try {
    const gpu = await openGpu(force, options.onLost ?? (() => undefined));
    if ('why' in gpu) return gpu;
    if (await passesSelfTest()) {
      return { kind: 'webgpu', threads: 1, name: gpu.name, whyNoGpu: null };
    }
    tf.removeBackend('webgpu');
    return gpuRefusal(`The GPU (${gpu.name}) gave wrong results in a test calculation.`);
  } catch (error) {
    tf.removeBackend('webgpu');
    const cause = error instanceof Error ? error.message : String(error);
    return gpuRefusal(`The GPU could not be started: ${cause}`);
  }
}

/** Our own kernels; what little is left to tensors then runs in plain JavaScript. */
async function tryCpuDevice(
  host: CpuHost | undefined,
  whyNoGpu: string,
): Promise<DeviceReport | null> {
  if (host === undefined) return null;
  const device = await startCpuDevice(host);
  if (device === null) return null;
  await tf.setBackend('cpu');
  const { threads } = device;
  const kind = threads > 1 ? 'wasm-threads' : 'wasm';
  return { kind, threads, name: 'WebAssembly', whyNoGpu };
}

async function tryWasm(paths: WasmPaths, whyNoGpu: string): Promise<DeviceReport | null> {
  if (tf.getBackend() === 'wasm') return wasmReport(whyNoGpu);
  setWasmPaths(typeof paths === 'string' ? paths : { ...paths });
  setThreadsCount(Math.min(MAX_THREADS, globalThis.navigator?.hardwareConcurrency ?? 1));
  const threaded = globalThis.crossOriginIsolated === true;
  if (threaded && (await startWasm(THREADED_START_MS))) return wasmReport(whyNoGpu);
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  return (await startWasm(null)) ? wasmReport(whyNoGpu) : null;
}

/** Starts the backend and tests it; a start of threads that does not end in time counts as failed. */
async function startWasm(limit: number | null): Promise<boolean> {
  const start = tf.setBackend('wasm').catch(() => false);
  const inTime =
    limit === null
      ? await start
      : await Promise.race([
          start,
          new Promise<boolean>((resolve) => setTimeout(() => resolve(false), limit)),
        ]);
  return inTime && (await passesSelfTest());
}

function wasmReport(whyNoGpu: string): DeviceReport {
  const threads = tf.env().getBool('WASM_HAS_MULTITHREAD_SUPPORT') ? getThreadsCount() : 1;
  return {
    kind: threads > 1 ? 'wasm-threads' : 'wasm',
    threads,
    name: 'WebAssembly',
    whyNoGpu,
  };
}

function unavailable(why: string): StudioError {
  return new StudioError(
    'device-lost',
    'The chosen device cannot be used.',
    `${why} Choose another device, or leave the choice to Cellsmith.`,
  );
}
