/** @file Names of neighbouring marks stand apart, inside the plot, and are left out where there is no room. */
import { describe, expect, it } from 'vitest';
import { spreadNames } from './spread-labels.ts';

const within = { left: 0, right: 200, top: 0, bottom: 100 };

describe('spreadNames', () => {
  it('puts two names of one place on two sides', () => {
    const [a, b] = spreadNames([{ name: 'STAT1', x: 100, y: 50 }, { name: 'JAK2', x: 101, y: 50 }], [], within); // prettier-ignore
    expect(a).toEqual({ name: 'STAT1', x: 105, y: 54, anchor: 'start' });
    expect(b?.anchor).toBe('end');
  });

  it('keeps names inside, and leaves out what has no room', () => {
    const [edge] = spreadNames([{ name: 'RP11-568N6.1', x: 195, y: 50 }], [], within);
    expect(edge?.anchor).toBe('end');
    const many = Array.from({ length: 30 }, (_, i) => ({ name: `GENE${i}`, x: 100, y: 50 }));
    const placed = spreadNames(many, [], within);
    expect(placed.length).toBeGreaterThan(1);
    expect(placed.length).toBeLessThan(9);
    expect(placed[0]?.name).toBe('GENE0');
  });

  it('looks for a side with fewer marks, and gives up in a crowd', () => {
    const right = [110, 115, 120].map((x) => ({ x, y: 50 }));
    expect(spreadNames([{ name: 'A1BG', x: 100, y: 50 }], right, within)[0]?.anchor).toBe('end');
    const crowd = Array.from({ length: 4000 }, (_, i) => ({ x: (i % 80) * 2.5, y: Math.floor(i / 80) * 2 })); // prettier-ignore
    expect(spreadNames([{ name: 'A1BG', x: 100, y: 50 }], crowd, within)).toEqual([]);
  });
});
