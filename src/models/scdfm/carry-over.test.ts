/** @file What is carried over to contexts where a perturbation was never seen: similar contexts count most, seen ones stay as they are. */
import { describe, expect, it } from 'vitest';
import { CarryOver } from './carry-over.ts';
import { NEAR_CONTEXTS } from './config.ts';
import type { ScdfmModel, StateArrays } from './model.ts';

/** Contexts w, x, y, z whose control cells lie at 0, 1, 2 and 9; A was seen in x, y and z, B nowhere but in w. */
const places = [0, 1, 2, 9];
const model = {
  attributes: [
    { name: 'perturbation', categories: ['ctrl', 'A', 'B'] },
    { name: 'line', categories: ['w', 'x', 'y', 'z'] },
  ],
  combinations: [
    ...places.map((_, line) => ({ codes: [0, line], cells: 2 })),
    ...[1, 2, 3].map((line) => ({ codes: [1, line], cells: 5 })),
    { codes: [2, 0], cells: 5 },
  ],
  screen: { attribute: 'perturbation', context: 'line', control: 'ctrl', separator: '+' },
  whitening: { mean: Float32Array.of(0), sd: Float32Array.of(2) },
} as unknown as ScdfmModel;
const lines = [0, 0, 1, 1, 2, 2, 3, 3];
const arrays = {
  contextOffset: new Float32Array(5),
  memberOffset: null,
  controls: Float32Array.from(lines, (line, i) => (places[line] + (i % 2 === 0 ? 0.5 : -0.5)) / 2),
  controlCodes: Float32Array.from(lines.flatMap((line) => [0, line])),
  controlCells: new Float32Array(8),
} as unknown as StateArrays;

describe('carrying a perturbation over', () => {
  it('weighs the contexts that have it by the distance of their control cells, and leaves out the far ones', () => {
    const shares = new CarryOver(model, arrays).shares(['A'], 0);
    expect(shares.map(([context]) => context)).toEqual([1, 2]);
    const scale = 2 * NEAR_CONTEXTS.width * 2 ** 2;
    const weights = [1, 2].map((distance) => Math.exp(-(distance ** 2) / scale));
    const total = weights.reduce((a, b) => a + b, 0);
    shares.forEach(([, share], k) => expect(share).toBeCloseTo(weights[k] / total, 6));
  });

  it('leaves alone what was seen there, control, unknown sets and unknown contexts', () => {
    const carryOver = new CarryOver(model, arrays);
    expect(carryOver.isCarried(['A'], 0)).toBe(true);
    expect(carryOver.isCarried(['A'], 1)).toBe(false);
    expect(carryOver.isCarried(['B'], 0)).toBe(false);
    expect(carryOver.shares([], 0)).toEqual([]);
    expect(carryOver.shares(['C'], 0)).toEqual([]);
    expect(carryOver.shares(['A'], -1)).toEqual([]);
  });

  it('does nothing in models without offsets by context, or without contexts', () => {
    expect(new CarryOver(model, { ...arrays, contextOffset: null }).shares(['A'], 0)).toEqual([]);
    const { screen } = model;
    const plain = { ...model, screen: { ...screen, context: null } };
    expect(new CarryOver(plain, arrays).shares(['A'], 0)).toEqual([]);
  });
});
