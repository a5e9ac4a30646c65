/** @file Hidden entries by their counts: means by hand, ranges, counts that are too few. */
import { expect, it } from 'vitest';
import { binByCount } from './impute-by-count.ts';

it('averages every way over like counts and leaves out what is too rare', () => {
  const truth = [
    ...Array(11).fill(0),
    ...Array(10).fill(4),
    ...Array(10).fill(5),
    3,
    3,
  ] as number[];
  const written = truth.map((count, i) => count / 2 + (i % 2));
  const other = truth.map(() => 7);
  const bins = binByCount(
    truth,
    new Map([
      ['written', written],
      ['other', other],
    ]),
  );
  expect(bins.map(({ from, to, entries }) => [from, to, entries])).toEqual([
    [0, 0, 11],
    [4, 5, 20],
  ]);
  expect(bins[0].means).toEqual({ written: 5 / 11, other: 7 });
  expect([bins[0].low, bins[0].high]).toEqual([0, 1]);
  expect(bins[1].hidden).toBe(4.5);
  expect(bins[1].means['written']).toBeCloseTo(4.5 / 2 + 0.5, 10);
});
