/** @file Test helper: loads golden numbers (safetensors and the JSON beside it) from `src/numerics/fixtures`. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors } from '../safetensors.ts';
import type { StoredTensor } from '../safetensors.ts';

/** One case of golden numbers. */
export interface Fixture {
  readonly tensors: Record<string, StoredTensor>;
  /** The JSON beside the arrays: settings, scalars, tolerances, notes. */
  readonly info: FixtureInfo;
  /** The values of a tensor as plain float64; throws if the case has no such tensor. */
  values(name: string): Float64Array;
}

/** The parts of a fixture's JSON that tests read. */
export interface FixtureInfo {
  readonly settings: Record<string, unknown>;
  readonly scalars: Record<string, unknown>;
}

/** Loads `<folder>/<area>/<name>.safetensors` and `.json`; the folder is this layer's fixtures unless another is given. */
export function loadFixture(
  area: string,
  name: string,
  folder = join(import.meta.dirname, '../fixtures'),
): Fixture {
  const path = join(folder, area, name);
  const { tensors } = readSafetensors(new Uint8Array(readFileSync(`${path}.safetensors`)));
  const info = JSON.parse(readFileSync(`${path}.json`, 'utf8')) as FixtureInfo;
  const values = (tensor: string): Float64Array => {
    if (!(tensor in tensors)) throw new RangeError(`${area}/${name} has no tensor ${tensor}.`);
    return Float64Array.from(tensors[tensor].data);
  };
  return { tensors, info, values };
}
