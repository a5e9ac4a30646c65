/** @file What calibration changed is put back where a training goes on; arrays of models from before pass as they are. */
import { describe, expect, it } from 'vitest';
import { keepLearntBias, learntArrays } from './learnt-bias.ts';

const array = (name: string, ...values: number[]) => ({
  name,
  shape: [values.length],
  values: Float32Array.from(values),
});

describe('numbers per gene that were learnt', () => {
  const learnt = [array('log_theta', 1, 1), array('gene_bias', 0.5, -1)];
  const calibrated = [array('log_theta', 1, 1), array('gene_bias', 0.75, -2)];

  it('lie beside the calibrated ones, and come back', () => {
    const kept = keepLearntBias(calibrated, learnt);
    expect(kept.slice(0, 2)).toEqual(calibrated);
    expect(learntArrays(kept)).toEqual(learnt);
  });

  it('are the present ones where nothing was calibrated, or the decoder has none', () => {
    expect(learntArrays(learnt)).toEqual(learnt);
    const without = [array('log_theta', 1, 1)];
    expect(learntArrays(keepLearntBias(without, without))).toEqual(without);
  });
});
