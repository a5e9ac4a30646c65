/** @file Nearest neighbours: an inverted list of k-means cells, searched from the nearest list outwards; exact unless a number of lists is given. */
import { BATCH, BlockSearch, MOST_IN_BLOCKS, type BatchFound } from './block-search.ts';
import { assignToCentres, findCentres } from './k-means.ts';
import { createListSearch, ROW_STEP, type ListedPoints, type ListSearch } from './list-search.ts';
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

/** How a search goes. */
export interface SearchOptions {
  /** How many lists are looked at; default: as many as an exact answer needs. */
  readonly lists?: number;
  /** Takes distances of many queries as the products give them, in single precision: quicker. */
  readonly rough?: boolean;
  readonly pacer?: Pacer;
}

const QUERIES_PER_LOOK = 16;
/** Searches among this many points are always exact. */
const ALWAYS_EXACT = 1024;
const CALIBRATION_QUERIES = 128;
const MIN_LISTS = 8;
/** Most neighbours that are asked of a query; more are searched for in plain code. */
const USUAL_K = 128;
/** Fewer queries are searched one by one. */
const FEW_QUERIES = 24;

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

/** Writes the k nearest of a batch as the products give them. */
function takeRough(
  { width, indices: names, halves }: BatchFound,
  ids: Int32Array,
  from: number,
  to: number,
  { k, indices, distances }: Neighbours,
): void {
  for (let q = from; q < to; q++) {
    const row = (q - from) * width;
    for (let j = 0; j < k && names[row + j] >= 0; j++) {
      indices[q * k + j] = ids[names[row + j]];
      distances[q * k + j] = Math.sqrt(2 * Math.max(0, halves[row + j]));
    }
  }
}

/** Room for one query and its answer. */
class OneQuery {
  readonly query: Float32Array;
  readonly found: Int32Array;
  readonly squares: Float32Array;

  constructor(width: number, k: number) {
    this.query = new Float32Array(width);
    this.found = new Int32Array(k);
    this.squares = new Float32Array(k);
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
  private readonly listed: ListedPoints;
  private blocks: BlockSearch | null | undefined;

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
    this.listed = {
      rows,
      lists,
      width,
      starts,
      fromCentre: Float32Array.from(ids, (id) => fromCentre[id]),
      fill: (placed, middles) => {
        copyRows(points, ids, dims, width, placed);
        copyRows(centres, null, dims, width, middles);
      },
    };
    this.engine = createListSearch(this.listed, USUAL_K);
  }

  /** Arranges `points` [rows, dims], finite values. */
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
    const answer = { rows, k, indices, distances };
    const blocks = rows >= FEW_QUERIES && k <= MOST_IN_BLOCKS ? this.inBlocks() : null;
    const one = new OneQuery(this.width, k);
    for (let from = 0; from < rows; from += BATCH) {
      const to = Math.min(rows, from + BATCH);
      const doubtful = blocks
        ? this.searchBatch(blocks, queries, from, to, lists, answer, options.rough === true)
        : Int32Array.from({ length: to - from }, (_, i) => from + i);
      if (pacer.due()) await pacer.rest();
      for (let i = 0; i < doubtful.length; i++) {
        if (i % QUERIES_PER_LOOK === 0 && pacer.due()) await pacer.rest();
        this.searchOne(one, queries, doubtful[i], lists, answer);
      }
    }
    return answer;
  }

  /** Points in panels for many queries at once; arranged when they are first needed. */
  private inBlocks(): BlockSearch | null {
    this.blocks ??= BlockSearch.create(this.listed, this.dims);
    return this.blocks;
  }

  /** Answers queries `from` … `to − 1` together; returns those of an exact search for which rounding leaves a doubt. */
  private searchBatch(
    blocks: BlockSearch,
    queries: Float32Array,
    from: number,
    to: number,
    lists: number,
    answer: Neighbours,
    rough: boolean,
  ): Int32Array {
    const { k, indices, distances } = answer;
    const found = blocks.search(queries, from, to - from, lists, k);
    if (rough) {
      takeRough(found, this.ids, from, to, answer);
      return new Int32Array(0);
    }
    const doubtful: number[] = [];
    const exact = lists === this.lists && this.rows > k;
    for (let q = from; q < to; q++) {
      const candidates = found.indices.subarray((q - from) * found.width, (q - from + 1) * found.width); // prettier-ignore
      const kth = this.settle(queries, q, candidates, indices, distances, k);
      if (exact && kth < Infinity && !(found.beyond[q - from] > (kth * kth) / 2)) doubtful.push(q);
    }
    return Int32Array.from(doubtful);
  }

  private searchOne(
    { query, found, squares }: OneQuery,
    queries: Float32Array,
    q: number,
    lists: number,
    { k, indices, distances }: Neighbours,
  ): void {
    query.set(queries.subarray(q * this.dims, (q + 1) * this.dims));
    this.engine.search(query, lists, k, found, squares);
    indices.fill(-1, q * k, (q + 1) * k);
    distances.fill(Infinity, q * k, (q + 1) * k);
    this.settle(queries, q, found, indices, distances, k);
  }

  /** Writes the k nearest of one query's candidates with distances in double precision, in their order; returns the last one's distance. */
  private settle(
    queries: Float32Array,
    q: number,
    candidates: Int32Array,
    indices: Int32Array,
    distances: Float64Array,
    k: number,
  ): number {
    const { points } = this.engine;
    const { dims, width } = this;
    const at = q * k;
    const last = at + k - 1;
    for (let j = 0; j < candidates.length && candidates[j] >= 0; j++) {
      let sum = 0;
      const from = candidates[j] * width;
      for (let d = 0, own = q * dims; d < dims; d++, own++) {
        const gap = queries[own] - points[from + d];
        sum += gap * gap;
      }
      const distance = Math.sqrt(sum);
      if (j >= k && !(distance < distances[last])) continue;
      let place = Math.min(at + j, last);
      for (; place > at && distances[place - 1] > distance; place--) {
        distances[place] = distances[place - 1];
        indices[place] = indices[place - 1];
      }
      distances[place] = distance;
      indices[place] = this.ids[candidates[j]];
    }
    return distances[last];
  }

  /**
   * The fewest lists (of 8, 12, 18 … or all) with which a search for k neighbours finds the wanted share of the exact ones, measured on 128
   * of the indexed points; the point itself does not count. All lists for up to 1,024 points. Error: cancelled.
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
