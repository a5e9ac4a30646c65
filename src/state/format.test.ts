import { describe, expect, it } from 'vitest';
import {
  dayOf,
  formatBytes,
  formatAbout,
  formatDuration,
  formatMilliseconds,
  formatNumber,
  formatPercent,
} from './format.ts';

/** The expectations are those of the design's list of number styles, with U+2009 before units. */
describe('numbers as the studio writes them', () => {
  it.each([
    [formatNumber(2618), '2,618'],
    [formatNumber(-3), '\u22123'],
    [formatPercent(0.849), '84.9\u2009%'],
    [formatDuration(171), '2\u2009min 51\u2009s'],
    [formatDuration(59.6), '1\u2009min 00\u2009s'],
    [formatAbout(960), '16\u2009min'],
    [formatAbout(975), '16\u2009min 15\u2009s'],
    [formatAbout(7200), '2\u2009h'],
    [formatAbout(30), '30\u2009s'],
    [formatDuration(0.94), '0.9\u2009s'],
    [formatDuration(3900), '1\u2009h 05\u2009min'],
    [formatDuration(7199), '1\u2009h 60\u2009min'.replace('1\u2009h 60', '2\u2009h 00')],
    [formatMilliseconds(38.4), '38\u2009ms'],
    [formatBytes(412_000_000), '412\u2009MB'],
    [formatBytes(1_300_000_000), '1.3\u2009GB'],
    [formatBytes(17), '17\u2009B'],
    [dayOf('2026-11-22T12:00:00.000Z'), '22 November 2026'],
    [dayOf('some day'), 'some day'],
  ])('%s', (got, wanted) => {
    expect(got).toBe(wanted);
  });
});
