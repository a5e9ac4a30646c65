/** @file --held-out, --held-out-by and --hide: values with commas, and what cannot be meant. */
import { describe, expect, it } from 'vitest';
import { parseOptions, UsageError } from './options.ts';
import { groupsIn, readHeldOut, readSplit, splitOptions } from './split-option.ts';

const options = (...args: string[]) => parseOptions(args, { values: splitOptions, switches: [] });
const attributes = ['type', 'state'];

describe('the split options', () => {
  it('default to a tenth of every combination', () => {
    expect(readHeldOut(options())).toBe(0.1);
    expect(readSplit(options(), attributes)).toBeUndefined();
  });

  it('read columns and combinations, whose values may hold commas and equals signs', () => {
    const given = options('--held-out-by', 'donor', '--hide', 'type=CD4, naive,state=on', '--hide', 'state=p=1'); // prettier-ignore
    expect(readSplit(given, attributes)).toEqual({
      by: 'donor',
      hide: [{ type: 'CD4, naive', state: 'on' }, { state: 'p=1' }],
    });
  });

  it('refuse what cannot be meant', () => {
    expect(() => readHeldOut(options('--held-out', '0.9'))).toThrow(UsageError);
    expect(() => readSplit(options('--held-out-by', 'type'), attributes)).toThrow(/not among/);
    expect(() => readSplit(options('--hide', 'donor=3'), attributes)).toThrow(UsageError);
    expect(() => readSplit(options('--hide', 'stat=on'), attributes)).toThrow(/mean state\?/);
  });

  it('give the group of every selected cell', () => {
    const column = { categories: ['x', 'y'], codes: Int32Array.of(0, 1, -1, 1) };
    const file = { path: 'cells.h5ad', columns: { donor: column } };
    expect(groupsIn(file, 'donor', Int32Array.of(3, 2, 0))).toEqual(Int32Array.of(1, -1, 0));
    expect(groupsIn(file, null, Int32Array.of(1))).toBeUndefined();
    expect(() => groupsIn(file, 'doner', Int32Array.of(1))).toThrow(/Did you mean donor\?/);
  });
});
