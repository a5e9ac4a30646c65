/**
 * @file The fast velocity on a tape: a residual network on components whose norms are scaled and shifted by the condition.
 *
 * A condition is time, the sum of perturbations' tokens with a small network on it (so that pairs may do more than their members), and
 * a row for every attribute. Each member's own shift is added to the velocity, so that the network learns what a sum of shifts is not.
 */
import { columnsOf, type Matrix } from '../../../engine/plan/layers.ts';
import { recordLinear, recordNorm, type Layer } from '../../tape/layers.ts';
import { recordModulated } from '../../tape/modulated-norm.ts';
import type { Tape } from '../../tape/tape.ts';
import type { FastShape } from '../shapes.ts';
import { recordActivation, recordContexts, recordTimes } from './condition-layers.ts';
import { fastConditionWidth, fastSpeeds } from './fast-arrays.ts';
import type { ConditionPlaces, Recorded } from './network.ts';

const biased = { bias: true } as const;

/** What conditions modulate with: factor and shift of each block, [count, 2 · blocks · width]. */
export function recordFastCondition(
  tape: Tape,
  shape: FastShape,
  { count, times, sets, codes }: ConditionPlaces,
): Recorded<void> {
  const { contexts, dims } = shape;
  const features = recordTimes(tape, times, count, fastSpeeds());
  const time = recordLinear(tape, 'time.0', features, biased);
  const timeActive = recordActivation(tape, 'silu', time.out);
  const tokens = recordLinear(tape, 'perturbation', sets);
  const mix = recordLinear(tape, 'mix.0', tokens.out, biased);
  const mixActive = recordActivation(tape, 'silu', mix.out);
  const mixed = recordLinear(tape, 'mix.1', mixActive.out, { bias: true, addend: tokens.out });
  const sum = recordLinear(tape, 'time.1', timeActive.out, { bias: true, addend: mixed.out });
  const labels = recordContexts(tape, sum.out, codes, contexts);
  const active = recordActivation(tape, 'silu', sum.out);
  const out = tape.dense(count, fastConditionWidth(shape));
  const [filmPart, shiftPart] = conditionParts(out, dims);
  const film = recordLinear(tape, 'film', active.out, { bias: true, out: filmPart });
  const shift = recordLinear(tape, 'shift', sets, { out: shiftPart });
  return {
    out,
    backward(dOut) {
      const [dFilm, dShift] = conditionParts(dOut, dims);
      shift.backward(dShift);
      const dSum = active.backward(film.backward(dFilm));
      labels(dSum);
      time.backward(timeActive.backward(sum.backward(dSum)));
      const dMix = mixActive.backward(mixed.backward(dSum));
      tokens.backward(mix.backward(dMix, dSum));
    },
  };
}

/** What of a condition modulates, and what is added to the velocity. */
function conditionParts(condition: Matrix, dims: number): [Matrix, Matrix] {
  const film = condition.columns - dims;
  return [columnsOf(condition, 0, film), columnsOf(condition, film, dims)];
}

/** Velocities at x [cells, dims]; `film` has a condition's row for every cell. */
export function recordFastVelocity(
  tape: Tape,
  { width, blocks, dims }: FastShape,
  x: Matrix,
  film: Matrix,
): Recorded<Matrix> {
  const rows = x.rows;
  const groups = { side: film.stride, every: 1, groups: rows, columns: width };
  const vector = (m: Matrix, at: number): Matrix => columnsOf(m, at * width, width);
  const input = recordLinear(tape, 'input', x, biased);
  const steps: ((d: Matrix, dFilm: Matrix) => Matrix)[] = [];
  let h = input.out;
  for (let i = 0; i < blocks; i++) {
    const norm = recordModulated(tape, h, groups, (m) => ({
      factor: vector(m, 2 * i).view,
      shift: vector(m, 2 * i + 1).view,
    }));
    const first = recordLinear(tape, `block.${i}.0`, norm.out(film), biased);
    const active = recordActivation(tape, 'silu', first.out);
    const second: Layer = recordLinear(tape, `block.${i}.1`, active.out, { bias: true, addend: h });
    h = second.out;
    steps.push((d, dFilm) =>
      norm.backward(first.backward(active.backward(second.backward(d))), d, film, dFilm),
    );
  }
  const last = recordNorm(tape, 'last', h);
  const [, shift] = conditionParts(film, dims);
  const output = recordLinear(tape, 'output', last.out, { bias: true, addend: shift });
  return {
    out: output.out,
    backward(dVelocity) {
      const dFilm = tape.dense(rows, film.columns);
      const [, dShift] = conditionParts(dFilm, dims);
      tape.recorder.call('copyColumns', {
        from: dVelocity.view,
        sideFrom: dVelocity.stride,
        to: dShift.view,
        sideTo: dShift.stride,
        rows,
        columns: dims,
      });
      let d = last.backward(output.backward(dVelocity));
      for (const step of steps.reverse()) d = step(d, dFilm);
      input.backward(d);
      return dFilm;
    },
  };
}
