/** @file Opens a GPU device of our own and hands it to the tensor library. */
import * as tf from '@tensorflow/tfjs-core';

/** Why no GPU is used: a sentence for a person. */
export interface GpuRefusal {
  readonly why: string;
}

/** An opened GPU. */
export interface OpenedGpu {
  readonly name: string;
}

/** The parts of the WebGPU interface that are used here. */
interface Adapter {
  readonly info: { vendor: string; architecture: string; isFallbackAdapter?: boolean };
  readonly isFallbackAdapter?: boolean;
  readonly features: { has(name: string): boolean };
  readonly limits: Readonly<Record<string, number>>;
  requestDevice(descriptor: object): Promise<Device>;
}

interface Device {
  readonly lost: Promise<{ readonly message: string; readonly reason?: string }>;
}

interface Gpu {
  requestAdapter(options: object): Promise<Adapter | null>;
}

const LIMITS = [
  'maxStorageBuffersPerShaderStage',
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupsPerDimension',
] as const;

/** A refusal with its sentence. */
export function gpuRefusal(why: string): GpuRefusal {
  return { why };
}

/**
 * Makes `webgpu` the present backend on a device of our own.
 *
 * @param acceptEmulated also take an adapter that is emulated in software (tests)
 * @param onLost called if the device is lost later, but not when it is destroyed on purpose
 */
export async function openGpu(
  acceptEmulated: boolean,
  onLost: (reason: string) => void,
): Promise<OpenedGpu | GpuRefusal> {
  const gpu = (globalThis.navigator as unknown as { gpu?: Gpu } | undefined)?.gpu;
  if (gpu === undefined) return gpuRefusal('This browser does not offer WebGPU.');
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) return gpuRefusal('The browser found no usable GPU.');
  const emulated = adapter.info.isFallbackAdapter ?? adapter.isFallbackAdapter ?? false;
  if (emulated && !acceptEmulated) {
    return gpuRefusal('The only GPU here is emulated in software, which is slower than the CPU.');
  }
  const device = await adapter.requestDevice({
    requiredFeatures: ['timestamp-query'].filter((name) => adapter.features.has(name)),
    requiredLimits: Object.fromEntries(LIMITS.map((name) => [name, adapter.limits[name]])),
  });
  void device.lost.then((info) => {
    if (info.reason !== 'destroyed') onLost(info.message);
  });
  const { WebGPUBackend } = await import('@tensorflow/tfjs-backend-webgpu');
  type Arguments = ConstructorParameters<typeof WebGPUBackend>;
  tf.removeBackend('webgpu');
  tf.registerBackend('webgpu', () => {
    return new WebGPUBackend(
      device as unknown as Arguments[0],
      adapter.info as unknown as Arguments[1],
    );
  });
  // Sums of a split product depend on thread order; the packed program gives the same bits each time.
  tf.env().set('WEBGPU_MATMUL_PROGRAM_TYPE', 3);
  if (!(await tf.setBackend('webgpu'))) return gpuRefusal('The GPU could not be started.');
  const { vendor, architecture } = adapter.info;
  return { name: [vendor, architecture].filter((part) => part !== '').join(' ') || 'GPU' };
}
