/**
 * @file Chooses what the models run on: a real GPU that passes a test calculation, else the CPU with as many threads as there are.
 *
 * The GPU comes in by a function, so that who needs none loads none of it.
 */
import { StudioError } from '../protocol/errors.ts';
import type { DeviceReport } from '../protocol/model.ts';
import type { ComputeDevice } from './compute-device.ts';
import { adoptDevice, presentDevice, productSpeed, startCpuDevice } from './compute.ts';
import type { CpuHost } from './cpu/host.ts';

/** An opened GPU that passed its test, or why none is used: a sentence for a person. */
export type GpuOutcome =
  { readonly device: ComputeDevice; readonly name: string } | { readonly why: string };

/** Opens the GPU. */
export type OpenGpu = (options: {
  /** Also take an adapter that is emulated in software. */
  readonly acceptEmulated: boolean;
  /** Called once if the GPU goes away later, but not when it is given up on purpose. */
  readonly onLost: (reason: string) => void;
}) => Promise<GpuOutcome>;

/** What the caller provides. */
export interface BackendOptions {
  /** Surroundings of the CPU device. */
  readonly cpuHost: CpuHost;
  /** Way to a GPU; without it the CPU computes. */
  readonly openGpu?: OpenGpu;
  /** Called once if the GPU goes away. */
  readonly onLost?: (reason: string) => void;
  /** GFLOP/s of a device; what `auto` compares. */
  readonly speed?: (device: ComputeDevice) => Promise<number>;
}

/** A device a caller may force; `auto` takes the best one. */
export type DevicePreference = 'auto' | 'webgpu' | 'cpu';

/**
 * Makes the best device the present one and says which it is.
 *
 * `webgpu` also takes an emulated GPU, for tests. Error: device-lost if the device cannot be had.
 */
export async function selectDevice(
  prefer: DevicePreference,
  options: BackendOptions,
): Promise<DeviceReport> {
  let whyNoGpu = 'The CPU was asked for.';
  if (prefer !== 'cpu') {
    const gpu = await tryGpu(prefer === 'webgpu', options);
    const slow = 'device' in gpu && prefer === 'auto' ? await slowerThanCpu(gpu, options) : null;
    if ('device' in gpu && slow === null) {
      adoptDevice(gpu.device);
      return { kind: 'webgpu', threads: 1, name: gpu.name, whyNoGpu: null };
    }
    whyNoGpu = slow ?? ('why' in gpu ? gpu.why : whyNoGpu);
    if (prefer === 'webgpu') throw unavailable(whyNoGpu);
  }
  const cpu = await cpuDevice(options.cpuHost);
  if (cpu === null) throw unavailable('This browser cannot run WebAssembly with vectors (SIMD).');
  adoptDevice(cpu);
  const { threads } = cpu;
  const kind = threads > 1 ? 'wasm-threads' : 'wasm';
  return { kind, threads, name: 'WebAssembly', whyNoGpu };
}

async function tryGpu(force: boolean, options: BackendOptions): Promise<GpuOutcome> {
  const { openGpu, onLost = () => undefined } = options;
  if (openGpu === undefined) return { why: 'No GPU is offered here.' };
  try {
    return await openGpu({ acceptEmulated: force, onLost });
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    return { why: `The GPU could not be started: ${cause}` };
  }
}

/** The CPU device in use, or a new one. */
function cpuDevice(host: CpuHost): Promise<ComputeDevice | null> {
  const present = presentDevice();
  return present?.kind === 'cpu' ? Promise.resolve(present) : startCpuDevice(host);
}

/** Why a GPU is not worth using, or null: small ones lose against several processor cores. A slow one is ended. */
async function slowerThanCpu(
  gpu: { readonly device: ComputeDevice; readonly name: string },
  { cpuHost, speed = productSpeed }: BackendOptions,
): Promise<string | null> {
  const cpu = await cpuDevice(cpuHost);
  if (cpu === null) return null;
  const [own, other] = [await speed(gpu.device), await speed(cpu)];
  if (cpu !== presentDevice()) cpu.dispose();
  if (own >= other) return null;
  gpu.device.dispose();
  const rates = `${Math.round(own)} against ${Math.round(other)} GFLOP/s`;
  return `The GPU (${gpu.name}) is slower here than the CPU: ${rates}.`;
}

function unavailable(why: string): StudioError {
  return new StudioError(
    'device-lost',
    'The chosen device cannot be used.',
    `${why} Choose another device or a current browser, or leave the choice to Cellsmith.`,
  );
}
