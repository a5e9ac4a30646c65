/** @file What is compared: training settings by name, and how the cells are then made. */
import type { SolverSettings, TrainSettings } from '../../src/protocol/model.ts';

/** One way of training and sampling. Variants with equal settings share their model. */
export interface Variant {
  readonly settings: Partial<TrainSettings>;
  /** Guidance weight of every attribute. */
  readonly weight: number;
  readonly solver: SolverSettings;
}

const rk4: SolverSettings = { method: 'rk4', steps: 20 };

/** Every variant that has a name; more can be given on the command line as NAME={"settings":{…},"weight":1}. */
export const variants: Readonly<Record<string, Variant>> = {
  faithful: { settings: { recipe: 'faithful' }, weight: 1, solver: rk4 },
  recommended: { settings: { recipe: 'recommended' }, weight: 1, solver: rk4 },
  'weight-1.5': { settings: { recipe: 'recommended' }, weight: 1.5, solver: rk4 },
  'weight-2': { settings: { recipe: 'recommended' }, weight: 2, solver: rk4 },
  'flow-half': { settings: { recipe: 'recommended', flowSteps: 6000 }, weight: 1, solver: rk4 },
  'flow-double': { settings: { recipe: 'recommended', flowSteps: 24_000 }, weight: 1, solver: rk4 },
  'scldm-s': { settings: { model: 'scldm', size: 'S' }, weight: 1, solver: { method: 'rk4', steps: 10 } }, // prettier-ignore
  'scldm-m': { settings: { model: 'scldm', size: 'M' }, weight: 1, solver: { method: 'rk4', steps: 10 } }, // prettier-ignore
  'heun-8': {
    settings: { recipe: 'recommended' },
    weight: 1,
    solver: { method: 'heun', steps: 8 },
  },
};

/** Reads NAME=JSON; settings that the model does not know are its own error. */
export function readVariant(text: string): [string, Variant] {
  const equals = text.indexOf('=');
  if (equals < 1) throw new Error(`A variant is NAME={…}, not ${text}.`);
  const given = JSON.parse(text.slice(equals + 1)) as Partial<Variant>;
  return [
    text.slice(0, equals),
    { settings: given.settings ?? {}, weight: given.weight ?? 1, solver: given.solver ?? rk4 },
  ];
}
