/**
 * @file Dropout on a tape: a share of numbers becomes 0, the others grow so that means stay.
 *
 * Which ones is a function of the seed, the step and the place in the network, so that the backward pass finds the same ones.
 */
import type { View } from '../../../engine/kernels/list.ts';
import type { Matrix } from '../../../engine/plan/layers.ts';
import { recordAdd, recordLinear, type Layer } from '../../tape/layers.ts';
import type { Tape } from '../../tape/tape.ts';

/** Which numbers are dropped; one for a whole network. */
export interface Dropout {
  /** Share of numbers, 0 … 1. */
  readonly rate: number;
  /** Two words of the seed, a stream, the step. */
  readonly key: View;
  /** Number of the next place that drops. */
  site: number;
}

/** Words of the stream that no other draw uses. */
const STREAM = 0x0d20;

/** The four words behind a seed's dropout at a step. */
export function dropoutWords(seed: number, step: number): number[] {
  return [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0, STREAM, step];
}

/** Drops numbers of x in place; returns what gives the gradient of x from that of the result, in a place of its own. */
export function recordDropout(
  tape: Tape,
  dropout: Dropout | null,
  x: Matrix,
): (dOut: Matrix) => Matrix {
  if (dropout === null) return (dOut) => dOut;
  const { rate, key } = dropout;
  const count = x.rows * x.columns;
  const call = { count, rate, key, site: dropout.site++ };
  tape.recorder.call('dropout', { x: x.view, y: x.view, ...call });
  return (dOut) => {
    const dx = tape.dense(x.rows, x.columns);
    tape.recorder.call('dropout', { x: dOut.view, y: dx.view, ...call });
    return dx;
  };
}

/** addend + dropped (x · weight + bias). */
export function recordDroppedLinear(
  tape: Tape,
  dropout: Dropout | null,
  name: string,
  x: Matrix,
  addend: Matrix,
): Layer {
  if (dropout === null) return recordLinear(tape, name, x, { bias: true, addend });
  const linear = recordLinear(tape, name, x, { bias: true });
  const back = recordDropout(tape, dropout, linear.out);
  recordAdd(tape, linear.out, addend);
  return {
    out: linear.out,
    backward: (dOut, dAddend) => linear.backward(back(dOut), dAddend),
  };
}
