/** @file The device that models compute on now, for those that cannot wait for one. */
import { presentDevice } from '../engine/compute.ts';
import type { ComputeDevice } from '../engine/compute-device.ts';
import { StudioError } from '../protocol/errors.ts';

/** The device in use. Error: device-lost while there is none. */
export function readyDevice(): ComputeDevice {
  const device = presentDevice();
  if (device !== null) return device;
  throw new StudioError(
    'device-lost',
    'No device is ready to compute.',
    'It was lost, or has not started yet. Reload the page; your files and models are kept.',
  );
}
