import { describe, expect, it } from 'vitest';
import { Glide, glideDuration, glideEasing } from './glide.ts';

describe('glide easing', () => {
  // cubic-bezier(.2, 0, 0, 1) evaluated with numpy on a grid of 2,000,001 parameters.
  it.each([
    [0, 0],
    [0.1, 0.15625],
    [0.25, 0.60722],
    [0.5, 0.877834],
    [0.75, 0.97548],
    [1, 1],
  ])('at %f', (t, value) => expect(glideEasing(t)).toBeCloseTo(value, 4));
});

const aim = (places: number[], key = 'a', smooth = true) => ({
  places: Float32Array.from(places),
  key,
  smooth,
});

describe('a glide', () => {
  it('begins at once where nothing was, and takes 200 ms from place to place', () => {
    const glide = new Glide();
    expect(glide.places(0)).toBeNull();
    glide.aim(aim([0, 10]), 0);
    expect(glide.moving).toBe(false);
    expect([...(glide.places(0) ?? [])]).toEqual([0, 10]);
    glide.aim(aim([1, 20]), 1000);
    expect(glide.moving).toBe(true);
    expect([...(glide.places(1000) ?? [])]).toEqual([0, 10]);
    const half = glide.places(1000 + glideDuration / 2);
    expect(half?.[0]).toBeCloseTo(0.877834, 4);
    expect(half?.[1]).toBeCloseTo(18.77834, 4);
    expect([...(glide.places(1000 + glideDuration) ?? [])]).toEqual([1, 20]);
    expect(glide.moving).toBe(false);
  });

  it('goes on from where the points are when it is interrupted', () => {
    const glide = new Glide();
    glide.aim(aim([0]), 0);
    glide.aim(aim([1]), 0);
    glide.aim(aim([0]), glideDuration / 2);
    expect(glide.places(glideDuration / 2)?.[0]).toBeCloseTo(0.877834, 4);
    expect(glide.places(glideDuration)?.[0]).toBeCloseTo(0.877834 * (1 - 0.877834), 4);
    expect(glide.places(1.5 * glideDuration)?.[0]).toBe(0);
  });

  it('can be ended before its time', () => {
    const glide = new Glide();
    glide.aim(aim([0]), 0);
    glide.aim(aim([1]), 0);
    glide.finish();
    expect(glide.moving).toBe(false);
    expect(glide.places(1)?.[0]).toBe(1);
  });

  it('does not begin again when the same places are asked for', () => {
    const glide = new Glide();
    glide.aim(aim([0]), 0);
    const next = aim([1]);
    glide.aim(next, 0);
    glide.aim({ ...next }, 150);
    expect(glide.places(glideDuration)?.[0]).toBe(1);
  });

  it('jumps for other cells, another number of cells, without smoothness, and after a pause', () => {
    const glide = new Glide();
    const jumps = (next: ReturnType<typeof aim>): boolean => {
      glide.aim(next, 0);
      return !glide.moving && glide.places(0) === next.places;
    };
    expect(jumps(aim([0]))).toBe(true);
    expect(jumps(aim([1], 'b'))).toBe(true);
    expect(jumps(aim([1, 2], 'b'))).toBe(true);
    expect(jumps(aim([3, 4], 'b', false))).toBe(true);
    expect(jumps(aim([5, 6], 'b'))).toBe(false);
    glide.clear();
    expect(jumps(aim([7, 8], 'b'))).toBe(true);
  });
});
