/** @file A fit that takes the counts some at a time: the fit of the same counts at once, but for the order of sums. */
import { describe, expect, it } from 'vitest';
import { csrFromDense, selectRows } from '../numerics/csr.ts';
import { createRandom } from '../numerics/random.ts';
import { scoreCells, scoreTaken } from './cell-scores.ts';
import { MapService } from './map-service.ts';
import { Pacer } from './pacer.ts';

const [cells, genes] = [211, 23];
const random = createRandom(6);
const counts = csrFromDense(
  cells,
  genes,
  Float32Array.from({ length: cells * genes }, (_, i) =>
    random.uniform() < 0.5
      ? 0
      : 1 + random.integer(i % genes < (Math.floor(i / genes) % 3) * 8 ? 30 : 3),
  ),
);

/** Gives cells, and remembers how many at most. */
function lender() {
  const asked: number[] = [];
  return {
    asked,
    take: async (rows: Int32Array) => {
      asked.push(rows.length);
      return selectRows(counts, rows);
    },
  };
}

describe('cells taken some at a time', () => {
  it.each([50, 211, 1000])('are scored as all at once (fitted to %i)', async (most) => {
    const { take, asked } = lender();
    const taken = await scoreTaken({ rows: cells, take }, 1, new Pacer(), most);
    const once = await scoreCells(counts, 1, new Pacer(), most);
    expect(taken.scores).toEqual(once.scores);
    const { score, ...fitted } = taken.scorer;
    const { score: scoreOnce, ...fittedOnce } = once.scorer;
    expect(fitted).toEqual(fittedOnce);
    expect(await score(counts)).toEqual(await scoreOnce(counts));
    expect(Math.max(...asked.slice(0, 1))).toBe(Math.min(cells, most));
  });

  it('give the map of all at once', async () => {
    const umap = Float32Array.from({ length: 2 * cells }, (_, i) => i);
    const service = new MapService();
    const once = await service.fit({ counts, umap, seed: 0 }, () => undefined);
    const taken = await service.fitTaken(
      { cells, umap: umap.slice(), seed: 0 },
      () => undefined,
      lender().take,
    );
    expect({ ...taken, seconds: 0 }).toEqual({ ...once, seconds: 0 });
    const scores = await service.projectExpression(selectRows(counts, [3]), null);
    expect(scores.dims).toBe(22);
  });

  it('end with the error of whoever gives them', async () => {
    const service = new MapService();
    const fail = (): Promise<never> => Promise.reject(new RangeError('gone'));
    const request = { cells, umap: null, seed: 0 };
    await expect(service.fitTaken(request, () => undefined, fail)).rejects.toThrow('gone');
    await expect(
      service.fitTaken({ ...request, cells: 0 }, () => undefined, fail),
    ).rejects.toMatchObject({ code: 'bad-request' });
  });
});
