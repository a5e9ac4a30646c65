/** @file A screen as training needs it: cells without a perturbation's name belong to no condition. */
import { describe, expect, it } from 'vitest';
import { StudioError } from '../../protocol/errors.ts';
import type { ScreenSettings } from '../../protocol/perturb.ts';
import { missingConditions, readScreen } from './screen.ts';

const settings: ScreenSettings = {
  attribute: 'gene',
  control: 'NT',
  separator: '+',
  context: 'type',
  tier: 'fast',
  start: 'control',
  mmdWeight: 0.5,
  genes: null,
};
const gene = { name: 'gene', categories: ['A', 'NT', 'A+B', 'C'] };
const every = Uint32Array.from({ length: 12 }, (_, i) => i);

describe('readScreen', () => {
  it('takes cells without a value for no control and no perturbation', () => {
    const codes = Int32Array.of(1, 1, 1, 1, 1, 1, 0, 0, 2, 2, -1, -1);
    const type = { name: 'type', categories: ['x', 'y'], codes: Int32Array.from(every, (i) => (i === 7 ? -1 : i % 2)) }; // prettier-ignore
    const screen = readScreen(settings, [{ ...gene, codes }, type], every);
    expect([...screen.controls]).toEqual([0, 1, 2, 3, 4, 5]);
    expect(screen.members).toEqual(['A', 'B']);
    expect(screen.sets).toEqual([[0], [], [0, 1], null]);
    const inAny = screen.conditions.flatMap(({ cells }) => [...cells]).sort((a, b) => a - b);
    expect(inAny).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    // Without a kind of cells they are a condition of their own.
    expect(screen.conditions.map(({ label, context }) => [label, context])).toEqual([[1, 0], [1, 1], [0, -1], [0, 0], [2, 0], [2, 1]]); // prettier-ignore
    // Three sets in two kinds of cells, one of them in one kind alone.
    expect(missingConditions(screen)).toBe(1);
  });

  it('names what is missing', () => {
    const failure = (codes: Int32Array | null): string => {
      const type = { name: 'type', categories: ['x'], codes: new Int32Array(12) };
      try {
        readScreen(settings, codes === null ? [type] : [{ ...gene, codes }, type], every);
      } catch (thrown) {
        return StudioError.from(thrown).title;
      }
      return '';
    };
    const few = Int32Array.of(1, 1, 1, 0, 0, 0, 0, 0, 2, 2, -1, -1);
    expect(failure(few)).toBe('Only 3 training cells are control.');
    expect(failure(new Int32Array(12))).toBe('No training cell has gene NT.');
    const none = Int32Array.from(every, (i) => (i < 6 ? 1 : -1));
    expect(failure(none)).toBe('There is no perturbation to learn.');
    expect(failure(null)).toBe('gene is not among the chosen attributes.');
  });
});
