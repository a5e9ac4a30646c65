import { describe, expect, it } from 'vitest';
import { fitText, textWidth, wrapText } from './text-fit.ts';

// without a page to measure in, a letter of 11 px is 6.38 px wide
const letters = (n: number): number => n * 11 * 0.58 + 0.01;

describe('texts in plots', () => {
  it('stay whole when they fit', () => {
    expect(fitText('CD19+ B', letters(7))).toBe('CD19+ B');
    expect(textWidth('CD34+')).toBeCloseTo(31.9, 6);
  });

  it('lose their middle, so that names that begin alike stay apart', () => {
    const room = letters(11);
    const [first, second] = ['CD4+/CD45RO+ Memory', 'CD4+/CD45RA+/CD25- Naive T'].map((name) =>
      fitText(name, room),
    );
    expect(first).toBe('CD4+/…emory');
    expect(second).toBe('CD4+/…ive T');
    expect(fitText('abcdef', 1)).toBe('a…');
  });

  it('break after spaces, slashes and hyphens', () => {
    expect(wrapText('CD8+/CD45RA+ Naive Cytotoxic', letters(14), 3)).toEqual([
      'CD8+/CD45RA+',
      'Naive',
      'Cytotoxic',
    ]);
    expect(wrapText('CD8+/CD45RA+ Naive Cytotoxic', letters(14), 2)).toEqual([
      'CD8+/CD45RA+',
      'Naive C…otoxic',
    ]);
    expect(wrapText('Dendritic', letters(20), 2)).toEqual(['Dendritic']);
    expect(wrapText('', letters(20), 2)).toEqual(['']);
  });
});
