/** @file Guidance curves on cells whose law is known: weight 0 ignores the type, right cells sit on the floor, alike cells have no spread. */
import { beforeAll, describe, expect, it } from 'vitest';
import { simulateData } from '../models/testing/simulated-data.ts';
import { selectRows } from '../numerics/csr.ts';
import type { CurvePoint } from '../protocol/curves.ts';
import type { TrainingData } from '../protocol/dataset.ts';
import { suggestWeight } from '../protocol/suggest-weight.ts';
import { CurveMeter } from './guidance-curves.ts';
import { JudgeService } from './judge-service.ts';

const TRAINING = 600;
const HELD_OUT = 150;
let world: TrainingData;
const span = (from: number, n: number) => Array.from({ length: n }, (_, i) => from + i);

beforeAll(() => {
  world = simulateData(TRAINING + HELD_OUT + 600, 60, 31);
});

function request(choices: readonly (readonly number[])[]) {
  const [training, heldOut] = [span(0, TRAINING), span(TRAINING, HELD_OUT)];
  return {
    training: selectRows(world.counts, training),
    heldOut: selectRows(world.counts, heldOut),
    attributes: world.attributes.map(({ name, categories, codes }) => ({
      name,
      categories,
      training: Int32Array.from(training, (row) => codes[row]),
      heldOut: Int32Array.from(heldOut, (row) => codes[row]),
    })),
    choices,
    mostCells: 60,
    seed: 1,
  };
}

/** New real cells, of a type or of any. */
const fresh = (type: number | null, state: number, n: number) =>
  span(TRAINING + HELD_OUT, 600)
    .filter((row) => type === null || world.attributes[0].codes[row] === type)
    .filter((row) => world.attributes[1].codes[row] === state)
    .slice(0, n);

describe('the meter', () => {
  it('finds right cells on the floor, ignored ones off it, and repeated ones without spread', async () => {
    const meter = await CurveMeter.open(request([[0, 1]]));
    const [choice] = meter.frame.choices;
    expect(choice.value).toBe('a × on');
    const known = [...span(TRAINING, HELD_OUT)].filter(
      (row) => world.attributes[0].codes[row] === 0 && world.attributes[1].codes[row] === 1,
    );
    expect(choice.realCells).toBeGreaterThan(known.length);
    expect(choice.realHits[0]).toBeGreaterThan(0.9);
    const point = (rows: number[], weight: number) =>
      meter.measure({ choice: 0, attribute: 0, weight, synthetic: selectRows(world.counts, rows) });
    const right = await point(fresh(0, 1, choice.cells), 1);
    expect(right.distance).toBeLessThan(1.5 * (choice.floor?.high ?? 0));
    expect(right.hits[0]).toBeGreaterThan(0.9);
    expect(right.diversity).toBeCloseTo(1, 1);
    const ignored = await point(fresh(null, 1, choice.cells), 0);
    expect(ignored.hits[0]).toBeLessThan(0.8);
    expect(ignored.hitInterval[0]).toBeLessThan(ignored.hits[0]);
    expect(ignored.distance).toBeGreaterThan(2 * (choice.floor?.high ?? 0));
    const [row] = fresh(0, 1, 1);
    const same = await point(Array<number>(choice.cells).fill(row), 4);
    expect(same.diversity).toBe(0);
  });

  it('has no distance for a combination without real cells', async () => {
    const own = request([[0, 1]]);
    const hide = (codes: Int32Array, types: Int32Array) =>
      codes.map((code, i) => (types[i] === 0 && code === 1 ? -1 : code));
    const [type, state] = own.attributes;
    const attributes = [
      type,
      {
        ...state,
        training: hide(state.training, type.training),
        heldOut: hide(state.heldOut, type.heldOut),
      },
    ];
    const meter = await CurveMeter.open({ ...own, attributes });
    expect(meter.frame.choices[0]).toMatchObject({ realCells: 0, floor: null, cells: 60 });
    const point = await meter.measure({
      choice: 0,
      attribute: 0,
      weight: 1,
      synthetic: selectRows(world.counts, fresh(0, 1, 30)),
    });
    expect(point).toMatchObject({ distance: null, diversity: null });
    expect(point.hits[0]).toBeGreaterThan(0.8);
  });

  it('answers in the worker’s service, and only after it was opened', async () => {
    const service = new JudgeService();
    const cells = selectRows(world.counts, fresh(0, 1, 20));
    const point = { choice: 0, attribute: 0, weight: 1, synthetic: cells };
    await expect(service.measurePoint(point)).rejects.toMatchObject({ code: 'bad-request' });
    const frame = await service.openCurves(request([[0, 1]]));
    expect(frame.choices).toHaveLength(1);
    expect((await service.measurePoint(point)).weight).toBe(1);
    const none = { ...request([]), attributes: [] };
    await expect(service.openCurves(none)).rejects.toMatchObject({ code: 'bad-request' });
  });
});

describe('the suggested weight', () => {
  const choice = {
    codes: [0],
    value: 'a',
    realCells: 100,
    cells: 50,
    floor: { mean: 0.3, low: 0.25, high: 0.35, draws: 20 },
    realHits: [0.9],
  };
  const points = (rows: [weight: number, hits: number, distance: number | null][]): CurvePoint[] =>
    rows.map(([weight, hits, distance]) => ({
      choice: 0,
      attribute: 0,
      weight,
      hits: [hits],
      hitInterval: [0, 1],
      distance,
      distanceInterval: null,
      diversity: 0.8,
    }));

  it('is the smallest that is recognised like real cells and not farther away than the best', () => {
    const curve: [number, number, number][] = [
      [0, 0.4, 3],
      [1, 0.8, 0.42],
      [1.5, 0.89, 0.4],
      [2, 0.95, 0.45],
      [4, 1, 1.2],
    ];
    expect(suggestWeight(choice, 0, points(curve))?.weight).toBe(1.5);
    // Where the distance rules a recognised weight out, the best of the near ones stands.
    expect(suggestWeight(choice, 0, points(curve.filter(([w]) => w !== 1.5 && w !== 2)))?.weight).toBe(1); // prettier-ignore
    expect(suggestWeight(choice, 0, points(curve))?.says).toContain('0.80 of the real spread');
  });

  it('is none without a floor or with fewer than three points', () => {
    expect(suggestWeight({ ...choice, floor: null }, 0, points([[0, 1, 1], [1, 1, 1], [2, 1, 1]]))).toBeNull(); // prettier-ignore
    expect(suggestWeight(choice, 0, points([[0, 1, 1], [1, 1, null], [2, 1, 1]]))).toBeNull(); // prettier-ignore
  });
});
