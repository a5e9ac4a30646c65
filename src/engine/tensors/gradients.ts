/** @file The value of a loss and its gradients by a list of parameters. */
import * as tf from '@tensorflow/tfjs-core';
import type { Parameter } from './parameters.ts';

/** A loss and the gradient of each parameter, in order; null where the loss does not depend on it. */
export interface LossAndGradients {
  readonly loss: tf.Scalar;
  readonly gradients: readonly (tf.Tensor | null)[];
}

/** Runs `loss` on the tape. The caller disposes of loss and gradients. */
export function lossAndGradients(
  parameters: readonly Parameter[],
  loss: () => tf.Scalar,
): LossAndGradients {
  const tensors = parameters.map((p) => p.tensor);
  const { value, grads } = tf.engine().gradients(loss, tensors, undefined, true);
  const gradients = grads as (tf.Tensor | null | undefined)[];
  return { loss: value as tf.Scalar, gradients: gradients.map((g) => g ?? null) };
}

/** Frees what `lossAndGradients` returned. */
export function disposeGradients(result: LossAndGradients): void {
  result.loss.dispose();
  for (const gradient of result.gradients) gradient?.dispose();
}
