/** @file The headline by rule, and numbers in sentences. */
import { describe, expect, it } from 'vitest';
import type { Check, CheckId } from '../protocol/judge.ts';
import { adviceFor, adviceOf, tooFewAdvice } from './advice.ts';
import { floorOf, judgeCheck, rules } from './checks.ts';
import { percentWords, shortWords, timesWords } from './number-words.ts';
import { fitWords, headlineOf, sentenceOf } from './verdict-words.ts';

const ids: readonly CheckId[] = rules.map(({ id }) => id);

/** All seven checks inside. */
const checks = (): Check[] =>
  rules.map((rule) =>
    judgeCheck(rule, {
      value: 1,
      draws: Array.from({ length: 20 }, () => 1),
      baselines: {},
      interval: null,
      measures: {},
      maker: { stoppedEarly: false, foreign: false },
      cells: 100,
    }),
  );

/** Checks of which some are made to fail. */
const failing = (n: number): Check[] => {
  const out: readonly CheckId[] = ids.filter((id) => id !== 'copies').slice(0, n);
  return checks().map((check) => ({ ...check, inside: !out.includes(check.id) }));
};

describe('the headline', () => {
  it.each([
    [0, 'As close as real cells are to each other'],
    [1, 'Close to real, one gap'],
    [2, 'Close to real, two gaps'],
    [3, 'Partly like real cells'],
    [4, 'Partly like real cells'],
    [5, 'Not like real cells'],
    [6, 'Not like real cells'],
  ])('with %i gaps: %s', (n, expected) => {
    expect(headlineOf(failing(n))).toBe(expected);
    expect(sentenceOf(failing(n))).toBe(
      `${7 - n} of 7 checks are as good as one half of the real cells against the other.`,
    );
  });

  it('puts copies before everything else', () => {
    const copied = checks().map((check) => ({ ...check, inside: check.id !== 'copies' }));
    expect(headlineOf(copied)).toBe('Copies of the training cells');
    expect(fitWords(copied)).toMatch(/^Not fit for sharing/);
  });
});

describe('a check', () => {
  const rule = rules[0];
  const judged = (value: number) =>
    judgeCheck(rule, {
      value,
      draws: Array.from({ length: 21 }, (_, i) => i / 10),
      baselines: { gaussian: { energy: 7 } },
      interval: null,
      measures: {},
      maker: { stoppedEarly: true, foreign: false },
      cells: 100,
    });

  it('is inside up to the upper end of the 90 % band of real cells', () => {
    // Draws 0, 0.1 … 2: the 95 % point is 1.9, the mean 1.
    expect(judged(1.9).inside).toBe(true);
    expect(judged(1.91)).toMatchObject({ inside: false, light: 'near' });
    expect(judged(1.91).middle).toBeCloseTo(1, 12);
    expect(judged(3.9).light).toBe('far');
    expect(judged(3.9).baselines).toEqual({ gaussian: 7 });
    expect(adviceOf([judged(3.9), judged(2.5)])).toEqual(['Train to the end.']);
    expect(floorOf([3])).toEqual({ mean: 3, low: 3, high: 3, draws: 1 });
  });

  it('never advises a higher and a lower weight at once', () => {
    const seldom = { ...judged(3.9), id: 'hits', advice: 'Raise the weight.' } as const;
    const uniform = { diversity: 0.5 };
    expect(adviceOf([judged(3.9), seldom])).toContain('Raise the weight.');
    expect(adviceOf([judged(3.9)], uniform)[0]).toMatch(/^Lower a guidance weight/);
    const both = adviceOf([judged(3.9), seldom], uniform);
    expect(both).toHaveLength(2);
    expect(both[0]).toMatch(/^Leave the guidance weight/);
    expect(both[1]).toBe('Train to the end.');
  });
});

describe('advice on cells of another program', () => {
  const settings = /guidance weight|Library size|[Tt]rain (to|longer|on)|Model,|slider/;
  const foreign = { stoppedEarly: true, foreign: true };

  it('says what to look at, and names no setting of this one', () => {
    const others = ids.map((id) => adviceFor(id, foreign));
    const own = ids.map((id) => adviceFor(id, { ...foreign, foreign: false }));
    expect(new Set(others).size).toBe(ids.length);
    for (const text of [...others, tooFewAdvice(true)]) expect(text).not.toMatch(settings);
    expect(own.filter((text) => settings.test(text)).length).toBeGreaterThanOrEqual(4);
    expect(tooFewAdvice(false)).toMatch(settings);
  });

  it('keeps what it says of seldom recognised cells when they are also too alike', () => {
    const out = failing(6).map((check) => ({ ...check, advice: adviceFor(check.id, foreign) }));
    const said = adviceOf(out, { diversity: 0.5 }, [], true);
    expect(said[0]).toMatch(/^Look at how the generator draws its noise/);
    expect(said).toContain(adviceFor('hits', foreign));
    for (const text of said) expect(text).not.toMatch(settings);
  });
});

it('writes numbers as the studio does', () => {
  expect([0.0047, 0.41, 2.44, 16.6, 123.4, 1234, 0].map(shortWords)).toEqual([
    '0.0047',
    '0.41',
    '2.4',
    '17',
    '123',
    '1,234',
    '0',
  ]);
  expect([0, 0.019, 0.55, 1].map(percentWords)).toEqual([
    '0\u202f%',
    '1.9\u202f%',
    '55\u202f%',
    '100\u202f%',
  ]);
  expect(timesWords(1.93)).toBe('1.9×');
});
