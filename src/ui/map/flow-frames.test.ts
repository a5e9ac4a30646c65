import { describe, expect, it } from 'vitest';
import { flowPaths, interpolateFrames } from './flow-frames.ts';

// Three frames of two cells.
const frames = Float32Array.of(0, 0, 10, 10, 1, 2, 20, 10, 2, 4, 40, 10);

describe('flow frames', () => {
  it('are linear between two frames and exact on them', () => {
    expect([...interpolateFrames(frames, 3, 0)]).toEqual([0, 0, 10, 10]);
    expect([...interpolateFrames(frames, 3, 0.25)]).toEqual([0.5, 1, 15, 10]);
    expect([...interpolateFrames(frames, 3, 0.5)]).toEqual([1, 2, 20, 10]);
    expect([...interpolateFrames(frames, 3, 1)]).toEqual([2, 4, 40, 10]);
  });

  it('clamp the time, and survive one or no frame', () => {
    expect([...interpolateFrames(frames, 3, 7)]).toEqual([2, 4, 40, 10]);
    expect([...interpolateFrames(Float32Array.of(3, 4), 1, 0.6)]).toEqual([3, 4]);
    expect(interpolateFrames(new Float32Array(0), 0, 0.5)).toHaveLength(0);
  });

  it('split each way where the cell is now', () => {
    const [way] = flowPaths(frames, 3, 0.25, 1);
    expect(way.cell).toBe(0);
    expect([...way.past]).toEqual([0, 0, 0.5, 1]);
    expect([...way.future]).toEqual([0.5, 1, 1, 2, 2, 4]);
    expect(flowPaths(frames, 3, 0.5, 24)).toHaveLength(2);
  });
});
