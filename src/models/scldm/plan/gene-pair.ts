/** @file Keys and values of the decoder's tokens, for one head: values are multiplied by the output map once per cell. */
import {
  affine,
  affineInputGradient,
  affineWeightGradient,
  columnsOf,
  type Matrix,
} from '../../../engine/plan/layers.ts';
import type { AutoencoderShape } from '../shapes.ts';
import type { Tape } from '../../tape/tape.ts';

/** What records the gradient of the tokens' norms from those of keys and folded values. */
export interface FoldedPair {
  readonly backward: (dKeys: Matrix, dFolded: Matrix) => Matrix;
}

/** Records keys and folded values, [cells · tokens, width] each. */
export function recordFoldedPair(
  tape: Tape,
  { width }: Pick<AutoencoderShape, 'width'>,
  x: Matrix,
  keys: Matrix,
  folded: Matrix,
): FoldedPair {
  const { recorder } = tape;
  const kv = tape.weight('decoder.cross.kv.weight');
  const values = tape.dense(x.rows, width);
  const out = tape.weight('decoder.cross.out.weight');
  const [keyMap, valueMap] = [columnsOf(kv, 0, width), columnsOf(kv, width, width)];
  affine(recorder, x, keyMap, keys);
  affine(recorder, x, valueMap, values);
  affine(recorder, values, out, folded);
  return {
    backward(dKeys, dFolded) {
      const dKv = tape.gradient('decoder.cross.kv.weight');
      affineWeightGradient(recorder, values, dFolded, tape.gradient('decoder.cross.out.weight'));
      const dValues = tape.dense(x.rows, width);
      affineInputGradient(recorder, dFolded, out, dValues);
      affineWeightGradient(recorder, x, dKeys, columnsOf(dKv, 0, width));
      affineWeightGradient(recorder, x, dValues, columnsOf(dKv, width, width));
      const dx = tape.dense(x.rows, width);
      affineInputGradient(recorder, dKeys, keyMap, dx);
      affineInputGradient(recorder, dValues, valueMap, dx, { addend: dx.view });
      return dx;
    },
  };
}
