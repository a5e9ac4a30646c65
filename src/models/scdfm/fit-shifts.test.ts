/** @file Shifts fitted after training: least squares of known errors, and errors measured from where cells began. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../numerics/random.ts';
import { fitShifts, meanErrors, type MeanError } from './fit-shifts.ts';
import type { Screen } from './screen.ts';

describe('fitted shifts', () => {
  it('find what every member and the control token add where there are many cells', () => {
    const random = createRandom(1);
    const dims = 3;
    const truth = Array.from({ length: 4 * dims }, () => random.normal());
    const sets = [[], [0], [1], [2], [0, 1], [1, 2]];
    const errors = sets.map((set): MeanError => {
      const error = Float64Array.from({ length: dims }, (_, d) =>
        [...set, 3].reduce((sum, token) => sum + truth[token * dims + d], 0),
      );
      return { set, cells: 1e7, error };
    });
    const found = fitShifts(errors, 3, dims);
    found.forEach((value, k) => expect(value).toBeCloseTo(truth[k], 2));
  });

  it('stay small where there are few cells, and 0 for members without any', () => {
    const control: MeanError = { set: [], cells: 1e9, error: Float64Array.of(0) };
    const few: MeanError = { set: [0], cells: 10, error: Float64Array.of(2) };
    const [shift, none, token] = fitShifts([control, few], 2, 1);
    // Ten cells that say 2 beside ten that say 0.
    expect(shift).toBeCloseTo(1, 6);
    expect(none).toBe(0);
    expect(token).toBeCloseTo(0, 6);
  });
});

describe('mean errors', () => {
  const screen = {
    sets: [[], [0]],
    controls: Uint32Array.of(0, 1),
    conditions: [
      { label: 0, context: 0, cells: Uint32Array.of(0, 1) },
      { label: 1, context: 0, cells: Uint32Array.of(2, 3) },
    ],
  } as unknown as Screen;
  /** Controls at 0 and 2, perturbed cells at 5 and 7. */
  const states = Float32Array.of(0, 2, 5, 7);

  it('compare changes from the control cells that cells began at', () => {
    // Both cells of each condition began at the control cell 1, one above the controls' mean.
    const starts = Uint32Array.of(1, 1, 1, 1);
    const ends = Float32Array.of(2, 2, 6, 7);
    const [control, perturbed] = meanErrors(screen, screen.conditions, states, 1, { each: 2, ends, starts }); // prettier-ignore
    expect(control).toMatchObject({ set: [], cells: 2 });
    expect(control.error[0]).toBeCloseTo(0, 6);
    // They moved by 4.5, the real ones are 5 from control.
    expect(perturbed.error[0]).toBeCloseTo(0.5, 6);
  });

  it('compare ends where cells began at noise', () => {
    const ends = Float32Array.of(1, 1, 6, 7);
    const [, perturbed] = meanErrors(screen, screen.conditions, states, 1, { each: 2, ends, starts: null }); // prettier-ignore
    expect(perturbed.error[0]).toBeCloseTo(-0.5, 6);
  });
});
