/** @file What the page does when the model's device changes while it is open. */
import { model } from '../../clients/model-client.ts';
import { StudioError } from '../../protocol/errors.ts';
import type { DeviceReport } from '../../protocol/model.ts';
import { get, patchRoot } from '../store.ts';
import { showError } from './alerts.ts';

/** The device that the page's address asks for, as in `?device=cpu`; else the best one. `webgpu` also takes an emulated GPU. */
export function askedDevice(): 'auto' | 'webgpu' | 'cpu' {
  const asked = new URLSearchParams(globalThis.location?.search).get('device');
  return asked === 'webgpu' || asked === 'cpu' ? asked : 'auto';
}

/** Another device took over: shows it, and says what that means for the work at hand. */
export function followDevice(device: DeviceReport): void {
  patchRoot({ device });
  const { status } = get().model;
  const training = status === 'training' || status === 'pausing' || status === 'paused';
  const where =
    device.kind === 'webgpu'
      ? 'the GPU, which was started again'
      : `the CPU (${device.threads} thread${device.threads === 1 ? '' : 's'})`;
  showError(
    new StudioError(
      'device-lost',
      'The GPU stopped working.',
      'Another program may have used its memory, or the computer slept.',
    ),
    training
      ? `Training goes on on ${where} from its last good state.`
      : `The model is kept and now runs on ${where}.`,
  );
}

/** Measurements, and milliseconds between them: one alone may fall into a moment when the cores have other work. */
const rounds = 3;
const pause = 2500;

/** Measures the device once the page has its first cells; what is told of a training's time is told by the best of a few rounds. */
export async function measureSpeed(): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    if (round > 0) await new Promise((resolve) => setTimeout(resolve, pause));
    const { status } = get().model;
    if (status !== 'none' && status !== 'ready') return;
    const measured = await model.speed().catch(() => 0);
    const { device } = get();
    if (device === null || measured <= (device.gflops ?? 0)) continue;
    patchRoot({ device: { ...device, gflops: measured } });
  }
}
