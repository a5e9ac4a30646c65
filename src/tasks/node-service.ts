/** @file A model service in Node, for the command line, benches and scripts. */
import type { OpenGpu } from '../engine/backend.ts';
import { nodeCpuHost } from '../engine/cpu/node-host.ts';
import { ModelService, type ModelServiceOptions } from '../models/model-service.ts';
import type { ModelApi } from '../protocol/api.ts';
import type { DeviceReport } from '../protocol/model.ts';

/** Opens a GPU in Node through the optional package `webgpu`, which is loaded only here. */
export const openNodeGpu: OpenGpu = async (options) => {
  const { nodeGpu } = await import('../engine/gpu/node-gpu.ts');
  const gpu = await nodeGpu().catch(() => null);
  if (gpu === null) return { why: 'The optional package webgpu is not installed; npm ci does it.' };
  return (await import('../engine/gpu/open.ts')).openGpu({ ...options, gpu });
};

/**
 * A started service and the device it runs on; `auto` is the CPU here. Error: device-lost if the device cannot be had.
 *
 * @param openCounts opens counts that lie on disk, for trainings that ask for it
 */
export async function startNodeService(
  device: 'auto' | 'cpu' | 'webgpu',
  openCounts?: ModelServiceOptions['openCounts'],
): Promise<{ readonly service: ModelApi; readonly device: DeviceReport }> {
  const service = new ModelService({
    cpuHost: nodeCpuHost(),
    openGpu: openNodeGpu,
    ...(openCounts ? { openCounts } : {}),
  });
  return { service, device: await service.init(device === 'auto' ? 'cpu' : device) };
}
