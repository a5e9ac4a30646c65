/** @file Tensors as states of the ODE solvers. */
import * as tf from '@tensorflow/tfjs-core';
import type { VectorSpace } from '../../numerics/ode.ts';

/** States that are matrices on the device, [cells, dims]. */
export const tensorSpace: VectorSpace<tf.Tensor2D> = {
  combine(base, terms) {
    return tf.tidy(() => {
      const parts = terms.map(({ k, c }) => tf.mul(k, tf.scalar(c)));
      return tf.addN([base, ...parts]) as tf.Tensor2D;
    });
  },
  errorNorm(err, x, xNew, atol, rtol) {
    return norm(() => {
      const size = tf.maximum(tf.abs(x), tf.abs(xNew));
      return tf.div(err, tf.add(tf.mul(size, tf.scalar(rtol)), tf.scalar(atol)));
    });
  },
  scaledNorm(v, x, atol, rtol) {
    return norm(() => tf.div(v, tf.add(tf.mul(tf.abs(x), tf.scalar(rtol)), tf.scalar(atol))));
  },
  dispose(state) {
    state.dispose();
  },
};

async function norm(ratio: () => tf.Tensor): Promise<number> {
  const value = tf.tidy(() => tf.sqrt(tf.mean(tf.square(ratio()))));
  const [result] = await value.data();
  value.dispose();
  return result;
}
