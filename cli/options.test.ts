/** @file Command-line options: both spellings, repeats, and wrong usage. */
import { describe, expect, it } from 'vitest';
import { parseOptions, UsageError } from './options.ts';

const rules = { values: ['--set', '--seed', '--out'], switches: ['--json'] };

describe('options', () => {
  it('reads values, repeats, switches and positional arguments in any order', () => {
    const options = parseOptions(
      ['--json', 'a.h5ad', '--set', 'x=1:2', '--set=y=B cell:0.5', '--seed', '7'],
      rules,
    );
    expect(options.single('file')).toBe('a.h5ad');
    expect(options.all('--set')).toEqual(['x=1:2', 'y=B cell:0.5']);
    expect(options.whole('--seed', 0)).toBe(7);
    expect(options.has('--json')).toBe(true);
    expect(options.text('--out')).toBeNull();
  });

  it.each<[string, () => unknown]>([
    ['an unknown option', () => parseOptions(['--colour', 'red'], rules)],
    ['a switch with a value', () => parseOptions(['--json=yes'], rules)],
    ['a value that is missing', () => parseOptions(['--seed'], rules)],
    ['a number that is none', () => parseOptions(['--seed', 'x'], rules).whole('--seed', 0)],
    ['a number that is too small', () => parseOptions(['--seed', '-1'], rules).whole('--seed', 0)],
    ['an option given twice', () => parseOptions(['--seed=1', '--seed=2'], rules).text('--seed')],
    ['a required option left out', () => parseOptions([], rules).required('--out')],
    ['two files', () => parseOptions(['a', 'b'], rules).single('file')],
    ['no file', () => parseOptions([], rules).single('file')],
  ])('%s is wrong usage', (_name, act) => {
    expect(act).toThrow(UsageError);
  });
});
