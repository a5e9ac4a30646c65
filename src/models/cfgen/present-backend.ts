/** @file What computes for CFGen now: plans on the device in use. */
import { presentDevice } from '../../engine/compute.ts';
import { StudioError } from '../../protocol/errors.ts';
import type { CfgenBackend } from './backend.ts';
import { createPlanBackend } from './plan/plan-backend.ts';

/** The backend of the device in use. Error: device-lost while there is none. */
export function presentBackend(): CfgenBackend {
  const device = presentDevice();
  if (device !== null) return createPlanBackend(device);
  throw new StudioError(
    'device-lost',
    'No device is ready to compute.',
    'It was lost, or has not started yet. Reload the page; your files and models are kept.',
  );
}
