import { describe, expect, it } from 'vitest';
import { adamsBashforth, dopri5, fixedStep, float64Space } from './ode.ts';
import type { Dopri5Attempt, FixedStepOptions, VectorSpace } from './ode.ts';
import { largestDifference } from './testing/compare.ts';
import { loadFixture } from './testing/fixture.ts';
import { velocityReference } from './testing/velocity-reference.ts';

interface RunInfo {
  readonly weights: Record<string, number>;
  readonly accepted: number;
  readonly rejected: number;
  readonly field_evaluations: number;
  readonly 'max |dopri5 f64 - reference|': number;
}

const TOLERANCES = { atol: 1e-5, rtol: 1e-5 };

function open(name: string) {
  const fixture = loadFixture('ode', name);
  const network = velocityReference(fixture.tensors);
  const labels = {
    cell_type: fixture.values('label.cell_type'),
    batch: fixture.values('label.batch'),
  };
  const field = (weights: Record<string, number>) => (t: number, x: Float64Array) =>
    network.guided(x, t, labels, weights);
  return { fixture, field };
}

describe.each([
  ['guided', 'w0', 'z0', [0, 1], 1e-9],
  ['guided', 'w1', 'z0', [0, 1], 1e-9],
  ['guided', 'w2_5', 'z0', [0, 1], 1e-9],
  ['guided', 'w1_1', 'z0', [0, 1], 1e-9],
  ['guided', 'w2_0_5', 'z0', [0, 1], 1e-9],
  ['eleven_points', 'w1_1', 'z0', 'times', 1e-9],
  ['reverse', 'back', 'z1', [1, 0], 1e-9],
  ['rough', 'w1_1', 'z0', [0, 1], 1e-7],
] as const)('dopri5 on %s, run %s', (name, run, start, times, tolerance) => {
  const { fixture, field } = open(name);
  const info = fixture.info.scalars[run] as RunInfo;
  const asked = times === 'times' ? fixture.values('times') : times;
  const attempts: Dopri5Attempt[] = [];
  const promise = dopri5(float64Space, field(info.weights), fixture.values(start), asked, {
    ...TOLERANCES,
    onAttempt: (attempt) => attempts.push(attempt),
  });

  it('ends where torchdyn ends', async () => {
    const { states } = await promise;
    const asStored = times === 'times' ? states : states.slice(1);
    const values = asStored.flatMap((state) => [...state]);
    expect(largestDifference(values, fixture.values(`${run}.z`))).toBeLessThan(tolerance);
    const error = largestDifference(values, fixture.values(`${run}.z.reference`));
    expect(error).toBeLessThan(info['max |dopri5 f64 - reference|'] * 1.001);
  });

  it('tries the same steps', async () => {
    const result = await promise;
    expect(result).toMatchObject({
      accepted: info.accepted,
      rejected: info.rejected,
      attempts: info.accepted + info.rejected,
      evaluations: info.field_evaluations,
    });
    const rows = attempts.flatMap(({ t, dt, ratio }) => [t, dt, ratio]);
    expect(largestDifference(rows, fixture.values(`${run}.attempts`))).toBeLessThan(
      name === 'rough' ? 1e-6 : 1e-8,
    );
  });
});

describe('dopri5', () => {
  it('returns from a reverse run where the original does', async () => {
    const { fixture, field } = open('reverse');
    const velocity = field({ cell_type: 1, batch: 1 });
    const start = fixture.values('z1');
    const back = await dopri5(float64Space, velocity, start, [1, 0], TOLERANCES);
    const again = await dopri5(float64Space, velocity, back.states[1], [0, 1], TOLERANCES);
    expect(largestDifference(again.states[1], fixture.values('round_trip.z'))).toBeLessThan(1e-9);
  });

  it('approaches the tight reference when the tolerance falls', async () => {
    const { fixture, field } = open('guided');
    const velocity = field({ cell_type: 1 });
    const options = { atol: 1e-9, rtol: 1e-9 };
    const { states } = await dopri5(float64Space, velocity, fixture.values('z0'), [0, 1], options);
    expect(largestDifference(states[1], fixture.values('w1.z.reference'))).toBeLessThan(5e-8);
  });

  it('solves an oscillator forwards and backwards', async () => {
    const spin = (_: number, x: Float64Array) => Float64Array.of(x[1], -x[0]);
    const options = { atol: 1e-10, rtol: 1e-10 };
    for (const times of [
      [0, 0.4, 2.5],
      [3, 1.25, -1],
    ]) {
      const x0 = Float64Array.of(Math.sin(times[0]), Math.cos(times[0]));
      const { states } = await dopri5(float64Space, spin, x0, times, options);
      const expected = times.flatMap((t) => [Math.sin(t), Math.cos(t)]);
      expect(
        largestDifference(
          states.flatMap((s) => [...s]),
          expected,
        ),
      ).toBeLessThan(1e-8);
      expect(states[0]).toBe(x0);
    }
  });

  it('takes a field that stands still, and a state without elements', async () => {
    const still = (_: number, x: Float64Array) => new Float64Array(x.length);
    const x0 = Float64Array.of(1, 2);
    const { states } = await dopri5(float64Space, still, x0, [0, 1], TOLERANCES);
    expect([...states[1]]).toEqual([1, 2]);
    const empty = await dopri5(float64Space, still, new Float64Array(0), [0, 1], TOLERANCES);
    expect(empty.states[1]).toHaveLength(0);
  });

  it('refuses times that do not go one way', async () => {
    const still = (_: number, x: Float64Array) => new Float64Array(x.length);
    for (const times of [[0], [0, 0], [0, 1, 0.5], [0, Number.NaN]])
      await expect(
        dopri5(float64Space, still, Float64Array.of(1), times, TOLERANCES),
      ).rejects.toThrow(RangeError);
  });

  it('stops at a velocity that is not a number', async () => {
    const broken = (t: number, x: Float64Array) => x.map((value) => (t > 0.3 ? Number.NaN : value));
    await expect(
      dopri5(float64Space, broken, Float64Array.of(1), [0, 1], TOLERANCES),
    ).rejects.toThrow('not a finite number');
  });
});

/** Counts states handed out and disposed; a state disposed twice or used after that throws. */
function countingSpace() {
  const live = new Set<Float64Array>();
  const gone = new Set<Float64Array>();
  const check = (...states: Float64Array[]): void => {
    if (states.some((state) => gone.has(state))) throw new Error('A disposed state was used.');
  };
  const born = (state: Float64Array): Float64Array => {
    live.add(state);
    return state;
  };
  const space: VectorSpace<Float64Array> = {
    combine(base, terms) {
      check(base, ...terms.map((term) => term.k));
      return born(float64Space.combine(base, terms));
    },
    errorNorm(err, x, xNew, atol, rtol) {
      check(err, x, xNew);
      return float64Space.errorNorm(err, x, xNew, atol, rtol);
    },
    scaledNorm(v, x, atol, rtol) {
      check(v, x);
      return float64Space.scaledNorm(v, x, atol, rtol);
    },
    dispose(state) {
      check(state);
      if (!live.delete(state)) throw new Error('A foreign state was disposed.');
      gone.add(state);
    },
  };
  return { space, live, born, check };
}

describe('ownership of states', () => {
  const x0 = Float64Array.of(1, -0.5);
  /** Steep enough to have rejected steps. */
  const slope = (t: number, x: Float64Array) => x.map((v) => Math.sin(40 * t) * 60 * v);

  it('dopri5 leaves only the returned states alive', async () => {
    const { space, live, born } = countingSpace();
    const field = (t: number, x: Float64Array) => born(slope(t, x));
    const times = [0, 0.31, 1];
    const result = await dopri5(space, field, x0, times, TOLERANCES);
    expect(result.rejected).toBeGreaterThan(0);
    expect(live).toEqual(new Set(result.states.slice(1)));
  });

  it('fixedStep leaves only the returned state alive', async () => {
    const { space, live, born } = countingSpace();
    const field = (t: number, x: Float64Array) => born(slope(t, x));
    const options = { method: 'rk4', from: 0, to: 1, steps: 5 } as const;
    const { state } = await fixedStep(space, field, x0, options);
    expect([...live]).toEqual([state]);
  });

  it('nothing stays alive after an abort or an error', async () => {
    const { space, live, born } = countingSpace();
    const controller = new AbortController();
    let calls = 0;
    const field = (t: number, x: Float64Array) => {
      if (++calls === 9) controller.abort();
      return born(slope(t, x));
    };
    const { signal } = controller;
    await expect(dopri5(space, field, x0, [0, 1], { ...TOLERANCES, signal })).rejects.toThrow(
      expect.objectContaining({ name: 'AbortError' }),
    );
    expect(live.size).toBe(0);
    const failing = (t: number, x: Float64Array) => {
      if (t > 0.5) throw new Error('broken field');
      return born(slope(t, x));
    };
    const options = { method: 'heun', from: 0, to: 1, steps: 10 } as const;
    await expect(fixedStep(space, failing, x0, options)).rejects.toThrow('broken field');
    expect(live.size).toBe(0);
    await expect(dopri5(space, failing, x0, [0, 1], TOLERANCES)).rejects.toThrow('broken field');
    expect(live.size).toBe(0);
  });
});

describe('adamsBashforth', () => {
  /** x′ = cos(t)·x, whose solution is e^(sin t). */
  const field = (t: number, x: Float64Array) => x.map((value) => Math.cos(t) * value);

  it.each([0, 2])(
    'has order 3 and costs one evaluation a step and one more, from %i',
    async (from) => {
      const to = 2 - from;
      const errorOf = async (steps: number): Promise<number> => {
        const x0 = Float64Array.of(Math.exp(Math.sin(from)));
        const { state, evaluations } = await adamsBashforth(float64Space, field, x0, {
          from,
          to,
          steps,
        });
        expect(evaluations).toBe(steps + 1);
        return Math.abs(state[0] - Math.exp(Math.sin(to)));
      };
      const gain = (await errorOf(160)) / (await errorOf(320));
      expect(Math.abs(Math.log2(gain) - 3)).toBeLessThan(0.25);
    },
  );

  it('is exact where the velocity is a parabola of time, after its first step', async () => {
    // ∫₀¹ of each step is exact from the third step on; the first two have the errors of Heun and of two slopes.
    const parabola = (t: number, x: Float64Array) => x.map(() => 3 * t * t);
    const times: number[] = [];
    const states: number[] = [];
    await adamsBashforth(float64Space, parabola, Float64Array.of(0), {
      from: 0,
      to: 1,
      steps: 8,
      onStep: (_step, t, x) => {
        times.push(t);
        states.push(x[0]);
      },
    });
    for (let i = 2; i < 8; i++) {
      const exact = times[i] ** 3 - times[i - 1] ** 3;
      expect(Math.abs(states[i] - states[i - 1] - exact)).toBeLessThan(1e-14);
    }
    expect(times[7]).toBe(1);
  });

  it.each([1, 2, 3, 9])('leaves only the returned state alive after %i steps', async (steps) => {
    const { space, live, born } = countingSpace();
    const alive = (t: number, x: Float64Array) => born(field(t, x));
    const x0 = Float64Array.of(1);
    const { state } = await adamsBashforth(space, alive, x0, { from: 0, to: 1, steps });
    expect([...live]).toEqual([state]);
    expect([...x0]).toEqual([1]);
  });

  it('frees everything when the field fails, and refuses odd numbers of steps', async () => {
    const { space, live, born } = countingSpace();
    const failing = (t: number, x: Float64Array) => {
      if (t > 0.6) throw new Error('broken field');
      return born(field(t, x));
    };
    const options = { from: 0, to: 1, steps: 10 };
    const run = adamsBashforth(space, failing, Float64Array.of(1), options);
    await expect(run).rejects.toThrow('broken field');
    expect(live.size).toBe(0);
    for (const steps of [0, 1.5, Number.NaN]) {
      const odd = adamsBashforth(space, failing, Float64Array.of(1), { ...options, steps });
      await expect(odd).rejects.toThrow(RangeError);
    }
  });
});

describe('fixedStep', () => {
  const METHODS: readonly [FixedStepOptions<unknown>['method'], number, number][] = [
    ['euler', 1, 1],
    ['midpoint', 2, 2],
    ['heun', 2, 2],
    ['rk4', 4, 4],
  ];
  /** x′ = cos(t)·x, whose solution is e^(sin t). */
  const field = (t: number, x: Float64Array) => x.map((value) => Math.cos(t) * value);

  async function errorOf(method: FixedStepOptions<unknown>['method'], from: number, steps: number) {
    const to = 2 - from;
    const x0 = Float64Array.of(Math.exp(Math.sin(from)));
    const { state } = await fixedStep(float64Space, field, x0, { method, from, to, steps });
    return Math.abs(state[0] - Math.exp(Math.sin(to)));
  }

  it.each(METHODS)(
    '%s has order %i and costs %i evaluations a step',
    async (method, order, cost) => {
      for (const from of [0, 2]) {
        const gain = (await errorOf(method, from, 40)) / (await errorOf(method, from, 80));
        expect(Math.abs(Math.log2(gain) - order)).toBeLessThan(0.25);
      }
      const options = { method, from: 0, to: 1, steps: 7 };
      const result = await fixedStep(float64Space, field, Float64Array.of(1), options);
      expect(result.evaluations).toBe(7 * cost);
    },
  );

  it('rk4 with 20 steps is closer to the reference than dopri5 at 1e-5', async () => {
    const { fixture, field: guided } = open('guided');
    for (const run of ['w0', 'w1', 'w1_1']) {
      const info = fixture.info.scalars[run] as RunInfo;
      const options = { method: 'rk4', from: 0, to: 1, steps: 20 } as const;
      const x0 = fixture.values('z0');
      const { state } = await fixedStep(float64Space, guided(info.weights), x0, options);
      expect(largestDifference(state, fixture.values(`${run}.z.reference`))).toBeLessThan(
        info['max |dopri5 f64 - reference|'],
      );
    }
  });

  it('tells each step with its time, ends exactly at the end, and leaves the start alone', async () => {
    const seen: [number, number][] = [];
    const x0 = Float64Array.of(2);
    await fixedStep(float64Space, field, x0, {
      method: 'euler',
      from: 1,
      to: 0.1,
      steps: 3,
      onStep: (step, t) => void seen.push([step, t]),
    });
    expect(seen.map(([step]) => step)).toEqual([1, 2, 3]);
    expect(seen[2][1]).toBe(0.1);
    expect([...x0]).toEqual([2]);
  });

  it('refuses a number of steps that is not whole', async () => {
    for (const steps of [0, -1, 2.5, Number.NaN])
      await expect(
        fixedStep(float64Space, field, Float64Array.of(1), {
          method: 'euler',
          from: 0,
          to: 1,
          steps,
        }),
      ).rejects.toThrow(RangeError);
  });
});
