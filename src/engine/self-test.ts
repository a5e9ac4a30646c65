/** @file A short calculation that a device must get right before it is trusted with a model. */
import * as tf from '@tensorflow/tfjs-core';

const ROWS = 48;
const INNER = 65;
const COLS = 33;
const TOLERANCE = 1e-3;

/** Runs softmax(elu(A · B)) on the present backend and compares it with plain float64 arithmetic. */
export async function passesSelfTest(): Promise<boolean> {
  const a = Float32Array.from({ length: ROWS * INNER }, (_, i) => Math.sin(i * 0.37));
  const b = Float32Array.from({ length: INNER * COLS }, (_, i) => Math.cos(i * 0.23));
  const result = tf.tidy(() =>
    tf.softmax(tf.elu(tf.matMul(tf.tensor2d(a, [ROWS, INNER]), tf.tensor2d(b, [INNER, COLS])))),
  );
  const values = await result.data();
  result.dispose();
  const expected = reference(a, b);
  return expected.every((value, i) => Math.abs(value - values[i]) <= TOLERANCE);
}

function reference(a: Float32Array, b: Float32Array): number[] {
  const out: number[] = [];
  for (let r = 0; r < ROWS; r++) {
    const row: number[] = [];
    for (let c = 0; c < COLS; c++) {
      let sum = 0;
      for (let k = 0; k < INNER; k++) sum += a[r * INNER + k] * b[k * COLS + c];
      row.push(sum > 0 ? sum : Math.expm1(sum));
    }
    const peak = Math.max(...row);
    const powers = row.map((value) => Math.exp(value - peak));
    const total = powers.reduce((x, y) => x + y, 0);
    out.push(...powers.map((power) => power / total));
  }
  return out;
}
