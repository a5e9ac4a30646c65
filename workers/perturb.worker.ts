/** @file Entry point of the perturb worker. */
import { browserBackend } from '../src/data/h5-browser.ts';
import { browserCpuHost } from '../src/engine/cpu/browser-host.ts';
import { exposeService } from '../src/protocol/transport.ts';
import { PerturbService } from '../src/tasks/perturb-service.ts';

exposeService(
  new PerturbService({
    cpuHost: browserCpuHost(),
    openGpu: async (options) => (await import('../src/engine/gpu/open.ts')).openGpu(options),
    files: browserBackend,
  }),
);
