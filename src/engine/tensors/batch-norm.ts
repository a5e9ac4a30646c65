/** @file Batch normalisation over rows, in training mode (batch statistics) and evaluation mode (running statistics). */
import * as tf from '@tensorflow/tfjs-core';
import { sumRows } from './ops.ts';

/** Added to a variance before its square root, as in PyTorch. */
const BATCH_NORM_EPSILON = 1e-5;

/** Share of a batch in the running statistics, as in PyTorch. */
export const BATCH_NORM_MOMENTUM = 0.1;

/** Receives mean and biased variance of a batch, [m] each; the tensors are the receiver's to dispose of. */
export type BatchStatistics = (mean: tf.Tensor1D, variance: tf.Tensor1D) => void;

/**
 * γ (x − mean) / √(variance + 1e-5) + β with the batch's own mean and biased variance per column.
 *
 * @param x [n, m], gamma and beta [m]
 * @param onStatistics called once, in the forward pass, for the running statistics
 */
export function batchNormTrain(
  x: tf.Tensor2D,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  onStatistics: BatchStatistics | null,
): tf.Tensor2D {
  const n = x.shape[0];
  const run = tf.customGrad((...args) => {
    const [x, gamma, beta, save] = args as unknown as [
      tf.Tensor2D,
      tf.Tensor1D,
      tf.Tensor1D,
      tf.GradSaveFunc,
    ];
    const share = tf.scalar(1 / n);
    const mean = tf.mul(sumRows(x), share) as tf.Tensor1D;
    const centred = tf.sub(x, mean) as tf.Tensor2D;
    const variance = tf.mul(sumRows(tf.square(centred)), share) as tf.Tensor1D;
    const inverse = tf.rsqrt(tf.add(variance, tf.scalar(BATCH_NORM_EPSILON)));
    const normalised = tf.mul(centred, inverse);
    if (onStatistics !== null) onStatistics(tf.keep(mean), tf.keep(variance));
    save([normalised, inverse, gamma]);
    return {
      value: tf.add(tf.mul(normalised, gamma), beta),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [normalised, inverse, gamma] = saved;
        const share = tf.scalar(1 / n);
        const dBeta = sumRows(dy as tf.Tensor2D);
        const dGamma = sumRows(tf.mul(dy, normalised) as tf.Tensor2D);
        const average = tf.add(tf.mul(normalised, tf.mul(dGamma, share)), tf.mul(dBeta, share));
        const dx = tf.mul(tf.sub(dy, average), tf.mul(inverse, gamma));
        return [dx, dGamma, dBeta];
      },
    };
  });
  return run(x, gamma, beta) as tf.Tensor2D;
}

/** Batch normalisation with fixed (running) mean and variance. All vectors [m]. */
export function batchNormEval(
  x: tf.Tensor2D,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  mean: tf.Tensor1D,
  variance: tf.Tensor1D,
): tf.Tensor2D {
  const scale = tf.mul(gamma, tf.rsqrt(tf.add(variance, tf.scalar(BATCH_NORM_EPSILON))));
  return tf.add(tf.mul(x, scale), tf.sub(beta, tf.mul(mean, scale)));
}
