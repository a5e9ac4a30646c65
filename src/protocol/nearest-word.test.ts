/** @file What a person may have meant: near words are proposed, far ones and draws are not. */
import { describe, expect, it } from 'vitest';
import { didYouMean, nearest } from './nearest-word.ts';

describe('the nearest known word', () => {
  it.each([
    ['cell_typ', ['cell_type', 'condition'], 'cell_type'],
    ['conditoin', ['cell_type', 'condition'], 'condition'],
    ['b', ['B', 'NK'], 'B'],
    ['stim', ['control', 'stimulated'], 'stimulated'],
    ['trian', ['train', 'info', 'sample'], 'train'],
    ['--atributes', ['--attributes', '--out'], '--attributes'],
    ['cluster', ['cell_type', 'condition'], null],
    ['CD3', ['CD4', 'CD8'], null],
    ['', ['a', 'b'], null],
    ['x', [], null],
  ])('of %j among %j is %j', (word, known, found) => {
    expect(nearest(word, known)).toBe(found);
  });

  it('is asked for in a sentence', () => {
    expect(didYouMean('donr', ['donor'])).toBe(' Did you mean donor?');
    expect(didYouMean('donr', ['batch'])).toBe('');
  });
});
