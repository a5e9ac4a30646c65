/** @file Memory, programs and the choice of threads of the CPU device. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findBarriers, Recorder } from '../plan/recorder.ts';
import type { View } from '../kernels/list.ts';
import type { CpuDevice } from './device.ts';
import { Heap } from './heap.ts';
import { startTestCpu } from './testing/devices.ts';
import { ThreadChoice } from './thread-choice.ts';

describe('heap', () => {
  it('gives out places that do not touch, and takes them back', () => {
    let end = 0;
    const heap = new Heap(1024, (to) => (end = Math.max(end, to)));
    const views = [1, 64, 65, 5000].map((bytes) => heap.allocate(bytes));
    for (const [i, view] of views.entries()) {
      expect(view.address % 64).toBe(0);
      const before = views[i - 1];
      // A cache line after each place is free for vector loads.
      if (before) expect(view.address - before.address - before.bytes).toBeGreaterThanOrEqual(64);
    }
    const high = end;
    for (const view of [views[1], views[3], views[0], views[2]]) heap.free(view);
    expect(heap.allocate(5000 + 64 + 65).address).toBe(1024);
    expect(end).toBe(high);
  });

  it('does not grow when the same sizes come and go', () => {
    let end = 0;
    const heap = new Heap(0, (to) => (end = Math.max(end, to)));
    for (let round = 0; round < 50; round++) {
      const views = [300, 20_000, 7].map((bytes) => heap.allocate(bytes));
      views.reverse().forEach((view) => heap.free(view));
    }
    expect(end).toBe(384 + 20_096 + 128);
  });
});

describe('barriers', () => {
  const place = (address: number): View => ({ address, bytes: 64 });
  const silu = (recorder: Recorder, x: number, y: number): void =>
    recorder.call('silu', { x: place(x), y: place(y), count: 16 });

  it('stand only where a call needs, or overwrites, what an earlier one touches', () => {
    const recorder = new Recorder();
    silu(recorder, 0, 64);
    silu(recorder, 0, 128);
    silu(recorder, 64, 192);
    silu(recorder, 128, 256);
    silu(recorder, 320, 128);
    expect(findBarriers(recorder.calls)).toEqual([false, false, true, false, true]);
  });

  it('a call without what its kernel needs is refused', () => {
    const recorder = new Recorder();
    const incomplete = { x: place(0), count: 16 } as unknown as { x: View; y: View; count: number };
    expect(() => recorder.call('silu', incomplete)).toThrow(RangeError);
  });
});

describe('threads', () => {
  let device: CpuDevice;

  beforeAll(async () => {
    device = await startTestCpu(3);
  });

  afterAll(() => device.dispose());

  it('run thousands of short programs in step', () => {
    const count = 1000;
    const [a, b] = [device.allocate(count), device.allocate(count)];
    const recorder = new Recorder();
    for (let i = 0; i < 10; i++) {
      recorder.call('addScaled', { x: a, y: b, out: b, count, c: 1 });
      recorder.call('addScaled', { x: b, y: a, out: a, count, c: -1 });
    }
    const program = device.compile(recorder);
    device.floats(a).fill(1);
    device.floats(b).fill(2);
    const [x, y] = [1, 2];
    let [p, q] = [x, y];
    for (let run = 0; run < 300; run++) {
      program.run();
      for (let i = 0; i < 10; i++) {
        q = p + q;
        p = q - p;
      }
      if (!Number.isSafeInteger(q) || Math.abs(q) > 2 ** 20) {
        device.floats(a).fill(x);
        device.floats(b).fill(y);
        [p, q] = [x, y];
      }
    }
    expect(device.floats(a).every((value) => value === p)).toBe(true);
    expect(device.floats(b).every((value) => value === q)).toBe(true);
  });

  it('memory grows without losing what is in it', () => {
    const small = device.allocate(4);
    device.floats(small).set([1, 2, 3, 4]);
    const large = device.allocate(40_000_000);
    expect(device.floats(small)).toEqual(Float32Array.of(1, 2, 3, 4));
    device.free(large, small);
  });
});

describe('the choice of threads', () => {
  /** Counts how often a program that takes these milliseconds ran each way. */
  function play(alone: number, together: number, runs: number): [number, number] {
    const choice = new ThreadChoice(2);
    const counts: [number, number] = [0, 0];
    for (let i = 0; i < runs; i++) {
      choice.time((threads) => {
        const end = performance.now() + (threads === 1 ? alone : together);
        counts[threads - 1]++;
        while (performance.now() < end);
      });
    }
    return counts;
  }

  it('goes with what is faster, and looks again now and then', () => {
    const [alone, together] = play(0.2, 2, 200);
    expect(alone).toBeGreaterThan(150);
    expect(together).toBeGreaterThanOrEqual(4);
    const other = play(2, 0.2, 200);
    expect(other[1]).toBeGreaterThan(150);
  });
});
