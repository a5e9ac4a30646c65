/** @file Test helper: services, training orders and sampling orders on simulated cells. */
import { nodeCpuHost } from '../../engine/cpu/node-host.ts';
import type { TrainingData } from '../../protocol/dataset.ts';
import { StudioError } from '../../protocol/errors.ts';
import type {
  GuidanceTerm,
  SampleRequest,
  TrainRequest,
  TrainSettings,
} from '../../protocol/model.ts';
import { ModelService } from '../model-service.ts';
import { simulateData } from './simulated-data.ts';

/** 420 simulated cells with two attributes. */
export const data = simulateData(420, 37, 1);
/** A short training. */
export const settings: TrainSettings = {
  model: 'cfgen',
  recipe: 'recommended',
  seed: 0,
  maxEpochs: 40,
  flowSteps: 400,
  heldOut: 0.2,
};

/** A service on two threads that is not started yet. */
export function createService(): ModelService {
  return new ModelService({ cpuHost: nodeCpuHost(2) });
}

/** A training order. */
export function request(
  data: TrainingData,
  change: Partial<TrainSettings> = {},
  previewCells = 0,
): TrainRequest {
  return {
    data,
    settings: { ...settings, ...change },
    sourceShape: [500, 80] as const,
    sourceGenes: Array.from({ length: 80 }, (_, g) => `source${g}`),
    previewCells,
  };
}

/** A sampling order. */
export function ask(guidance: GuidanceTerm[], change: Partial<SampleRequest> = {}): SampleRequest {
  return {
    cells: 120,
    seed: 3,
    guidance,
    library: { mode: 'chosen' },
    solver: { method: 'heun', steps: 8 },
    frames: 0,
    ...change,
  };
}

/** One attribute's steering. */
export const term = (attribute: string, value: string | null, weight = 1): GuidanceTerm => ({
  attribute,
  value,
  weight,
});

/** The code of a StudioError, else its text. */
export function codeOf(error: unknown): string {
  return error instanceof StudioError ? error.code : String(error);
}
