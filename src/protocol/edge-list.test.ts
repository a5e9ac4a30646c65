/** @file Edge lists are read as people write them, and come back as they were saved. */
import { describe, expect, it } from 'vitest';
import { edgeListText, edgeOf } from './edge-list.ts';

describe('edgeOf', () => {
  it('takes the first two names, whatever parts them', () => {
    for (const line of ['A\tB\t0.9', 'A, B, 0.9', '"A";"B"', 'A B 1', '  A   B']) {
      expect(edgeOf(line), line).toEqual(['A', 'B']);
    }
    expect(edgeOf('RP11-1 a\tC 2')).toEqual(['RP11-1 a', 'C 2']);
  });

  it('has nothing in notes, empty lines and names alone', () => {
    for (const line of ['', '   ', '# A B', 'A', 'A\t', ',B'])
      expect(edgeOf(line), line).toBeNull();
  });
});

describe('edgeListText', () => {
  it('is read back as the same pairs', () => {
    const edges = [['A', 'B'], ['HLA-DRA', 'gene, with a comma']] as const; // prettier-ignore
    const text = edgeListText(edges, ['a note', 'another one']);
    expect(text.split('\n').flatMap((line) => (edgeOf(line) === null ? [] : [edgeOf(line)]))).toEqual(edges); // prettier-ignore
    expect(edgeListText([], [])).toBe('\n');
  });
});
