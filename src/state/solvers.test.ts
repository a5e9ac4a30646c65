/** @file Solvers: fewer evaluations for models whose cells are dear, fewer for live cells. */
import { describe, expect, it } from 'vitest';
import type { ModelInfo } from '../protocol/model.ts';
import { isDear, solverFor } from './solvers.ts';

const screenOf = (tier: 'fast' | 'pad-lite') => ({ screen: { tier } }) as Pick<ModelInfo, 'screen'>;

describe('the solver of cells', () => {
  it('asks gene tokens a quarter as often', () => {
    expect([null, {}, screenOf('fast'), screenOf('pad-lite')].map(isDear)).toEqual([false, false, false, true]); // prettier-ignore
    const looks = { euler: 1, ab3: 1, heun: 2, rk4: 4 } as const;
    const asked = (tier: 'fast' | 'pad-lite', use: 'live' | 'final'): number => {
      const solver = solverFor(screenOf(tier), use);
      if (solver.method === 'dopri5') throw new Error('its steps are not known before');
      return looks[solver.method] * solver.steps;
    };
    expect(asked('pad-lite', 'final')).toBe(asked('fast', 'final') / 4);
    expect(asked('pad-lite', 'live')).toBeLessThan(asked('fast', 'live'));
    expect(solverFor(null, 'final')).toEqual({ method: 'rk4', steps: 20 });
  });
});
