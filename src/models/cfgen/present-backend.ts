/** @file Which implementation computes now: plans where the CPU device runs, else plain tensors. */
import { cpuDevice } from '../../engine/compute.ts';
import type { CfgenBackend } from './backend.ts';
import { createPlanBackend } from './plan/plan-backend.ts';
import { tensorBackend } from './tensor-backend.ts';

/** The backend of the device in use. */
export function presentBackend(): CfgenBackend {
  const device = cpuDevice();
  return device === null ? tensorBackend : createPlanBackend(device);
}
