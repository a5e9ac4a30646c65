/** @file The real cells of a perturbation, in the forms that scores need. */
import { Pacer } from '../../maps/pacer.ts';
import { createRandom } from '../../numerics/random.ts';
import { keyOfMembers } from '../../protocol/screen-labels.ts';
import { measureDistances, type Cloud, type DistanceTable } from '../distance-table.ts';
import { takeSome } from '../draws.ts';
import type { GeneChanges } from './change-metrics.ts';
import { adjustedChanges, geneMeans, geneValues } from './changed-genes.ts';
import { meanRows } from './means.ts';
import { pointsOf, type PreparedScreen } from './screen.ts';

/** Real cells of one set in one context. */
export interface Truth extends GeneChanges {
  readonly members: readonly string[];
  /** The cells. */
  readonly rows: Int32Array;
  /** Mean of log1p(CP10k), and its change against the controls that stand for the truth, [genes]. */
  readonly mean: Float64Array;
  readonly change: Float64Array;
  readonly points: Cloud;
  readonly within: DistanceTable;
  /** Changes of every set that has cells here, this one at position `own`. */
  readonly all: readonly Float64Array[];
  readonly own: number;
}

/** A set is judged by its held-out cells where there are at least so many, else by all of them. */
const ENOUGH_HELD_OUT = 20;
/** With fewer real cells nothing is compared. */
export const LEAST_REAL = 5;

const kept = new WeakMap<PreparedScreen, Map<string, Truth | null>>();

/** The real cells of a set in a context (null: every context); null when there are fewer than five, or no control cells. Remembered. Error: cancelled. */
export async function truthOf(
  screen: PreparedScreen,
  members: readonly string[],
  context: string | null,
  pacer = new Pacer(),
): Promise<Truth | null> {
  const known = kept.get(screen) ?? new Map<string, Truth | null>();
  kept.set(screen, known);
  const name = JSON.stringify([keyOfMembers(members), context]);
  const found = known.get(name);
  if (found !== undefined) return found;
  const rows = realRows(screen, keyOfMembers(members), context);
  const isPossible = rows.length >= LEAST_REAL && screen.controls(context).truth.length > 0;
  const truth = isPossible ? await describeTruth(screen, members, context, rows, pacer) : null;
  known.set(name, truth);
  return truth;
}

/** Cells that a set is judged by. */
export function realRows(screen: PreparedScreen, key: string, context: string | null): Int32Array {
  const unseen = screen.rows(key, context, 'heldOut');
  return unseen.length >= ENOUGH_HELD_OUT ? unseen : screen.rows(key, context, 'all');
}

async function describeTruth(
  screen: PreparedScreen,
  members: readonly string[],
  context: string | null,
  rows: Int32Array,
  pacer: Pacer,
): Promise<Truth> {
  const control = geneValues(screen.logs, screen.controls(context).truth);
  const cells = geneValues(screen.logs, rows);
  const mean = geneMeans(cells).log;
  const untreated = geneMeans(control).log;
  const change = mean.map((value, g) => value - untreated[g]);
  const key = keyOfMembers(members);
  const others = screen.sets.slice(1).flatMap((set) => {
    if (set.key === key) return [];
    const own = realRows(screen, set.key, context);
    if (own.length < LEAST_REAL) return [];
    return [meanRows(screen.logs, own).map((value, g) => value - untreated[g])];
  });
  const points = await pointsOf(screen, screen.logs, rows, pacer);
  return {
    members,
    rows,
    mean,
    change,
    adjusted: await adjustedChanges(cells, control, pacer),
    points,
    within: await measureDistances(points, points, pacer),
    all: [change, ...others],
    own: 0,
  };
}

/** One half of the real cells, and the truth that the other half makes; null with fewer than twice five cells. Error: cancelled. */
export async function halvesOf(
  screen: PreparedScreen,
  truth: Truth,
  context: string | null,
  pacer = new Pacer(),
): Promise<{ readonly first: Int32Array; readonly second: Truth } | null> {
  const n = truth.rows.length;
  if (n < 2 * LEAST_REAL) return null;
  const order = takeSome(createRandom(screen.seed, 74), truth.rows, n);
  const first = order.slice(0, Math.floor(n / 2)).sort();
  const rest = order.slice(Math.floor(n / 2)).sort();
  const second = await describeTruth(screen, truth.members, context, rest, pacer);
  return { first, second };
}
