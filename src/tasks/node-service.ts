/** @file A model service in Node, for the command line and scripts. */
import { nodeCpuHost } from '../engine/cpu/node-host.ts';
import { ModelService } from '../models/model-service.ts';
import type { ModelApi } from '../protocol/api.ts';
import type { DeviceReport } from '../protocol/model.ts';

/** A started service and the device it runs on. Error: device-lost if the device cannot be had. */
export async function startNodeService(
  device: 'auto' | 'cpu' | 'webgpu',
): Promise<{ readonly service: ModelApi; readonly device: DeviceReport }> {
  const service = new ModelService({ cpuHost: nodeCpuHost() });
  return { service, device: await service.init(device) };
}
