/** @file An array of a model as it is stored, trained and handed on: a name, a shape, values. */

/** An array of a stored or running model. */
export interface NamedArray {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}
