/** @file Entry point of the model worker. */
import { browserCpuHost } from '../src/engine/cpu/browser-host.ts';
import { ModelService } from '../src/models/model-service.ts';
import { exposeService } from '../src/protocol/transport.ts';

exposeService(
  new ModelService({
    cpuHost: browserCpuHost(),
    openGpu: async (options) => (await import('../src/engine/gpu/open.ts')).openGpu(options),
  }),
);
