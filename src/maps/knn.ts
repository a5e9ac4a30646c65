/** @file Nearest neighbours: an inverted list of k-means cells, searched from the nearest list outwards; exact unless a number of lists is given. */
import { assignToCentres, findCentres } from './k-means.ts';
import { createListSearch, ROW_STEP, type ListSearch } from './list-search.ts';
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

const QUERIES_PER_LOOK = 16;
/** Searches among this many points are always exact. */
const ALWAYS_EXACT = 4096;
const CALIBRATION_QUERIES = 128;
const MIN_LISTS = 8;
/** Most neighbours that are asked of a query; more are searched for in plain code. */
const USUAL_K = 128;

/** Rows [rows, dims] in a given order, into rows of `width`. */
function copyRows(
  from: Float32Array,
  order: Int32Array | null,
  dims: number,
  width: number,
  to: Float32Array,
): void {
  const rows = to.length / width;
  for (let i = 0; i < rows; i++) {
    const at = (order ? order[i] : i) * dims;
    to.set(from.subarray(at, at + dims), i * width);
  }
}

/** Points arranged for nearest-neighbour searches; build once, search often. */
export class NeighbourIndex {
  readonly rows: number;
  readonly dims: number;
  /** Number of inverted lists, about √rows. */
  readonly lists: number;
  private readonly width: number;
  private readonly ids: Int32Array;
  private readonly engine: ListSearch;

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
    const starts = new Int32Array(lists + 1);
    for (const list of owner) starts[list + 1]++;
    for (let c = 0; c < lists; c++) starts[c + 1] += starts[c];
    const ids = Int32Array.from({ length: rows }, (_, i) => i).sort(
      (x, y) => owner[x] - owner[y] || fromCentre[x] - fromCentre[y] || x - y,
    );
    this.ids = ids;
    const width = Math.max(ROW_STEP, Math.ceil(dims / ROW_STEP) * ROW_STEP);
    this.width = width;
    this.engine = createListSearch(
      {
        rows,
        lists,
        width,
        starts,
        fromCentre: Float32Array.from(ids, (id) => fromCentre[id]),
        fill: (placed, middles) => {
          copyRows(points, ids, dims, width, placed);
          copyRows(centres, null, dims, width, middles);
        },
      },
      USUAL_K,
    );
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

  /** The k (at most 128) nearest indexed points of each query [rows, dims]. Error: cancelled. */
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
    const query = new Float32Array(this.width);
    const found = new Int32Array(k);
    const squares = new Float32Array(k);
    for (let q = 0; q < rows; q++) {
      if (q % QUERIES_PER_LOOK === 0 && pacer.due()) await pacer.rest();
      query.set(queries.subarray(q * this.dims, (q + 1) * this.dims));
      this.engine.search(query, lists, k, found, squares);
      this.settle(query, found, indices, distances, q * k);
    }
    return { rows, k, indices, distances };
  }

  /** Writes one query's answer with distances in double precision, in their order; equal ones by position. */
  private settle(
    query: Float32Array,
    found: Int32Array,
    indices: Int32Array,
    distances: Float64Array,
    at: number,
  ): void {
    const { points } = this.engine;
    const { dims, width } = this;
    for (let j = 0; j < found.length && found[j] >= 0; j++) {
      let sum = 0;
      const from = found[j] * width;
      for (let d = 0; d < dims; d++) {
        const gap = query[d] - points[from + d];
        sum += gap * gap;
      }
      const distance = Math.sqrt(sum);
      let place = at + j;
      for (; place > at && distances[place - 1] > distance; place--) {
        distances[place] = distances[place - 1];
        indices[place] = indices[place - 1];
      }
      distances[place] = distance;
      indices[place] = this.ids[found[j]];
    }
  }

  /**
   * The fewest lists (of 8, 12, 18 … or all) with which a search for k neighbours finds the wanted share of the exact ones, measured on 128
   * of the indexed points; the point itself does not count. All lists for up to 4,096 points. Error: cancelled.
   */
  async findLists(k: number, recall: number, pacer = new Pacer()): Promise<number> {
    if (this.rows <= ALWAYS_EXACT) return this.lists;
    const { queries, exact } = await this.calibrate(k, pacer);
    for (let lists = MIN_LISTS; lists < this.lists; lists += lists >> 1) {
      const found = await this.search(queries, CALIBRATION_QUERIES, k + 1, { lists, pacer });
      if (shareFound(found, exact) >= recall) return lists;
    }
    return this.lists;
  }

  /** Share of the k nearest that a search in so many lists finds, measured as in `findLists`. Error: cancelled. */
  async measureRecall(k: number, lists: number, pacer = new Pacer()): Promise<number> {
    const { queries, exact } = await this.calibrate(k, pacer);
    const rows = exact.rows;
    return shareFound(await this.search(queries, rows, k + 1, { lists, pacer }), exact);
  }

  /** 128 of the indexed points, evenly spread, with their exact neighbours. */
  private async calibrate(
    k: number,
    pacer: Pacer,
  ): Promise<{ readonly queries: Float32Array; readonly exact: Neighbours }> {
    const count = Math.min(CALIBRATION_QUERIES, this.rows);
    const queries = new Float32Array(count * this.dims);
    for (let q = 0; q < count; q++) {
      const from = Math.floor(((q + 0.5) * this.rows) / count) * this.width;
      queries.set(this.engine.points.subarray(from, from + this.dims), q * this.dims);
    }
    return { queries, exact: await this.search(queries, count, k + 1, { pacer }) };
  }
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
