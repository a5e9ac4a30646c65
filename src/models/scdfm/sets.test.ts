/** @file Sets of perturbations as weights of tokens, and what members can be asked for. */
import { describe, expect, it } from 'vitest';
import { setWeights, type MemberWeights } from './sets.ts';
import { MemberTokens, reachableMembers, reachOf, shiftsOfTokens } from './tokens.ts';

const genes = ['A', 'x', 'B', 'y'];
const fast = { tier: 'fast', dims: 5, members: 2, contexts: [], width: 8, embedding: 8, blocks: 1 } as const; // prettier-ignore
/** x is joined to A and B, y to x alone. */
const graph = [0, 1, 1, 2, 1, 3];

/** Members that have tokens of their own. */
const ownTokens = (members: readonly number[]): MemberWeights[] => members.map((m) => [[m, 1]]);

describe('weights of a set', () => {
  it('add tokens to the control token, whatever their order', () => {
    expect(Array.from(setWeights(ownTokens([2, 0]), 3, 'sum'))).toEqual([1, 0, 1, 1]);
    expect(setWeights(ownTokens([0, 2]), 3, 'sum')).toEqual(
      setWeights(ownTokens([2, 0]), 3, 'sum'),
    );
    expect(Array.from(setWeights([], 3, 'sum'))).toEqual([0, 0, 0, 1]);
  });

  it('share two places at least: a single is half control, a pair is not', () => {
    expect(Array.from(setWeights(ownTokens([1]), 2, 'mean'))).toEqual([0, 0.5, 0.5]);
    expect(Array.from(setWeights(ownTokens([0, 1]), 2, 'mean'))).toEqual([0.5, 0.5, 0]);
    expect(Array.from(setWeights([], 2, 'mean'))).toEqual([0, 0, 1]);
    const three = setWeights(ownTokens([0, 1, 2]), 3, 'mean');
    three.forEach((weight, k) => expect(weight).toBeCloseTo(k < 3 ? 1 / 3 : 0, 6));
  });
});

describe('members', () => {
  const members = reachableMembers(['A', 'B'], genes, graph, 'fast');
  const screen = { members, seenMembers: 2, graph, control: 'NT', separator: '+' };
  const tokens = new MemberTokens(screen, genes, fast);

  it('are those seen, then genes that the graph joins to one of them', () => {
    expect(members).toEqual(['A', 'B', 'x']);
    expect(reachableMembers(['A'], genes, graph, 'pad-lite')).toEqual(['A', 'x', 'B', 'y']);
  });

  it('never seen are the mean of their seen neighbours', () => {
    expect(Array.from(tokens.weights(['x']))).toEqual([0.5, 0.5, 1]);
    expect(() => tokens.weights(['y'])).toThrow('does not join it');
  });

  it('never seen do a part of what their neighbours and all others do', () => {
    const some = new MemberTokens(screen, genes, fast, { near: 0.4, mean: 0 });
    expect(Array.from(some.weights(['x']))).toEqual([Math.fround(0.2), Math.fround(0.2), 1]);
    expect(Array.from(some.weights(['A']))).toEqual([1, 0, 1]);
    const more = new MemberTokens(screen, genes, fast, { near: 0.5, mean: 0.5 });
    expect(Array.from(more.weights(['x']))).toEqual([0.5, 0.5, 1]);
  });

  it('have rows of shifts by which singles and pairs get the sums of theirs, in either tier', () => {
    const shifts = Float32Array.of(1, -4, 10);
    const near = { near: 0.5, mean: 0 };
    const pad = { tier: 'pad-lite', dims: 1, members: genes.length, contexts: [], width: 8, heads: 2, graphHeads: 2, layers: 1, ratio: 2, gentle: true, masked: true } as const; // prettier-ignore
    expect(shiftsOfTokens(screen, genes, fast, near, shifts)).toBe(shifts);
    const rows = shiftsOfTokens(screen, genes, pad, near, shifts);
    const own = new MemberTokens(screen, genes, pad);
    const shiftOf = (...members: string[]): number =>
      own.weights(members).reduce((sum, weight, token) => sum + weight * rows[token], 0);
    expect(shiftOf()).toBe(10);
    expect(shiftOf('A')).toBe(11);
    expect(shiftOf('B', 'A')).toBe(7);
    expect(shiftOf('x')).toBe(10 + (0.5 * (1 - 4)) / 2);
  });

  it('never seen do as much as seen ones do of what others do', () => {
    const seen = ['A', 'B', 'C', 'D'];
    const reach = (shifts: readonly number[], graph: readonly number[]) =>
      reachOf(seen, Float32Array.of(...shifts, 0), Float32Array.of(2), seen, graph);
    // A and B are neighbours. Of the others' means (1/3, 1/3, 2/3, 2/3 of 2) all do 0.6; what A and B do beyond that, 0.8, is near 2/3.
    const found = reach([1, 1, 0, 0], [0, 1]);
    const beyond = (2 * (2 / 3) * 0.8 + 0.5 * 3 * (4 / 9)) / (2 * (4 / 9) + 3 * (4 / 9));
    expect(found.near).toBeCloseTo(beyond, 6);
    expect(found.mean).toBeCloseTo(0.6 - beyond, 6);
    // All are alike, or all are each other's neighbours: what is near says nothing beyond the mean.
    expect(reach([1, 1, 1, 1], [0, 1])).toEqual({ near: 0.5, mean: 0.5 });
    expect(reach([1, 0, 0, 0], [0, 1, 0, 2, 0, 3, 1, 2, 1, 3, 2, 3])).toEqual({
      near: 0.5,
      mean: -0.5,
    });
    expect(reach([0, 0, 0, 0], [])).toEqual({ near: 0.5, mean: -0.5 });
  });

  it('have what they change in a context beyond their means added up, never seen ones a part of it', () => {
    const pad = { tier: 'pad-lite', dims: 1, members: genes.length, contexts: [2], width: 8, heads: 2, graphHeads: 2, layers: 1, ratio: 2, gentle: true, masked: true } as const; // prettier-ignore
    const beyond = Float32Array.of(1, -4, 10, 20);
    const own = new MemberTokens(screen, genes, pad, { near: 0.5, mean: 0 }, beyond);
    expect(Array.from(own.beyond(['A'], 0) ?? [])).toEqual([1]);
    expect(Array.from(own.beyond(['A'], 1) ?? [])).toEqual([10]);
    expect(Array.from(own.beyondOfLabel('B+A', 1) ?? [])).toEqual([30]);
    expect(Array.from(own.beyond(['x'], 0) ?? [])).toEqual([0.25 * (1 - 4)]);
    expect(Array.from(own.beyondOfLabel('NT', 1) ?? [])).toEqual([0]);
    expect(own.beyond(['A'], -1)).toBeNull();
    expect(tokens.beyond(['A'], 0)).toBeNull();
  });

  it('are read from labels in any order', () => {
    expect(tokens.ofLabel('B+A')).toEqual(tokens.ofLabel('A+B'));
    expect(tokens.ofLabel('A+ctrl')).toEqual(tokens.weights(['A']));
    expect(Array.from(tokens.ofLabel('NT'))).toEqual([0, 0, 1]);
  });

  it('that are no genes have tokens behind all genes in pad-lite', () => {
    const pad = { tier: 'pad-lite', dims: 4, members: 5, contexts: [], width: 8, heads: 2, graphHeads: 2, layers: 1, ratio: 2, gentle: true, masked: true } as const; // prettier-ignore
    const mixed = { ...screen, members: ['A', 'drug'], seenMembers: 2 };
    const own = new MemberTokens(mixed, genes, pad).weights(['drug']);
    expect(Array.from(own)).toEqual([0, 0, 0, 0, 0.5, 0.5]);
  });
});
