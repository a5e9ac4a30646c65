/** @file States of the ODE solvers in the device's memory. */
import type { VectorSpace } from '../../numerics/ode.ts';
import type { ComputeDevice } from '../compute-device.ts';
import type { View } from '../kernels/list.ts';
import { Recorder } from './recorder.ts';

/** Directions that the combining kernel takes at a time. */
const MOST_TERMS = 7;

/** A space with memory of its own, to be closed. */
export interface ViewSpace extends VectorSpace<View> {
  close(): void;
}

/** Solver states as places in the device's memory, `count` numbers each. */
export function viewSpace(device: ComputeDevice, count: number): ViewSpace {
  const coefficients = device.allocate(MOST_TERMS);
  const partial = device.allocateWide(Math.ceil(count / 1024));
  const rootMean = async (err: View, x: View, y: View, atol: number, rtol: number) => {
    const recorder = new Recorder();
    recorder.call('errorSquares', { err, x, y, count, atol, rtol, partial });
    device.perform(recorder);
    const sum = (await device.readWide(partial)).reduce((a, b) => a + b, 0);
    return Math.sqrt(sum / count);
  };
  return {
    combine(base, terms) {
      const out = device.allocate(count);
      for (let from = 0; from === 0 || from < terms.length; from += MOST_TERMS) {
        const some = terms.slice(from, from + MOST_TERMS);
        device.write(
          coefficients,
          some.map(({ c }) => c),
        );
        const k = Object.fromEntries(some.map((term, i) => [`k${i}`, term.k]));
        const recorder = new Recorder();
        recorder.call('combine', {
          base: from === 0 ? base : out,
          out,
          count,
          terms: some.length,
          coefficients,
          ...k,
        });
        device.perform(recorder);
      }
      return out;
    },
    errorNorm: (err, x, xNew, atol, rtol) => rootMean(err, x, xNew, atol, rtol),
    scaledNorm: (v, x, atol, rtol) => rootMean(v, x, x, atol, rtol),
    dispose: (state) => device.free(state),
    close: () => device.free(coefficients, partial),
  };
}
