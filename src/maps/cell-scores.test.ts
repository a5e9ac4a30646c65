import { describe, expect, it } from 'vitest';
import { csrFromDense } from '../numerics/csr.ts';
import { createRandom } from '../numerics/random.ts';
import { scoreCells } from './cell-scores.ts';
import { logNormalise } from './log-counts.ts';
import { Pacer } from './pacer.ts';
import { fitExpressionPca, scoreExpression } from './pca.ts';

const [rows, cols] = [611, 40];

/** Counts of four kinds of cells. */
function makeCounts() {
  const random = createRandom(4);
  return csrFromDense(
    rows,
    cols,
    Float32Array.from({ length: rows * cols }, (_, i) => {
      const kind = Math.floor(i / cols) % 4;
      const high = Math.floor((i % cols) / 10) === kind;
      return Math.floor((high ? 19 : 2) * random.uniform());
    }),
  );
}

describe('scores of all cells', () => {
  it('are those of a PCA of all cells when there are few', async () => {
    const counts = makeCounts();
    const { scores } = await scoreCells(counts, 1, new Pacer());
    const values = await logNormalise(counts);
    const pca = await fitExpressionPca(values, { seed: 1 });
    expect(scores).toEqual(await scoreExpression(pca, values));
  });

  it('lie on the same leading components when the PCA saw a third of the cells', async () => {
    const counts = makeCounts();
    const whole = await scoreCells(counts, 1, new Pacer());
    const part = await scoreCells(counts, 1, new Pacer(), 200);
    expect(part.scores).toHaveLength(rows * part.scorer.components);
    for (let component = 0; component < 3; component++) {
      const share = explained(whole.scores, whole.scorer.components, part.scores, part.scorer.components, component); // prettier-ignore
      expect(share).toBeGreaterThan(0.97);
    }
  });
});

/** Share of one column's variance that the first three columns of the other scores explain together (they are nearly uncorrelated). */
function explained(
  a: Float32Array,
  widthA: number,
  b: Float32Array,
  widthB: number,
  column: number,
): number {
  let share = 0;
  for (let other = 0; other < 3; other++) {
    let [product, squareA, squareB] = [0, 0, 0];
    for (let i = 0; i < rows; i++) {
      const [x, y] = [a[i * widthA + column], b[i * widthB + other]];
      product += x * y;
      squareA += x * x;
      squareB += y * y;
    }
    share += (product * product) / (squareA * squareB);
  }
  return share;
}
