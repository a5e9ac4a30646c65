/** @file Edge lists as people have them: tabs, commas, weights, headings, both directions. */
import { describe, expect, it } from 'vitest';
import { edgeListText } from '../protocol/edge-list.ts';
import { namedGraph, readEdges } from './graph-edges.ts';

const known = new Set(['A', 'B', 'C']);

describe('readEdges', () => {
  it('takes the first two names of a line, each pair once', async () => {
    const text = 'from\tto\tweight\nA\tB\t0.9\nB\tA\t0.9\n"B","C"\nA C 1\n\n# note\nA;A\nA\tQ\n';
    const { edges, left } = await readEdges(text, known);
    expect(edges).toEqual([['A', 'B'], ['B', 'C'], ['A', 'C']]); // prettier-ignore
    expect(left).toBe(3);
  });

  it('finds nothing in an empty text', async () => {
    expect(await readEdges('', known)).toEqual({ edges: [], left: 0 });
  });

  it('lets the page go on between many lines', async () => {
    let rests = 0;
    const lines = Array.from({ length: 9001 }, () => 'A\tB').join('\r\n');
    const { edges } = await readEdges(lines, known, async () => void (rests += 1));
    expect(edges).toHaveLength(1);
    expect(rests).toBe(2);
  });
});

describe('a model’s graph', () => {
  it('comes back as it was saved, and with a line more or less as it was edited', async () => {
    const saved = edgeListText(namedGraph([0, 2, 1, 2], ['A', 'B', 'C']), ['from a model']);
    const { edges, left } = await readEdges(saved, known);
    expect(edges).toEqual([['A', 'C'], ['B', 'C']]); // prettier-ignore
    expect(left).toBe(0);
    const edited = `${saved.replace('B\tC\n', '')}A\tB\n`;
    expect((await readEdges(edited, known)).edges).toEqual([['A', 'C'], ['A', 'B']]); // prettier-ignore
  });
});
