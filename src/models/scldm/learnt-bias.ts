/** @file The decoder's numbers per gene as they were learnt, kept beside those that calibration made of them: a training goes on from the learnt ones. */
import type { NamedArray } from '../../engine/named-array.ts';

const BIAS = 'gene_bias';
const LEARNT = 'learnt.gene_bias';

/** Calibrated arrays with the learnt numbers beside them. @param learnt the arrays before calibration */
export function keepLearntBias(
  calibrated: readonly NamedArray[],
  learnt: readonly NamedArray[],
): NamedArray[] {
  const own = learnt.find(({ name }) => name === BIAS);
  return own === undefined ? [...calibrated] : [...calibrated, { ...own, name: LEARNT }];
}

/** A stored autoencoder's arrays as they were learnt. */
export function learntArrays(stored: readonly NamedArray[]): NamedArray[] {
  const learnt = stored.find(({ name }) => name === LEARNT);
  return stored
    .filter(({ name }) => name !== LEARNT)
    .map((array) =>
      array.name === BIAS && learnt !== undefined ? { ...learnt, name: BIAS } : array,
    );
}
