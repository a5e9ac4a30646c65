/** @file Names made unique. Expected: what anndata 0.12's make_index_unique returned. */
import { describe, expect, it } from 'vitest';
import { uniqueNames } from './unique-names.ts';

describe('uniqueNames', () => {
  it('numbers later occurrences', () => {
    expect(uniqueNames(['a', 'a', 'b', 'a'])).toEqual(['a', 'a-1', 'b', 'a-2']);
  });

  it('skips names that are taken, before or after', () => {
    expect(uniqueNames(['a', 'a', 'a-1', 'a', 'a-2', 'b', 'b'])).toEqual([
      'a',
      'a-3',
      'a-1',
      'a-4',
      'a-2',
      'b',
      'b-1',
    ]);
  });

  it('returns the same list when nothing is double', () => {
    const names = ['x', 'y'];
    expect(uniqueNames(names)).toBe(names);
  });
});
