/**
 * @file Opens a GPU: a real one unless told otherwise, with all the room its adapter offers, tested before it is handed out.
 */
import type { GpuOutcome } from '../backend.ts';
import { GpuDevice } from './device.ts';
import { passesGpuSelfTest } from './self-test.ts';

/** How a GPU is opened. */
export interface OpenGpuOptions {
  /** Also take an adapter that is emulated in software (tests). */
  readonly acceptEmulated: boolean;
  /** Called once if the device is lost later, but not when it is given up on purpose. */
  readonly onLost: (reason: string) => void;
  /** Where adapters come from; the browser's own unless given (node-gpu.ts). */
  readonly gpu?: GPU;
}

const LIMITS = [
  'maxStorageBuffersPerShaderStage',
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupsPerDimension',
] as const satisfies readonly (keyof GPUSupportedLimits)[];

/** A GPU that computed a short test rightly, or a sentence why there is none. */
export async function openGpu(options: OpenGpuOptions): Promise<GpuOutcome> {
  const gpu = options.gpu ?? (globalThis.navigator as { gpu?: GPU } | undefined)?.gpu;
  if (gpu === undefined) return { why: 'WebGPU is not offered here.' };
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) return { why: 'No usable GPU was found here.' };
  if (isEmulated(adapter) && !options.acceptEmulated) {
    return { why: 'The only GPU here is emulated in software, which is slower than the CPU.' };
  }
  const name = adapterName(adapter);
  const device = new GpuDevice(await requestDevice(adapter), name, options.onLost);
  if (await passesGpuSelfTest(device)) return { device, name };
  device.dispose();
  return { why: `The GPU (${name}) gave wrong results in a test calculation.` };
}

/** A device with the adapter's own limits, and timestamps where it has them. */
export function requestDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  return adapter.requestDevice({
    requiredFeatures: (['timestamp-query'] as const).filter((f) => adapter.features.has(f)),
    requiredLimits: Object.fromEntries(LIMITS.map((name) => [name, adapter.limits[name]])),
  });
}

/** Whether an adapter is a program that plays a GPU. */
function isEmulated(adapter: GPUAdapter): boolean {
  const older = adapter as GPUAdapter & { readonly isFallbackAdapter?: boolean };
  return adapter.info.isFallbackAdapter ?? older.isFallbackAdapter ?? false;
}

/** Maker and family of a GPU, as far as it tells. */
export function adapterName({ info }: GPUAdapter): string {
  const { vendor, architecture, description } = info;
  return description || [vendor, architecture].filter((p) => p !== '').join(' ') || 'GPU';
}
