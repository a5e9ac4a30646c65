/** @file 500 damaged files of every format: each gives its cells or a named error, in time, without a crash. */
import { describe, expect, it } from 'vitest';
import { fuzz } from './testing/fuzz.ts';

describe('damaged files', () => {
  it('are refused with a name or read with whole counts', async () => {
    const halves = await Promise.all([fuzz(0, 250), fuzz(250, 500)]);
    const cases = halves.flat();
    expect(cases.length).toBe(500);
    expect(cases.filter(({ outcome }) => outcome.startsWith('FAULT'))).toEqual([]);
    expect(cases.filter(({ ms }) => ms > 10_000)).toEqual([]);
    // What a file claims is never given memory: no process has grown by gigabytes.
    expect(Math.max(...cases.map(({ rss }) => rss))).toBeLessThan(2500);
    expect(cases.filter(({ outcome }) => outcome === 'file-damaged').length).toBeGreaterThan(100);
  }, 180_000);
});
