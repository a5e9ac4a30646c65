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

/** Measures the device once the page has its first cells; what is told of a training's time is told by it. */
export async function measureSpeed(): Promise<void> {
  const gflops = await model.speed().catch(() => undefined);
  const { device } = get();
  if (device !== null && gflops !== undefined) patchRoot({ device: { ...device, gflops } });
}
