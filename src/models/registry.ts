/** @file The one place where models are registered. A new paper adds its folder and one line here. */
import type { ModelInfo } from '../protocol/model.ts';
import { cfgenFamily } from './cfgen/family.ts';
import { scdfmFamily } from './scdfm/family.ts';
import { scldmFamily } from './scldm/family.ts';
import type { ModelFamily } from './trained-model.ts';

/** Every model that Cellsmith can train and run. */
export const modelFamilies: Readonly<Record<ModelInfo['model'], ModelFamily>> = {
  cfgen: cfgenFamily,
  scldm: scldmFamily,
  scdfm: scdfmFamily,
};
