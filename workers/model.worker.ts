/** @file Entry point of the model worker. */
import { openTrainingCounts } from '../src/data/training-counts.ts';
import { browserCpuHost } from '../src/engine/cpu/browser-host.ts';
import { ModelService } from '../src/models/model-service.ts';
import { exposeService } from '../src/protocol/transport.ts';

exposeService(
  new ModelService({
    cpuHost: browserCpuHost(),
    openCounts: openTrainingCounts,
    openGpu: async (options) => (await import('../src/engine/gpu/open.ts')).openGpu(options),
  }),
);
