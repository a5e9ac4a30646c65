/**
 * @file A layer norm folded into the linear map behind it: norm(x) · W = ρ(x) · (x · W″) + b with W″ = centring · diag(gain) · W and
 * b = shift · W. ρ, the row's 1 / deviation, is all that is left to do row by row, so W″ may meet parts of x before they are mixed.
 */
import { affine, affineInputGradient, matrix, type Matrix } from '../../../engine/plan/layers.ts';
import type { Tape } from '../../tape/tape.ts';

/** The recorded map, and what records the gradients of gain, shift and weight. */
export interface FoldedNorm {
  /** W″, [in, out]. */
  readonly map: Matrix;
  /** b, one row. */
  readonly bias: Matrix;
  readonly backward: (dMap: Matrix, dBias: Matrix) => void;
}

/** Folds the norm `<norm>.gain`, `<norm>.shift` into a weight [in, out] without gaps. */
export function recordFoldedNorm(tape: Tape, norm: string, weightName: string): FoldedNorm {
  const { recorder } = tape;
  const weight = tape.weight(weightName);
  const { rows, columns } = weight;
  const [gain, shift] = ['gain', 'shift'].map((name) => tape.weight(`${norm}.${name}`));
  const centring = matrix(tape.pool.fixed(rows * rows), rows, rows);
  tape.device.write(
    centring.view,
    Float32Array.from({ length: rows * rows }, (_, i) => (i % (rows + 1) === 0 ? 1 : 0) - 1 / rows),
  );
  const [scaled, map] = [0, 1].map(() => tape.dense(rows, columns));
  const bias = tape.dense(1, columns);
  const scaleRows = (x: Matrix, out: Matrix): void =>
    recorder.call('scaleRows', { x: x.view, scale: gain.view, out: out.view, rows, columns });
  scaleRows(weight, scaled);
  affine(recorder, centring, scaled, map);
  affine(recorder, shift, weight, bias);
  return {
    map,
    bias,
    backward(dMap, dBias) {
      const dScaled = tape.dense(rows, columns);
      affine(recorder, centring, dMap, dScaled);
      const dGain = tape.gradient(`${norm}.gain`).view;
      recorder.call('rowSums', { x: dScaled.view, y: weight.view, out: dGain, rows, columns });
      affineInputGradient(recorder, dBias, weight, tape.gradient(`${norm}.shift`));
      const dWeight = tape.gradient(weightName);
      scaleRows(dScaled, dWeight);
      const column = matrix(shift.view, rows, 1);
      affine(recorder, column, dBias, dWeight, { addend: dWeight.view });
    },
  };
}
