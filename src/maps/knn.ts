/** @file Nearest neighbours: an inverted list of k-means cells, searched from the nearest list outwards; exact unless a number of lists is given. */
import { assignToCentres, findCentres } from './k-means.ts';
import { Pacer } from './pacer.ts';

/** The k nearest points of each row, nearest first. */
export interface Neighbours {
  readonly rows: number;
  readonly k: number;
  /** [rows · k] positions in the indexed points; −1 where fewer than k points exist. */
  readonly indices: Int32Array;
  /** [rows · k] Euclidean distances; Infinity where the index is −1. */
  readonly distances: Float64Array;
}

/** How a search goes: how many lists are looked at (default: as many as an exact answer needs), and when it rests. */
export interface SearchOptions {
  readonly lists?: number;
  readonly pacer?: Pacer;
}

/** Dimensions between two looks at the partial distance. */
const STRIDE = 8;
const QUERIES_PER_LOOK = 8;
/** Searches among this many points are always exact. */
const ALWAYS_EXACT = 4096;
const CALIBRATION_QUERIES = 128;
const MIN_LISTS = 8;

/** Copies rows [rows, dims] in a given order into rows padded with zeros to a multiple of STRIDE. */
function padRows(points: Float32Array, order: Int32Array | null, rows: number, dims: number) {
  const width = Math.max(STRIDE, Math.ceil(dims / STRIDE) * STRIDE);
  const padded = new Float32Array(rows * width);
  for (let i = 0; i < rows; i++) {
    const from = (order ? order[i] : i) * dims;
    padded.set(points.subarray(from, from + dims), i * width);
  }
  return { width, padded };
}

/** Points arranged for nearest-neighbour searches; build once, search often. */
export class NeighbourIndex {
  readonly rows: number;
  readonly dims: number;
  /** Number of inverted lists, about √rows. */
  readonly lists: number;
  private readonly width: number;
  private readonly points: Float32Array;
  private readonly ids: Int32Array;
  private readonly starts: Int32Array;
  private readonly centres: Float32Array;
  private readonly fromCentre: Float32Array;

  private constructor(
    points: Float32Array,
    rows: number,
    dims: number,
    lists: number,
    centres: Float32Array,
    owner: Int32Array,
    fromCentre: Float32Array,
  ) {
    this.rows = rows;
    this.dims = dims;
    this.lists = lists;
    this.starts = new Int32Array(lists + 1);
    for (const list of owner) this.starts[list + 1]++;
    for (let c = 0; c < lists; c++) this.starts[c + 1] += this.starts[c];
    this.ids = Int32Array.from({ length: rows }, (_, i) => i).sort(
      (x, y) => owner[x] - owner[y] || fromCentre[x] - fromCentre[y] || x - y,
    );
    this.fromCentre = Float32Array.from(this.ids, (id) => fromCentre[id]);
    const { width, padded } = padRows(points, this.ids, rows, dims);
    this.width = width;
    this.points = padded;
    this.centres = padRows(centres, null, lists, dims).padded;
  }

  /** Arranges `points` [rows, dims], finite values. Early dimensions should hold most of the variance (scores of a PCA): searches end sooner. */
  static async build(
    points: Float32Array,
    rows: number,
    dims: number,
    pacer = new Pacer(),
  ): Promise<NeighbourIndex> {
    const lists = Math.max(1, Math.round(Math.sqrt(rows)));
    const centres = await findCentres(points, rows, dims, lists, pacer);
    const { owner, distances } = await assignToCentres(points, rows, dims, centres, lists, pacer);
    return new NeighbourIndex(points, rows, dims, lists, centres, owner, distances);
  }

  /** The k nearest indexed points of each query [rows, dims]. Error: cancelled. */
  async search(
    queries: Float32Array,
    rows: number,
    k: number,
    options: SearchOptions = {},
  ): Promise<Neighbours> {
    const pacer = options.pacer ?? new Pacer();
    const lists = Math.min(this.lists, Math.max(1, options.lists ?? this.lists));
    const indices = new Int32Array(rows * k).fill(-1);
    const distances = new Float64Array(rows * k).fill(Infinity);
    const padded = padRows(queries, null, rows, this.dims).padded;
    const toCentre = new Float64Array(this.lists);
    const order = new Int32Array(this.lists);
    for (let q = 0; q < rows; q++) {
      if (q % QUERIES_PER_LOOK === 0 && pacer.due()) await pacer.rest();
      const query = padded.subarray(q * this.width, (q + 1) * this.width);
      this.rankLists(query, toCentre, order, lists);
      const at = q * k;
      for (let l = 0; l < lists; l++) {
        this.scanList(order[l], toCentre[order[l]], query, at, k, indices, distances);
      }
    }
    for (let i = 0; i < distances.length; i++) {
      distances[i] = Math.sqrt(distances[i]);
      if (indices[i] >= 0) indices[i] = this.ids[indices[i]];
    }
    return { rows, k, indices, distances };
  }

  /**
   * The fewest lists (of 8, 12, 18 … or all) with which a search for k neighbours finds the wanted share of the exact ones, measured on 128
   * of the indexed points; the point itself does not count. All lists for up to 4,096 points. Error: cancelled.
   */
  async findLists(k: number, recall: number, pacer = new Pacer()): Promise<number> {
    if (this.rows <= ALWAYS_EXACT) return this.lists;
    const queries = new Float32Array(CALIBRATION_QUERIES * this.dims);
    for (let q = 0; q < CALIBRATION_QUERIES; q++) {
      const from = Math.floor(((q + 0.5) * this.rows) / CALIBRATION_QUERIES) * this.width;
      queries.set(this.points.subarray(from, from + this.dims), q * this.dims);
    }
    const exact = await this.search(queries, CALIBRATION_QUERIES, k + 1, { pacer });
    for (let lists = MIN_LISTS; lists < this.lists; lists += lists >> 1) {
      const found = await this.search(queries, CALIBRATION_QUERIES, k + 1, { lists, pacer });
      if (shareFound(found, exact) >= recall) return lists;
    }
    return this.lists;
  }

  /** Distances from a query to all centres, and the nearest `count` lists in order. */
  private rankLists(query: Float32Array, to: Float64Array, order: Int32Array, count: number): void {
    let held = 0;
    for (let c = 0; c < this.lists; c++) {
      const d = Math.sqrt(
        boundedSquaredDistance(query, this.centres, c * this.width, this.width, Infinity),
      );
      to[c] = d;
      if (held === count && d >= to[order[held - 1]]) continue;
      let place = held < count ? held++ : held - 1;
      for (; place > 0 && to[order[place - 1]] > d; place--) order[place] = order[place - 1];
      order[place] = c;
    }
  }

  /** Looks at one list; |d(query, centre) − d(point, centre)| is a lower bound of the distance, and the list is sorted by its second part. */
  private scanList(
    list: number,
    toCentre: number,
    query: Float32Array,
    at: number,
    k: number,
    indices: Int32Array,
    squares: Float64Array,
  ): void {
    const { width, points, fromCentre } = this;
    const last = at + k - 1;
    let worst = squares[last];
    for (let p = this.starts[list + 1] - 1; p >= this.starts[list]; p--) {
      const gap = toCentre - fromCentre[p];
      if (gap * gap >= worst) {
        if (gap > 0) break;
        continue;
      }
      const d = boundedSquaredDistance(query, points, p * width, width, worst);
      if (!(d < worst)) continue;
      let place = last;
      for (; place > at && squares[place - 1] > d; place--) {
        squares[place] = squares[place - 1];
        indices[place] = indices[place - 1];
      }
      squares[place] = d;
      indices[place] = p;
      worst = squares[last];
    }
  }
}

/** Squared distance of a query to the row at `at`, left as soon as it reaches `limit`. */
function boundedSquaredDistance(
  query: Float32Array,
  points: Float32Array,
  at: number,
  width: number,
  limit: number,
): number {
  let sum = 0;
  for (let d = 0; d < width; d += STRIDE) {
    const e0 = query[d] - points[at + d];
    const e1 = query[d + 1] - points[at + d + 1];
    const e2 = query[d + 2] - points[at + d + 2];
    const e3 = query[d + 3] - points[at + d + 3];
    const e4 = query[d + 4] - points[at + d + 4];
    const e5 = query[d + 5] - points[at + d + 5];
    const e6 = query[d + 6] - points[at + d + 6];
    const e7 = query[d + 7] - points[at + d + 7];
    sum += e0 * e0 + e1 * e1 + e2 * e2 + e3 * e3 + (e4 * e4 + e5 * e5 + e6 * e6 + e7 * e7);
    if (sum >= limit) return sum;
  }
  return sum;
}

/** Share of the exact neighbours, without the first of each row, that a search found. */
function shareFound(found: Neighbours, exact: Neighbours): number {
  const { rows, k } = exact;
  let hits = 0;
  for (let i = 0; i < rows; i++) {
    const list = found.indices.subarray(i * k, (i + 1) * k);
    for (let at = i * k + 1; at < (i + 1) * k; at++) if (list.includes(exact.indices[at])) hits++;
  }
  return hits / (rows * (k - 1));
}
