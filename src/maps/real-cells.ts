/** @file Real cells arranged for the live questions about synthetic ones: which are near, which of those were trained on, which have a place on the map. */
import { NeighbourIndex, type Neighbours } from './knn.ts';
import { Pacer } from './pacer.ts';

/** Neighbours that vote on what a cell is. */
export const VOTERS = 15;
/** Neighbours whose mean gives a cell its place. */
export const ANCHORS = 3;

/** What a search among real cells answers; indices are positions among the real cells. */
export interface RealNeighbours {
  /** 15 nearest training cells. */
  readonly training: Neighbours;
  /** 3 nearest cells that have a place on the map. */
  readonly placed: Neighbours;
  /** Distance to the nearest real cell of any kind, [rows]; Infinity for a query that is not finite. */
  readonly nearest: Float64Array;
}

interface Group {
  readonly index: NeighbourIndex;
  /** How many lists a search looks at. */
  readonly lists: number;
  readonly members: Int32Array;
  readonly training: boolean;
  readonly placed: boolean;
}

/** Share of the 3 nearest cells that a live search finds at least, where an exact one would take too long. */
const RECALL = 0.985;
/** Points that a live search compares a query with, over all groups, at about most. */
const LIVE_POINTS = 3200;
const SAMPLE = 2000;

/** How thoroughly to search: while a slider moves, or once it rests. */
export type Effort = 'live' | 'full';

/** An empty list of the k nearest. */
function emptyNeighbours(rows: number, k: number): Neighbours {
  return {
    rows,
    k,
    indices: new Int32Array(rows * k).fill(-1),
    distances: new Float64Array(rows * k).fill(Infinity),
  };
}

/** Puts the neighbours found in one group into a joint list. */
function mergeInto(joint: Neighbours, found: Neighbours, members: Int32Array): void {
  const { k, indices, distances } = joint;
  for (let i = 0; i < found.rows; i++) {
    const last = (i + 1) * k - 1;
    for (let at = i * found.k; at < (i + 1) * found.k; at++) {
      const d = found.distances[at];
      if (found.indices[at] < 0 || d >= distances[last]) break;
      let place = last;
      for (; place > i * k && distances[place - 1] > d; place--) {
        distances[place] = distances[place - 1];
        indices[place] = indices[place - 1];
      }
      distances[place] = d;
      indices[place] = members[found.indices[at]];
    }
  }
}

/** The real cells in a space, in groups by training and by having a place. */
export class RealCells {
  /** Median distance between a real cell and its nearest other one; 1 if all are equal. */
  readonly spacing: number;
  private readonly groups: readonly Group[];

  private constructor(groups: readonly Group[], spacing: number) {
    this.groups = groups;
    this.spacing = spacing;
  }

  /**
   * @param points  [cells, dims], finite
   * @param training 1 where a cell was trained on
   * @param placed   1 where a cell has a place on the map
   */
  static async build(
    points: Float32Array,
    dims: number,
    training: Uint8Array,
    placed: Uint8Array,
    pacer = new Pacer(),
  ): Promise<RealCells> {
    const groups: Group[] = [];
    for (const kind of [3, 2, 1, 0]) {
      const members = Int32Array.from(training.keys()).filter(
        (i) => (training[i] ? 2 : 0) + (placed[i] ? 1 : 0) === kind,
      );
      if (members.length === 0) continue;
      const rows = new Float32Array(members.length * dims);
      members.forEach((cell, i) => {
        rows.set(points.subarray(cell * dims, (cell + 1) * dims), i * dims);
      });
      const index = await NeighbourIndex.build(rows, members.length, dims, pacer);
      const lists = await index.findLists(ANCHORS, RECALL, pacer);
      groups.push({ index, lists, members, training: kind >= 2, placed: kind % 2 === 1 });
    }
    return new RealCells(groups, await medianSpacing(points, training.length, dims, groups, pacer));
  }

  /** Lists of a group that a live search looks at: each group gives the same share of its points. */
  private liveLists({ index, lists }: Group): number {
    const all = this.groups.reduce((sum, group) => sum + group.index.rows, 0);
    return Math.min(lists, Math.max(1, Math.ceil((index.lists * LIVE_POINTS) / all)));
  }

  /** Share of the 3 nearest that a live search finds, measured on the largest group. Error: cancelled. */
  async liveRecall(pacer = new Pacer()): Promise<number> {
    const [largest] = [...this.groups].sort((a, b) => b.index.rows - a.index.rows);
    return largest ? largest.index.measureRecall(ANCHORS, this.liveLists(largest), pacer) : 1;
  }

  /** Neighbours of each query [rows, dims]. Error: cancelled. */
  async search(
    queries: Float32Array,
    rows: number,
    pacer = new Pacer(),
    effort: Effort = 'full',
  ): Promise<RealNeighbours> {
    const training = emptyNeighbours(rows, VOTERS);
    const placed = emptyNeighbours(rows, ANCHORS);
    const nearest = new Float64Array(rows).fill(Infinity);
    for (const group of this.groups) {
      const k = group.training ? VOTERS : ANCHORS;
      const lists = effort === 'live' ? this.liveLists(group) : group.lists;
      const found = await group.index.search(queries, rows, k, { lists, pacer, rough: effort === 'live' }); // prettier-ignore
      if (group.training) mergeInto(training, found, group.members);
      if (group.placed) mergeInto(placed, found, group.members);
      for (let i = 0; i < rows; i++) nearest[i] = Math.min(nearest[i], found.distances[i * k]);
    }
    return { training, placed, nearest };
  }
}

/** Median over at most 2,000 evenly spread cells of the distance to the nearest other cell. */
async function medianSpacing(
  points: Float32Array,
  cells: number,
  dims: number,
  groups: readonly Group[],
  pacer: Pacer,
): Promise<number> {
  const count = Math.min(cells, SAMPLE);
  const queries = new Float32Array(count * dims);
  for (let i = 0; i < count; i++) {
    const from = Math.floor(((i + 0.5) * cells) / count) * dims;
    queries.set(points.subarray(from, from + dims), i * dims);
  }
  const joint = emptyNeighbours(count, 2);
  for (const { index, lists, members } of groups) {
    const found = await index.search(queries, count, 2, { lists, pacer });
    mergeInto(joint, found, members);
  }
  const gaps = Float64Array.from({ length: count }, (_, i) => joint.distances[2 * i + 1]);
  return medianAbove0(gaps);
}

/** Median of the finite values; of those above 0 if the median is 0; 1 if there are none. */
function medianAbove0(values: Float64Array): number {
  const finite = values.filter((value) => Number.isFinite(value)).sort();
  const median = finite.length > 0 ? finite[finite.length >> 1] : 0;
  if (median > 0) return median;
  const above = finite.filter((value) => value > 0);
  return above.length > 0 ? above[above.length >> 1] : 1;
}
