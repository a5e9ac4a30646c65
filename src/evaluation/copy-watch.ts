/** @file Memorisation: do synthetic cells sit on single training cells, or equal them, more than new real cells do? */
import { NeighbourIndex, type Neighbours } from '../maps/knn.ts';
import { Pacer } from '../maps/pacer.ts';
import type { CsrMatrix } from '../numerics/csr.ts';
import { median, quantile } from '../numerics/statistics.ts';
import { pickRows, type Cloud } from './distance-table.ts';

/** A cell this near to a training cell is nearer than 99 % of new real cells. */
const NEAR_SHARE = 0.01;
/**
 * A copy is less than half as far from a training cell as that cell's nearest neighbour. New real cells are about as far, and the middle of
 * a class, near to everything, about 0.7 times: without this rule a collapsed model would pass for one that copies.
 */
const OWN_SHARE = 0.5;

function hashRow(counts: CsrMatrix, row: number): number {
  let hash = 2166136261;
  for (let e = counts.indptr[row]; e < counts.indptr[row + 1]; e++) {
    hash = Math.imul(hash ^ counts.indices[e], 16777619);
    hash = Math.imul(hash ^ counts.values[e], 16777619);
  }
  return hash >>> 0;
}

function sameRow(a: CsrMatrix, i: number, b: CsrMatrix, j: number): boolean {
  const length = a.indptr[i + 1] - a.indptr[i];
  if (length !== b.indptr[j + 1] - b.indptr[j]) return false;
  for (let k = 0; k < length; k++) {
    const [p, q] = [a.indptr[i] + k, b.indptr[j] + k];
    if (a.indices[p] !== b.indices[q] || a.values[p] !== b.values[q]) return false;
  }
  return true;
}

/** Marks rows whose counts equal some row of `known`; rows without counts are never marked. */
export function findEqualRows(known: CsrMatrix, counts: CsrMatrix): Uint8Array {
  const rows = new Map<number, number[]>();
  for (let r = 0; r < known.rows; r++) {
    const hash = hashRow(known, r);
    const own = rows.get(hash);
    if (own) own.push(r);
    else rows.set(hash, [r]);
  }
  return Uint8Array.from({ length: counts.rows }, (_, r) => {
    if (counts.indptr[r] === counts.indptr[r + 1]) return 0;
    return (rows.get(hashRow(counts, r)) ?? []).some((k) => sameRow(known, k, counts, r)) ? 1 : 0;
  });
}

/** What was found for some cells. */
export interface NearReport {
  /** 1 where a cell sits on one training cell, [cells]. */
  readonly marks: Uint8Array;
  /** Distance to the nearest training cell, and 1 where it is below that of 99 % of new real cells, [cells]. */
  readonly distances: Float64Array;
  readonly near: Uint8Array;
  /** Share of cells nearer to a training cell than 99 % of new real cells are. */
  readonly nearTraining: number;
  /** Median distance to the nearest training cell over that of new real cells. */
  readonly copyRatio: number;
}

/** Watches over one set of training cells, with new real cells as the measure of how near is usual. */
export class CopyWatch {
  private constructor(
    private readonly index: NeighbourIndex,
    private readonly training: Cloud,
    private readonly near: number,
    private readonly usual: number,
  ) {}

  /** @param fresh real cells that are not among the training cells. Error: cancelled. */
  static async build(training: Cloud, fresh: Cloud, pacer = new Pacer()): Promise<CopyWatch> {
    const { values, rows, dims } = training;
    const points = Float32Array.from(values);
    const index = await NeighbourIndex.build(points, rows, dims, pacer);
    const { distances: nearest } = await search(index, fresh, pacer);
    return new CopyWatch(index, training, quantile(nearest, NEAR_SHARE), median(nearest));
  }

  /** Reports on cells. Error: cancelled. */
  async report(cells: Cloud, pacer = new Pacer()): Promise<NearReport> {
    const { distances, indices } = await search(this.index, cells, pacer);
    const near = Uint8Array.from(distances, (d) => (d < this.near ? 1 : 0));
    const met = Int32Array.from(near.keys()).filter((i) => near[i] === 1);
    const own = await this.ownDistances(
      met.map((i) => indices[i]),
      pacer,
    );
    const marks = new Uint8Array(cells.rows);
    met.forEach((i, k) => (marks[i] = distances[i] < OWN_SHARE * own[k] ? 1 : 0));
    return {
      marks,
      distances: Float64Array.from(distances),
      near,
      nearTraining: near.reduce((a, b) => a + b, 0) / near.length,
      copyRatio: median(distances) / this.usual,
    };
  }

  /** Distance of training cells to their nearest other training cell. */
  private async ownDistances(rows: Int32Array, pacer: Pacer): Promise<Float64Array> {
    const k = Math.min(2, this.training.rows);
    const points = Float32Array.from(pickRows(this.training, rows).values);
    const { distances } = await this.index.search(points, rows.length, k, { pacer });
    return Float64Array.from(rows, (_, i) => distances[i * k + k - 1]);
  }
}

/** The nearest indexed cell of every cell. */
function search(index: NeighbourIndex, cells: Cloud, pacer: Pacer): Promise<Neighbours> {
  return index.search(Float32Array.from(cells.values), cells.rows, 1, { pacer });
}
