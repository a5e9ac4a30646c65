/** @file Nearest neighbours of many queries at once: each list of points is multiplied with all queries that look at it, in blocks that stay in the cache. */
import type { ListedPoints } from './list-search.ts';
import {
  Arena,
  instantiateKernel,
  kernelModule,
  type NeighbourKernel,
} from './neighbour-kernel.ts';
import { meanRow, PANEL, panelsOf, putIntoPanel } from './panels.ts';

/** Most queries of one batch. */
export const BATCH = 2048;
/** More points than asked for are kept, so that rounding of the products cannot drop one. */
const SPARE = 3;
/** Most neighbours of a query. */
export const MOST_IN_BLOCKS = 64;
const EPSILON = 2 ** -24;
/** A hair of room, because sums in single precision may round a bound up. */
const ROOM = 0.9999;

/** What a batch found for each query, nearest first by the products. */
export interface BatchFound {
  /** Candidates of each query: k and a few more. */
  readonly width: number;
  /** [rows · width] positions of points, −1 where there are fewer. */
  readonly indices: Int32Array;
  /** [rows · width] half the squared distances, as the products give them. */
  readonly halves: Float32Array;
  /** Half the squared distance of the last candidate less the rounding it may have, [rows]: a point that was looked at and is not listed is not nearer. */
  readonly beyond: Float32Array;
}

/** Points in panels list by list; searched by batches of queries. */
export class BlockSearch {
  private readonly kernel: NeighbourKernel;
  private readonly dims: number;
  private readonly lists: number;
  private readonly shift: Float32Array;
  private readonly ends: Int32Array;
  private readonly radius: Float32Array;
  private readonly names: Int32Array;
  private readonly most: number;
  private readonly slots: number;
  private readonly rows: Float32Array;
  private readonly half: Float32Array;
  private readonly limits: Float32Array;
  private readonly halves: Float32Array;
  private readonly indices: Int32Array;
  private readonly ids: Int32Array;
  private readonly toCentres: Float32Array;
  private readonly panels: Float32Array;
  private readonly pointHalf: Float32Array;
  private readonly centres: Float32Array;
  private readonly centreHalf: Float32Array;
  private readonly out: Float32Array;

  private constructor(module: WebAssembly.Module, listed: ListedPoints, dims: number) {
    const { lists, starts, width } = listed;
    const points = new Float32Array(listed.rows * width);
    const middles = new Float32Array(lists * width);
    listed.fill(points, middles);
    this.dims = dims;
    this.lists = lists;
    this.ends = new Int32Array(lists + 1);
    for (let c = 0; c < lists; c++) {
      this.ends[c + 1] = this.ends[c] + panelsOf(starts[c + 1] - starts[c]);
    }
    const placed = this.ends[lists] * PANEL;
    this.slots = panelsOf(lists) * PANEL;
    const arena = new Arena(
      (placed + this.slots) * (dims + 1) +
        (BATCH + 4) * (dims + 3 + 2 * (MOST_IN_BLOCKS + SPARE) + this.slots) +
        64,
    );
    this.panels = arena.floats(placed * dims);
    this.pointHalf = arena.floats(placed).fill(Infinity);
    this.centres = arena.floats(this.slots * dims);
    this.centreHalf = arena.floats(this.slots).fill(Infinity);
    this.rows = arena.floats((BATCH + 4) * dims);
    this.half = arena.floats(BATCH + 4);
    this.limits = arena.floats(BATCH + 4);
    this.halves = arena.floats((BATCH + 4) * (MOST_IN_BLOCKS + SPARE));
    this.indices = arena.integers((BATCH + 4) * (MOST_IN_BLOCKS + SPARE));
    this.ids = arena.integers(BATCH + 4);
    this.toCentres = arena.floats((BATCH + 4) * this.slots);
    this.out = arena.floats(32);
    this.names = new Int32Array(placed).fill(-1);
    this.radius = new Float32Array(lists);
    const padded = meanRow(points, listed.rows, width);
    this.shift = padded.subarray(0, dims);
    let most = 0;
    for (let c = 0; c < lists; c++) {
      this.centreHalf[c] = putIntoPanel(middles, c * width, dims, this.shift, this.centres, c);
      for (let p = starts[c]; p < starts[c + 1]; p++) {
        const slot = this.ends[c] * PANEL + (p - starts[c]);
        const half = putIntoPanel(points, p * width, dims, this.shift, this.panels, slot);
        this.pointHalf[slot] = half;
        this.names[slot] = p;
        this.radius[c] = Math.max(this.radius[c], listed.fromCentre[p]);
        most = Math.max(most, half);
      }
    }
    this.most = most;
    this.kernel = instantiateKernel(module, arena);
  }

  /** Arranges the points; null where the runtime has no SIMD or not enough memory. */
  static create(listed: ListedPoints, dims: number): BlockSearch | null {
    const module = kernelModule();
    if (!module || dims < 1) return null;
    try {
      return new BlockSearch(module, listed, dims);
    } catch {
      return null;
    }
  }

  /**
   * Candidates for the k (at most 64) nearest of up to 2,048 queries among each one's nearest `lists` lists.
   *
   * @param queries [rows, dims] from row `from` on
   * @returns views of the search's own memory, valid until the next batch
   */
  search(queries: Float32Array, from: number, rows: number, lists: number, k: number): BatchFound {
    const width = k + SPARE;
    this.load(queries, from, rows, width);
    this.measureCentres(rows);
    const reach = this.chooseLists(rows, lists);
    this.lookNearest(rows, width);
    for (let c = 0; c < this.lists; c++) this.look(c, rows, width, reach);
    return { width, ...this.collect(rows, width) };
  }

  private load(queries: Float32Array, from: number, rows: number, width: number): void {
    const { dims, shift, rows: held } = this;
    const end = BATCH + 4;
    this.limits.fill(-Infinity);
    this.halves.fill(Infinity, 0, end * width);
    this.indices.fill(-1, 0, end * width);
    for (let q = 0; q < rows; q++) {
      let sum = 0;
      for (let d = 0; d < dims; d++) {
        const value = Math.fround(queries[(from + q) * dims + d] - shift[d]);
        held[q * dims + d] = value;
        sum += value * value;
      }
      this.half[q] = sum / 2;
      if (Number.isFinite(sum)) this.limits[q] = Infinity;
      else held.fill(0, q * dims, (q + 1) * dims);
    }
  }

  /** Half the squared distances of the queries to all centres. */
  private measureCentres(rows: number): void {
    const { ids, kernel, slots, dims, toCentres } = this;
    const { rows: r, half, centres, centreHalf, out } = this;
    for (let q = 0; q < rows; q += 4) {
      for (let r = 0; r < 4; r++) ids[r] = q + r;
      kernel.measurePanels(ids.byteOffset, slots / PANEL, dims, r.byteOffset, half.byteOffset, centres.byteOffset, centreHalf.byteOffset, out.byteOffset, toCentres.byteOffset + 4 * q * slots); // prettier-ignore
    }
  }

  /** How near a list's centre must be for each query, so that about `lists` of them are. */
  private chooseLists(rows: number, lists: number): Float32Array {
    const reach = new Float32Array(rows).fill(Infinity);
    if (lists >= this.lists) return reach;
    const scratch = new Float32Array(this.lists);
    for (let q = 0; q < rows; q++) {
      scratch.set(this.toCentres.subarray(q * this.slots, q * this.slots + this.lists));
      reach[q] = nthSmallest(scratch, lists - 1);
    }
    return reach;
  }

  /** Every query looks at its nearest list first: the limits that this gives spare it most others. */
  private lookNearest(rows: number, width: number): void {
    const { slots, lists, toCentres } = this;
    const nearest = new Int32Array(rows);
    const counts = new Int32Array(lists + 1);
    for (let q = 0; q < rows; q++) {
      let best = 0;
      const at = q * slots;
      for (let c = 1; c < lists; c++) if (toCentres[at + c] < toCentres[at + best]) best = c;
      nearest[q] = best;
      counts[best + 1]++;
      toCentres[at + best] = Infinity;
    }
    for (let c = 0; c < lists; c++) counts[c + 1] += counts[c];
    const order = new Int32Array(rows);
    const next = counts.slice();
    for (let q = 0; q < rows; q++) order[next[nearest[q]]++] = q;
    for (let c = 0; c < lists; c++) {
      const few = order.subarray(counts[c], counts[c + 1]);
      this.ids.set(few);
      this.scan(c, few.length, width);
    }
  }

  /** One list, with all queries that it is near enough to and that may still find something in it. */
  private look(list: number, rows: number, width: number, reach: Float32Array): void {
    const { slots, toCentres, limits, ids } = this;
    const radius = this.radius[list];
    let count = 0;
    for (let q = 0, at = list; q < rows; q++, at += slots) {
      const half = toCentres[at];
      // Infinity marks the nearest list, which has been looked at
      if (!(half <= reach[q]) || half === Infinity) continue;
      const gap = Math.sqrt(2 * half) - radius;
      if (gap > 0 && ROOM * gap * gap >= 2 * limits[q]) continue;
      ids[count++] = q;
    }
    this.scan(list, count, width);
  }

  private scan(list: number, count: number, width: number): void {
    if (count === 0) return;
    // rows behind the batch have no limit to fall below: they fill up the last four
    for (let pad = count; pad % 4 !== 0; pad++) this.ids[pad] = BATCH;
    const { kernel, ids, ends, dims, rows, half, panels, pointHalf, limits, halves, indices, out } = this; // prettier-ignore
    kernel.scanPanels(ids.byteOffset, Math.ceil(count / 4) * 4, ends[list], ends[list + 1], dims, rows.byteOffset, half.byteOffset, panels.byteOffset, pointHalf.byteOffset, width, limits.byteOffset, halves.byteOffset, indices.byteOffset, out.byteOffset); // prettier-ignore
  }

  private collect(rows: number, width: number): Omit<BatchFound, 'width'> {
    const beyond = new Float32Array(rows);
    for (let q = 0; q < rows; q++) {
      const rounding = 2 * (this.dims + 4) * EPSILON * (this.half[q] + this.most);
      beyond[q] = this.halves[(q + 1) * width - 1] - rounding;
    }
    const indices = this.indices.subarray(0, rows * width);
    for (let e = 0; e < indices.length; e++)
      if (indices[e] >= 0) indices[e] = this.names[indices[e]];
    return { indices, halves: this.halves.subarray(0, rows * width), beyond };
  }
}

/** The value that `rank` others are smaller than or equal to; the list is reordered (Hoare's selection). */
function nthSmallest(values: Float32Array, rank: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const pivot = values[(low + high) >> 1];
    let i = low;
    let j = high;
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i > j) break;
      const held = values[i];
      values[i++] = values[j];
      values[j--] = held;
    }
    if (rank <= j) high = j;
    else if (rank >= i) low = i;
    else break;
  }
  return values[rank];
}
