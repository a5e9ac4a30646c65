/** @file Named model parameters: learnable tensors, and running statistics that travel with them. */
import type { NamedArray } from '../named-array.ts';
import * as tf from '@tensorflow/tfjs-core';

/** One learnable array. The optimiser replaces the tensor at every step; never keep the reference. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  tensor: tf.Tensor;
  /** Multiplies the learning rate. */
  readonly rate: number;
  /** Takes part in weight decay. */
  readonly decay: boolean;
  /** Values are kept inside, after each step; null: free. */
  readonly bounds: readonly [number, number] | null;
}

/** How a parameter is treated, where that differs from the rest. */
export interface ParameterOptions {
  readonly rate?: number;
  readonly decay?: boolean;
  readonly bounds?: readonly [number, number];
}

/** Makes a parameter from its first values. */
export function createParameter(
  name: string,
  shape: readonly number[],
  values: Float32Array,
  options: ParameterOptions = {},
): Parameter {
  return {
    name,
    shape,
    tensor: tf.keep(tf.tensor(values, [...shape], 'float32')),
    rate: options.rate ?? 1,
    decay: options.decay ?? true,
    bounds: options.bounds ?? null,
  };
}

/** Copies the values of parameters from the device. */
export async function readParameters(parameters: readonly Parameter[]): Promise<NamedArray[]> {
  const values = await Promise.all(parameters.map((p) => p.tensor.data<'float32'>()));
  return parameters.map((p, i) => ({
    name: p.name,
    shape: p.shape,
    values: new Float32Array(values[i]),
  }));
}

/** Overwrites parameters with values of the same names and sizes. */
export function writeParameters(
  parameters: readonly Parameter[],
  arrays: readonly NamedArray[],
): void {
  const byName = new Map(arrays.map((a) => [a.name, a]));
  for (const p of parameters) {
    const array = byName.get(p.name);
    if (array === undefined || array.values.length !== p.tensor.size) {
      throw new RangeError(`no array of the right size for ${p.name}`);
    }
    replaceTensor(p, tf.tensor(array.values, [...p.shape], 'float32'));
  }
}

/** Puts another tensor in a parameter's place and frees the old one. */
export function replaceTensor(parameter: { tensor: tf.Tensor }, next: tf.Tensor): void {
  parameter.tensor.dispose();
  parameter.tensor = tf.keep(next);
}
