/** @file Alone or together: what is faster is found, also after a cold start, a disturbance, or a change. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ThreadChoice } from './thread-choice.ts';

let now = 0;

beforeEach(() => {
  now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** Runs `count` times; returns how often it ran together. @param cost milliseconds by threads and run */
function together(
  choice: ThreadChoice,
  count: number,
  cost: (threads: number, run: number) => number,
): number {
  let times = 0;
  for (let run = 0; run < count; run++) {
    choice.time((threads) => {
      now += cost(threads, run);
      if (threads > 1) times++;
    });
  }
  return times;
}

describe.each([
  ['short', 1],
  ['long', 90],
])('a %s program', (_name, ms) => {
  const scales = (threads: number): number => ms / threads;
  const suffers = (threads: number): number => ms * threads;

  it('runs together when that is faster, but for a few trials', () => {
    expect(together(new ThreadChoice(2), 400, scales)).toBeGreaterThan(385);
  });

  it('runs alone when threads only get in each other’s way', () => {
    expect(together(new ThreadChoice(2), 400, suffers)).toBeLessThan(15);
  });

  it('is not fooled by a cold first run', () => {
    const cold = (threads: number, run: number): number => scales(threads) * (run === 0 ? 20 : 1);
    expect(together(new ThreadChoice(2), 60, cold)).toBeGreaterThan(50);
  });

  it('comes back soon after the first runs were disturbed', () => {
    const disturbed = (threads: number, run: number): number =>
      threads > 1 && run < 6 ? 10 * ms : scales(threads);
    const choice = new ThreadChoice(2);
    together(choice, 80, disturbed);
    expect(together(choice, 100, scales)).toBeGreaterThan(90);
  });

  it('follows when the computer gets busy and free again', () => {
    const choice = new ThreadChoice(2);
    together(choice, 300, scales);
    together(choice, 400, suffers);
    expect(together(choice, 100, suffers)).toBeLessThan(10);
    together(choice, 400, scales);
    expect(together(choice, 100, scales)).toBeGreaterThan(90);
  });
});

it('knows nothing to choose with one thread', () => {
  expect(together(new ThreadChoice(1), 20, () => 1)).toBe(0);
});
