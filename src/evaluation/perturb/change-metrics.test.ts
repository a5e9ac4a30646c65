/** @file Small cases whose values can be told by hand; the whole is held against the original program in cell-eval.test.ts. */
import { describe, expect, it } from 'vitest';
import {
  changedGenes,
  changeRankCorrelation,
  correlation,
  curveAreas,
  directionShare,
  discrimination,
  profileErrors,
  rankCorrelation,
  recalledShare,
  sharedTop,
} from './change-metrics.ts';

const real = { change: [3, -2, 1, 0.5, 4], adjusted: [0.01, 0.01, 0.04, 0.9, 0.05] };
const predicted = { change: [2, 1, -1, 5, 0.1], adjusted: [0.01, 0.2, 0.01, 0.01, 0.9] };

describe('changed genes', () => {
  it('are ordered by size, and 0.05 itself is not below 0.05', () => {
    expect(changedGenes(real)).toEqual([0, 1, 2]);
    expect(changedGenes(predicted)).toEqual([3, 0, 2]);
    expect(changedGenes({ change: [1, -1], adjusted: [0, 0] })).toEqual([0, 1]);
  });

  it('are shared among the top k of one side or the other', () => {
    expect(sharedTop(predicted, real, 'overlap')).toBeCloseTo(2 / 3, 12);
    expect(sharedTop(predicted, real, 'precision', 2)).toBeCloseTo(1 / 2, 12);
    expect(sharedTop(predicted, real, 'overlap', 1)).toBe(0);
    expect(sharedTop(predicted, real, 'overlap', 50)).toBeCloseTo(2 / 3, 12);
  });

  it('agree in direction, are recalled and ranked', () => {
    expect(directionShare(predicted, real)).toBeCloseTo(1 / 3, 12);
    expect(recalledShare(predicted, real)).toBeCloseTo(2 / 3, 12);
    // Predicted 2, 1, −1 against 3, −2, 1: ranks 3, 2, 1 against 3, 1, 2.
    expect(changeRankCorrelation(predicted, real)).toBeCloseTo(0.5, 12);
  });

  it('have no shares where nothing changed', () => {
    const still = { change: [0, 0], adjusted: [1, 1] };
    expect(sharedTop(still, still, 'overlap')).toBeNull();
    expect(directionShare(still, still)).toBeNull();
    expect(recalledShare(still, still)).toBeNull();
    expect(changeRankCorrelation(still, still)).toBeNull();
  });
});

describe('correlations and errors', () => {
  it('have no value without variation', () => {
    expect(correlation([0, 0, 0], [1, 2, 3])).toBeNull();
    expect(correlation([1, 2, 3], [2, 4, 6])).toBeCloseTo(1, 12);
    expect(rankCorrelation([1, 10, 100], [3, 2, 1])).toBeCloseTo(-1, 12);
    expect(rankCorrelation([1, 1], [1, 2])).toBeNull();
  });

  it('average over genes', () => {
    expect(profileErrors([1, 2, 3, 4], [1, 0, 3, 5])).toEqual({ mae: 0.75, mse: 1.25 });
  });
});

describe('curveAreas', () => {
  it('is 1 for a perfect order and the share of positives for equal scores', () => {
    expect(curveAreas([4, 3, 2, 1], [true, true, false, false])).toEqual({
      precisionRecall: 1,
      receiver: 1,
    });
    const equal = curveAreas([1, 1, 1, 1], [true, false, false, false]);
    expect(equal?.receiver).toBeCloseTo(0.5, 12);
    // One step from (recall 0, precision 1) to (1, 1/4).
    expect(equal?.precisionRecall).toBeCloseTo(0.625, 12);
    expect(curveAreas([1, 2], [true, true])).toBeNull();
  });
});

describe('discrimination', () => {
  const changes = [[1, 0], [0, 1], [-1, 0]]; // prettier-ignore
  it('ranks the own change among all', () => {
    const rules = { distance: 'l1', absolute: false } as const;
    expect(discrimination([0.9, 0.1], changes, 0, rules)).toBe(1);
    expect(discrimination([0.9, 0.1], changes, 2, rules)).toBeCloseTo(1 / 3, 12);
    expect(discrimination([0.9, 0.1], changes, 1, { ...rules, distance: 'cosine' })).toBeCloseTo(2 / 3, 12); // prettier-ignore
  });

  it('cannot tell signs apart by sizes, and leaves genes out', () => {
    expect(discrimination([1, 0], changes, 2, { distance: 'l2', absolute: true })).toBe(1);
    expect(discrimination([1, 0], changes, 1, { distance: 'l2', absolute: false }, new Set([0]))).toBeCloseTo(1 / 3, 12); // prettier-ignore
  });
});
