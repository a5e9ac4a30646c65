/** @file A device that is lost while a model trains or is used: another one takes over, and nothing that was learnt is lost. */
import { afterEach, describe, expect, it } from 'vitest';
import type { OpenGpu } from '../engine/backend.ts';
import type { ComputeDevice } from '../engine/compute-device.ts';
import { adoptDevice, presentDevice, startCpuDevice } from '../engine/compute.ts';
import { nodeCpuHost } from '../engine/cpu/node-host.ts';
import { LosableDevice } from '../engine/testing/losable-device.ts';
import type { DeviceReport, TrainEvent } from '../protocol/model.ts';
import { ModelService } from './model-service.ts';
import { ask, codeOf, data, request } from './testing/requests.ts';

const short = { maxEpochs: 6, flowSteps: 300 };

/** A GPU counts as the faster one. */
const speed = (device: ComputeDevice): Promise<number> =>
  Promise.resolve(device.kind === 'webgpu' ? 100 : 1);

/** GPUs that can be lost; when there are no more, the adapter is gone. */
function losableGpus(count: number): { opened: LosableDevice[]; openGpu: OpenGpu } {
  const opened: LosableDevice[] = [];
  const openGpu: OpenGpu = async ({ onLost }) => {
    const inner = opened.length < count ? await startCpuDevice(nodeCpuHost(1)) : null;
    if (inner === null) return { why: 'The browser found no usable GPU.' };
    const device = new LosableDevice(inner, () => onLost('a test'));
    opened.push(device);
    return { device, name: 'losable' };
  };
  return { opened, openGpu };
}

afterEach(() => adoptDevice(null));

describe('a device that is lost', () => {
  it.each([
    ['in the autoencoder', 20],
    ['while encoding', null],
    ['in the flow', 150],
  ] as const)('%s: training goes on from the last good state', async (_when, runs) => {
    const { opened, openGpu } = losableGpus(1);
    const service = new ModelService({ cpuHost: nodeCpuHost(2), openGpu, speed });
    const reports: DeviceReport[] = [];
    expect((await service.init('auto', (report) => reports.push(report))).kind).toBe('webgpu');
    const [gpu] = opened;
    if (runs !== null) gpu.runsLeft = runs;
    const events: TrainEvent[] = [];
    const info = await service.train(request(data, short, 10), (event) => {
      events.push(event);
      if (runs === null && event.type === 'stage' && event.stage === 'encode') gpu.lose();
    });
    expect(gpu.lost).toBe(true);
    expect(presentDevice()?.kind).toBe('cpu');
    expect(reports.map((report) => report.kind)).toEqual(['wasm-threads']);
    expect(info).toMatchObject({ flowStep: 300, stoppedEarly: false });
    const losses = events.filter((e) => e.type === 'loss' && e.stage === 'autoencoder');
    expect(losses.map((e) => e.type === 'loss' && e.at)).toEqual([1, 2, 3, 4, 5, 6]);
    expect((await service.sample(ask([]))).cells).toBe(120);
  });

  it('is replaced by the same GPU once, then by the CPU', async () => {
    const { opened, openGpu } = losableGpus(5);
    const service = new ModelService({ cpuHost: nodeCpuHost(2), openGpu, speed });
    const reports: DeviceReport[] = [];
    await service.init('auto', (report) => reports.push(report));
    await service.train(request(data, { maxEpochs: 1, flowSteps: 20 }), () => undefined);
    const before = await service.sample(ask([]));
    for (let loss = 0; loss < 2; loss++) {
      const { length } = reports;
      opened[loss].lose();
      await expect.poll(() => reports.length).toBe(length + 1);
    }
    expect(reports.map((report) => report.kind)).toEqual(['webgpu', 'wasm-threads']);
    const after = await service.sample(ask([]));
    expect(after.latents).toEqual(before.latents);
  });

  it('ends the training with its name when no other is left', async () => {
    const { opened, openGpu } = losableGpus(1);
    const none = { threads: 1, binary: () => Promise.reject(new Error('gone')) };
    const cpuHost = { ...nodeCpuHost(1), ...none };
    const service = new ModelService({ cpuHost, openGpu, speed });
    await service.init('auto');
    opened[0].runsLeft = 20;
    const run = service.train(request(data, short), () => undefined);
    await expect(run.catch(codeOf)).resolves.toBe('device-lost');
  });
});
