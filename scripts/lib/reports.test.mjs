/** @file Counting tests: nothing that failed may be counted as passed, and no failure may vanish. */
import { describe, expect, it } from 'vitest';
import { isWelcome } from './licences.mjs';
import { playwrightCounts, vitestCounts } from './reports.mjs';
import { blot } from './run.mjs';

describe('counts', () => {
  it('counts a unit test file that could not be loaded as one failure', () => {
    const report = {
      numPassedTests: 5,
      numFailedTests: 1,
      numPendingTests: 2,
      numTodoTests: 0,
      testResults: [
        { status: 'failed', assertionResults: [{ status: 'failed' }, { status: 'passed' }] },
        { status: 'failed', assertionResults: [] },
        { status: 'passed', assertionResults: [{ status: 'passed' }] },
      ],
    };
    expect(vitestCounts(report)).toEqual({ passed: 5, failed: 2, leftOut: 2 });
  });

  it('counts a flaky end-to-end test as failed, and an error outside of tests as one failure', () => {
    const stats = { expected: 3, unexpected: 1, flaky: 1, skipped: 4 };
    expect(playwrightCounts({ stats, errors: [] })).toEqual({ passed: 3, failed: 2, leftOut: 4 });
    const clean = { expected: 0, unexpected: 0, flaky: 0, skipped: 0 };
    expect(playwrightCounts({ stats: clean, errors: [{}] }).failed).toBe(1);
  });
});

it.each([
  ['MIT', true],
  ['(MIT OR CC0-1.0)', true],
  ['MIT OR GPL-3.0-only', true],
  ['MIT AND GPL-2.0', false],
  ['GPL-3.0-or-later', false],
  ['AGPL-3.0', false],
  ['LGPL-2.1', false],
  ['CC-BY-NC-4.0', false],
  ['none stated', false],
  ['SEE LICENSE IN LICENSE.txt', false],
])('licence %s is welcome: %s', (expression, welcome) => {
  expect(isWelcome(expression)).toBe(welcome);
});

it('blots out addresses of servers but not of this machine', () => {
  const text = 'from https://example.org/simple/ and http://localhost:5173/ (https://a.b:1/c)';
  expect(blot(text)).toBe('from <address> and http://localhost:5173/ (<address>)');
});
