/** @file Entry point of the apply worker. */
import { browserBackend } from '../src/data/h5-browser.ts';
import { browserCpuHost } from '../src/engine/cpu/browser-host.ts';
import { exposeService } from '../src/protocol/transport.ts';
import { ApplyService } from '../src/tasks/apply-service.ts';

exposeService(
  new ApplyService({
    cpuHost: browserCpuHost(),
    openGpu: async (options) => (await import('../src/engine/gpu/open.ts')).openGpu(options),
    files: browserBackend,
  }),
);
