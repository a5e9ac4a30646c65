/**
 * @file The differentiable operations that the models are made of, each with its gradient written out.
 *
 * The stock gradients cost several times more operations, and multiply by transposed operands, which the WebAssembly
 * backend does 6 to 25 times slower than an explicit transpose and a plain product (measured, bench/).
 * A function here takes and returns tensors and records itself on the gradient tape.
 */
import * as tf from '@tensorflow/tfjs-core';
import { hasHostMemory, hostTensor, hostView } from './host.ts';

type Matrix = tf.Tensor2D;
type Vector = tf.Tensor1D;

tf.registerGradient({
  kernelName: 'Add',
  inputsToSave: [],
  outputsToSave: [],
  gradFunc: (dy: tf.Tensor | tf.Tensor[]) => ({
    a: () => dy as tf.Tensor,
    b: () => dy as tf.Tensor,
  }),
});

const TILE = 32;

/** Transposes a matrix; blocked in host memory, where the stock operation takes 5 ns an element. */
export function transpose(x: Matrix): Matrix {
  if (!hasHostMemory()) return tf.transpose(x);
  const [rows, cols] = x.shape;
  const out = hostTensor([cols, rows]) as Matrix;
  const from = hostView(x);
  const to = hostView(out);
  if (from === null || to === null) return tf.transpose(x);
  for (let r0 = 0; r0 < rows; r0 += TILE) {
    const r1 = Math.min(rows, r0 + TILE);
    for (let c0 = 0; c0 < cols; c0 += TILE) {
      const c1 = Math.min(cols, c0 + TILE);
      for (let c = c0; c < c1; c++) {
        for (let r = r0, t = c * rows + r0; r < r1; r++, t++) to[t] = from[r * cols + c];
      }
    }
  }
  return out;
}

/** Rows of a matrix by their index, outside the tape; in host memory 50 times faster than the stock operation. */
export function pickRows(table: tf.Tensor, rows: Int32Array): tf.Tensor {
  if (!hasHostMemory()) return tf.gather(table, tf.tensor1d(rows, 'int32'));
  const width = table.shape[1] as number;
  const out = hostTensor([rows.length, width]);
  const from = hostView(table);
  const to = hostView(out);
  if (from === null || to === null) return tf.gather(table, tf.tensor1d(rows, 'int32'));
  for (let i = 0; i < rows.length; i++) {
    to.set(from.subarray(rows[i] * width, (rows[i] + 1) * width), i * width);
  }
  return out;
}

/** Sums over rows, [n, m] → [m]; as a product with ones, which is the fastest reduction on every backend. */
export function sumRows(x: Matrix): Vector {
  return tf.reshape(tf.matMul(tf.ones([1, x.shape[0]]) as Matrix, x), [x.shape[1]]);
}

/** x · wᵀ without a transposed operand: transposes whichever of the operands is smaller. */
function timesTransposed(x: Matrix, w: Matrix): Matrix {
  if (x.shape[0] >= w.shape[0]) return tf.matMul(x, transpose(w));
  return transpose(tf.matMul(w, transpose(x)));
}

function affine(x: Matrix, w: Matrix, b: Vector | null): Matrix {
  if (b === null) return tf.matMul(x, w);
  const inputs = {
    a: tf.reshape(x, [1, ...x.shape]),
    b: tf.reshape(w, [1, ...w.shape]),
    bias: b,
  };
  const y = tf.engine().runKernel('_FusedMatMul', inputs as unknown as tf.NamedTensorMap, {
    transposeA: false,
    transposeB: false,
    activation: 'linear',
  }) as tf.Tensor;
  return tf.reshape(y, [x.shape[0], w.shape[1]]);
}

/** The affine map x · w + b of a layer. x [n, in], w [in, out], b [out]. */
export function linear(x: Matrix, w: Matrix, b: Vector): Matrix {
  const run = tf.customGrad((...args) => {
    const [x, w, b, save] = args as unknown as [Matrix, Matrix, Vector, tf.GradSaveFunc];
    save([x, w]);
    return {
      value: affine(x, w, b),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [x, w] = saved as [Matrix, Matrix];
        const d = dy as Matrix;
        return [timesTransposed(d, w), tf.matMul(transpose(x), d), sumRows(d)];
      },
    };
  });
  return run(x, w, b) as Matrix;
}

/** As `linear`, for an x that is data: no gradient flows into it. Without b: x · w. */
export function linearOfData(x: Matrix, w: Matrix, b: Vector | null): Matrix {
  const run = tf.customGrad((...args) => {
    const save = args.pop() as unknown as tf.GradSaveFunc;
    const [w, b] = args as [Matrix, Vector | undefined];
    save([x]);
    return {
      value: affine(x, w, b ?? null),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const dw = tf.matMul(transpose(saved[0] as Matrix), dy as Matrix);
        return b === undefined ? [dw] : [dw, sumRows(dy as Matrix)];
      },
    };
  });
  return (b === null ? run(w) : run(w, b)) as Matrix;
}

/** a + b of equal shapes. */
export function add(a: Matrix, b: Matrix): Matrix {
  return tf.add(a, b);
}

/** x · sigmoid(x). */
export function silu(x: Matrix): Matrix {
  const run = tf.customGrad((...args) => {
    const [x, save] = args as unknown as [Matrix, tf.GradSaveFunc];
    const s = tf.sigmoid(x);
    const y = tf.mul(x, s);
    save([s, y]);
    return {
      value: y,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [s, y] = saved;
        return tf.mul(dy, tf.add(s, tf.sub(y, tf.mul(y, s))));
      },
    };
  });
  return run(x) as Matrix;
}

/** ELU with α = 1: x above 0, exp(x) − 1 below. */
export function elu(x: Matrix): Matrix {
  const run = tf.customGrad((...args) => {
    const [x, save] = args as unknown as [Matrix, tf.GradSaveFunc];
    const y = tf.elu(x);
    save([y]);
    return {
      value: y,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        tf.mul(dy, tf.add(tf.minimum(saved[0], tf.scalar(0)), tf.scalar(1))),
    };
  });
  return run(x) as Matrix;
}

/** Mean over all entries of (v − target)², a scalar; no gradient flows into the target. */
export function meanSquaredError(v: Matrix, target: Matrix): tf.Scalar {
  const run = tf.customGrad((...args) => {
    const [v, save] = args as unknown as [Matrix, tf.GradSaveFunc];
    const difference = tf.sub(v, target);
    save([difference]);
    return {
      value: tf.mean(tf.square(difference)),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        tf.mul(saved[0], tf.mul(dy, tf.scalar(2 / v.size))),
    };
  });
  return run(v) as tf.Scalar;
}

/** weight · mean over rows of the squared length of a row, a scalar. */
export function meanSquaredLength(z: Matrix, weight: number): tf.Scalar {
  const run = tf.customGrad((...args) => {
    const [z, save] = args as unknown as [Matrix, tf.GradSaveFunc];
    save([z]);
    const scale = weight / z.shape[0];
    return {
      value: tf.mul(tf.sum(tf.square(z)), tf.scalar(scale)),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        tf.mul(saved[0], tf.mul(dy, tf.scalar(2 * scale))),
    };
  });
  return run(z) as tf.Scalar;
}
