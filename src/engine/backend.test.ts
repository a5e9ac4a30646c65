/** @file The choice of the device: what is preferred, what is refused, and what the person is told. */
import { afterEach, describe, expect, it } from 'vitest';
import { StudioError } from '../protocol/errors.ts';
import { selectDevice, type BackendOptions, type OpenGpu } from './backend.ts';
import { adoptDevice, presentDevice, productSpeed, startCpuDevice } from './compute.ts';
import type { ComputeDevice } from './compute-device.ts';
import { nodeCpuHost } from './cpu/node-host.ts';
import { LosableDevice } from './testing/losable-device.ts';

let opened: LosableDevice | null = null;
let emulatedWanted: boolean | null = null;

const openGpu: OpenGpu = async ({ acceptEmulated }) => {
  emulatedWanted = acceptEmulated;
  const inner = await startCpuDevice(nodeCpuHost(1));
  if (inner === null) return { why: 'none' };
  opened = new LosableDevice(inner, () => undefined);
  return { device: opened, name: 'Card 9' };
};

const speeds =
  (gpu: number, cpu: number) =>
  (device: ComputeDevice): Promise<number> =>
    Promise.resolve(device.kind === 'webgpu' ? gpu : cpu);

function options(change: Partial<BackendOptions> = {}): BackendOptions {
  return { cpuHost: nodeCpuHost(1), openGpu, ...change };
}

afterEach(() => {
  adoptDevice(null);
  opened = null;
});

describe('the device', () => {
  it('is the GPU when it is the faster one', async () => {
    const report = await selectDevice('auto', options({ speed: speeds(900, 100) }));
    expect(report).toEqual({ kind: 'webgpu', threads: 1, name: 'Card 9', whyNoGpu: null });
    expect(presentDevice()).toBe(opened);
    expect(emulatedWanted).toBe(false);
  });

  it('is the CPU when the GPU is slower, and says by how much', async () => {
    const report = await selectDevice('auto', options({ speed: speeds(40, 100) }));
    expect(report.kind).toBe('wasm');
    expect(report.whyNoGpu).toContain('Card 9');
    expect(report.whyNoGpu).toContain('40 against 100 GFLOP/s');
    expect(opened?.lost).toBe(true);
    expect(presentDevice()?.kind).toBe('cpu');
  });

  it('is the GPU when it is asked for, however slow or emulated', async () => {
    const report = await selectDevice('webgpu', options({ speed: speeds(1, 100) }));
    expect(report.kind).toBe('webgpu');
    expect(emulatedWanted).toBe(true);
  });

  it('is the CPU with the reason when the GPU cannot be opened', async () => {
    const failing: OpenGpu = () => Promise.reject(new Error('driver asleep'));
    const { kind, whyNoGpu } = await selectDevice('auto', options({ openGpu: failing }));
    expect(kind).toBe('wasm');
    expect(whyNoGpu).toContain('driver asleep');
    const asked = selectDevice('webgpu', options({ openGpu: failing }));
    await expect(asked).rejects.toThrow(StudioError);
  });

  it('is missed with a named error when WebAssembly fails too', async () => {
    const cpuHost = { ...nodeCpuHost(1), binary: () => Promise.reject(new Error('blocked')) };
    const asked = selectDevice('cpu', options({ cpuHost }));
    await expect(asked).rejects.toMatchObject({ code: 'device-lost' });
  });
});

it('the speed of a product is a plausible number, and nothing of it stays in memory', async () => {
  const device = await startCpuDevice(nodeCpuHost(1));
  if (device === null) throw new Error('no device');
  const before = device.bytesInUse;
  const speed = await productSpeed(device);
  expect(speed).toBeGreaterThan(0.5);
  expect(speed).toBeLessThan(5000);
  expect(device.bytesInUse).toBe(before);
  device.dispose();
});
