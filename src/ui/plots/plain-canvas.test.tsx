/** @file What a canvas is asked for while a library makes its own, and afterwards. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { inPlainMemory } from './plain-canvas.ts';

const asked = vi.fn<(kind: string, settings?: object) => null>(() => null);
const prototype = HTMLCanvasElement.prototype as unknown as { getContext: unknown };
const real = prototype.getContext;

beforeEach(() => {
  asked.mockClear();
  prototype.getContext = asked;
});
afterEach(() => {
  prototype.getContext = real;
});

describe('canvases in plain memory', () => {
  it('are those with a 2D context, other settings kept', () => {
    const answer = inPlainMemory(() => {
      const canvas = document.createElement('canvas');
      canvas.getContext('2d');
      canvas.getContext('2d', { alpha: false });
      canvas.getContext('webgl2', { depth: false });
      return 7;
    });
    expect(answer).toBe(7);
    expect(asked.mock.calls).toEqual([
      ['2d', { willReadFrequently: true }],
      ['2d', { alpha: false, willReadFrequently: true }],
      ['webgl2', { depth: false }],
    ]);
  });

  it('are asked for as usual afterwards, also when the making failed', () => {
    expect(() =>
      inPlainMemory(() => {
        throw new Error('no chart');
      }),
    ).toThrow('no chart');
    document.createElement('canvas').getContext('2d');
    expect(asked.mock.calls[0]).toEqual(['2d']);
  });
});
