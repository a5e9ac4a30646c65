/** @file Planned requests: which control cells paths begin from, and which the network is shown. */
import { describe, expect, it } from 'vitest';
import { term, ask } from '../testing/requests.ts';
import { CarryOver } from './carry-over.ts';
import type { ScdfmModel, StateArrays } from './model.ts';
import { planRequest, type PlannedRequest } from './request.ts';

/** Five control cells of line x, and one of line y. */
const lines = [0, 0, 0, 0, 0, 1];
const arrays = {
  contextOffset: null,
  controlCells: Float32Array.from(lines.keys()),
  controlCodes: Float32Array.from(lines.flatMap((line) => [0, line])),
} as unknown as StateArrays;

const plan = (apart: boolean | undefined, line: string, first = 0, cells = 12): PlannedRequest => {
  const model = {
    architecture: { network: { tier: 'pad-lite', ...(apart !== undefined && { apart }) } },
    attributes: [
      { name: 'perturbation', categories: ['ctrl', 'A'], cells: [6, 6] },
      { name: 'line', categories: ['x', 'y'], cells: [10, 2] },
    ],
    combinations: [],
    library: {
      mean: 0,
      sd: 1,
      byCategory: [
        { mean: [0, 0], sd: [1, 1] },
        { mean: [], sd: [] },
      ],
    },
    screen: { attribute: 'perturbation', context: 'line', control: 'ctrl', separator: '+', members: ['A'] }, // prettier-ignore
  } as unknown as ScdfmModel;
  const request = ask([term('line', line)], { perturbation: ['A'], cells, first });
  return planRequest(model, arrays, request, new CarryOver(model, arrays));
};

describe('control cells', () => {
  it('that are shown are others of the same line than paths begin from', () => {
    const { controlOf, shownOf } = plan(true, 'x');
    expect(new Set(controlOf)).toEqual(new Set([0, 1, 2, 3, 4]));
    expect(new Set(shownOf)).toEqual(new Set([0, 1, 2, 3, 4]));
    shownOf.forEach((cell, i) => expect(cell).not.toBe(controlOf[i]));
    expect(Array.from(plan(true, 'y').shownOf)).toEqual(new Array(12).fill(5));
  });

  it('are the same for a cell whichever others are asked for with it', () => {
    const whole = plan(true, 'x');
    const part = plan(true, 'x', 7, 1);
    expect([part.controlOf[0], part.shownOf[0]]).toEqual([whole.controlOf[7], whole.shownOf[7]]);
  });

  it('that are shown are those that paths begin from in models of older recipes', () => {
    for (const apart of [false, undefined]) {
      const { controlOf, shownOf } = plan(apart, 'x');
      expect(shownOf).toEqual(controlOf);
    }
  });
});
