/** @file How one query looks through an inverted list of points: compiled with SIMD where it can be, else plain code with the same steps. */
import { Arena, instantiateKernel, kernelModule } from './neighbour-kernel.ts';

/** Floats that rows are padded to. */
export const ROW_STEP = 8;

/** Points sorted by list, and by distance from their centre inside each; rows padded with zeros to `width`. */
export interface ListedPoints {
  readonly rows: number;
  readonly lists: number;
  /** Multiple of 8. */
  readonly width: number;
  /** Writes the padded points [rows, width] and centres [lists, width] into given arrays. */
  readonly fill: (points: Float32Array, centres: Float32Array) => void;
  /** First point of each list, [lists + 1]. */
  readonly starts: Int32Array;
  /** [rows] */
  readonly fromCentre: Float32Array;
}

/** Looks through lists for one query at a time. */
export interface ListSearch {
  /** The padded points, for reading. */
  readonly points: Float32Array;
  /**
   * The k nearest points of a padded query among its nearest `lists` lists.
   * @param indices [k] receives positions of points, −1 where there are fewer
   * @param squares [k] receives squared distances, ascending
   */
  search(
    query: Float32Array,
    lists: number,
    k: number,
    indices: Int32Array,
    squares: Float32Array,
  ): void;
}

/** Most neighbours of one query that the compiled search has room for. */
const MOST_K = 512;

class CompiledSearch implements ListSearch {
  readonly points: Float32Array;
  private readonly run: (lists: number, k: number) => void;
  private readonly query: Float32Array;
  private readonly indices: Int32Array;
  private readonly squares: Float32Array;

  constructor(module: WebAssembly.Module, listed: ListedPoints) {
    const { rows, lists, width } = listed;
    const arena = new Arena(rows * (width + 1) + lists * (width + 4) + 2 * MOST_K + width + 16);
    this.points = arena.floats(rows * width);
    const centres = arena.floats(lists * width);
    const starts = arena.integers(lists + 1);
    const fromCentre = arena.floats(rows);
    this.query = arena.floats(width);
    this.indices = arena.integers(MOST_K);
    this.squares = arena.floats(MOST_K);
    const to = arena.floats(lists);
    const order = arena.integers(lists);
    listed.fill(this.points, centres);
    starts.set(listed.starts);
    fromCentre.set(listed.fromCentre);
    const { search } = instantiateKernel(module, arena);
    const [q, c, p, s, f, i, d, t, o] = [this.query, centres, this.points, starts, fromCentre, this.indices, this.squares, to, order].map(({ byteOffset }) => byteOffset); // prettier-ignore
    this.run = (count, k) => search(q, width, c, lists, count, p, s, f, k, i, d, t, o);
  }

  search(
    query: Float32Array,
    lists: number,
    k: number,
    indices: Int32Array,
    squares: Float32Array,
  ): void {
    this.query.set(query);
    this.indices.fill(-1, 0, k);
    this.squares.fill(Infinity, 0, k);
    this.run(lists, k);
    indices.set(this.indices.subarray(0, k));
    squares.set(this.squares.subarray(0, k));
  }
}

/** The same in plain code. */
export class PlainSearch implements ListSearch {
  readonly points: Float32Array;
  private readonly listed: ListedPoints;
  private readonly centres: Float32Array;
  private readonly to: Float64Array;
  private readonly order: Int32Array;

  constructor(listed: ListedPoints) {
    this.listed = listed;
    this.points = new Float32Array(listed.rows * listed.width);
    this.centres = new Float32Array(listed.lists * listed.width);
    listed.fill(this.points, this.centres);
    this.to = new Float64Array(listed.lists);
    this.order = new Int32Array(listed.lists);
  }

  search(
    query: Float32Array,
    lists: number,
    k: number,
    indices: Int32Array,
    squares: Float32Array,
  ): void {
    indices.fill(-1, 0, k);
    squares.fill(Infinity, 0, k);
    this.rankLists(query, lists);
    for (let l = 0; l < lists; l++) this.scanList(this.order[l], query, k, indices, squares);
  }

  /** Distances to all centres, and the nearest `count` lists in order. */
  private rankLists(query: Float32Array, count: number): void {
    const { to, order, centres } = this;
    const { lists, width } = this.listed;
    let held = 0;
    for (let c = 0; c < lists; c++) {
      const d = Math.sqrt(squaredDistance(query, centres, c * width, width, Infinity));
      to[c] = d;
      if (held === count && !(d < to[order[held - 1]])) continue;
      let place = held < count ? held++ : held - 1;
      for (; place > 0 && to[order[place - 1]] > d; place--) order[place] = order[place - 1];
      order[place] = c;
    }
  }

  /** Looks at one list; |d(query, centre) − d(point, centre)| is a lower bound of the distance, and the list is sorted by its second part. */
  private scanList(
    list: number,
    query: Float32Array,
    k: number,
    indices: Int32Array,
    squares: Float32Array,
  ): void {
    const { width, fromCentre, starts } = this.listed;
    let worst = squares[k - 1];
    for (let p = starts[list + 1] - 1; p >= starts[list]; p--) {
      const gap = this.to[list] - fromCentre[p];
      if (gap * gap * 0.99999 >= worst) {
        if (gap > 0) break;
        continue;
      }
      const d = Math.fround(squaredDistance(query, this.points, p * width, width, worst));
      if (!(d < worst)) continue;
      let place = k - 1;
      for (; place > 0 && squares[place - 1] > d; place--) {
        squares[place] = squares[place - 1];
        indices[place] = indices[place - 1];
      }
      squares[place] = d;
      indices[place] = p;
      worst = squares[k - 1];
    }
  }
}

/** Squared distance of a row to the row at `at`, left as soon as it reaches `limit`. */
export function squaredDistance(
  query: Float32Array,
  points: Float32Array,
  at: number,
  width: number,
  limit: number,
): number {
  let sum = 0;
  for (let d = 0; d < width; d += ROW_STEP) {
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

/** The fastest search that this runtime has. */
export function createListSearch(listed: ListedPoints, most: number): ListSearch {
  const module = most <= MOST_K ? kernelModule() : null;
  return module ? new CompiledSearch(module, listed) : new PlainSearch(listed);
}

/** The nearest of `count` centres for rows one by one, compiled; null where that cannot be. */
export function createNearest(
  centres: Float32Array,
  count: number,
  dims: number,
):
  ((rows: Float32Array, at: number) => { readonly owner: number; readonly square: number }) | null {
  const module = kernelModule();
  if (!module) return null;
  const width = Math.max(ROW_STEP, Math.ceil(dims / ROW_STEP) * ROW_STEP);
  const arena = new Arena(count * width + width + 8);
  const placed = arena.floats(count * width);
  const row = arena.floats(width);
  const out = arena.floats(4);
  for (let c = 0; c < count; c++) placed.set(centres.subarray(c * dims, (c + 1) * dims), c * width);
  const { nearest } = instantiateKernel(module, arena);
  return (rows, at) => {
    row.set(rows.subarray(at, at + dims));
    const owner = nearest(row.byteOffset, width, placed.byteOffset, count, out.byteOffset);
    return { owner, square: out[0] };
  };
}
