/** @file Guidance curves: what cells are like at growing weights of one attribute, for chosen combinations. */
import type { CsrMatrix } from '../numerics/csr.ts';
import type { FloorValue, Interval } from './judge.ts';

/** Weights at which a curve is measured. */
export const curveWeights: readonly number[] = [0, 0.5, 1, 1.5, 2, 3, 4];

/** One attribute of the real cells; −1 is missing. */
export interface CurveAttribute {
  readonly name: string;
  readonly categories: readonly string[];
  readonly heldOut: Int32Array;
  readonly training: Int32Array;
}

/** Real cells and the combinations (a category per attribute) whose curves are wanted. */
export interface CurveRequest {
  readonly heldOut: CsrMatrix;
  readonly training: CsrMatrix;
  readonly attributes: readonly CurveAttribute[];
  readonly choices: readonly (readonly number[])[];
  /** The columns of all counts, of these and of the points', that are compared; all when left out. */
  readonly columns?: { readonly from: number; readonly to: number } | undefined;
  /** Synthetic cells in each point at most. */
  readonly mostCells: number;
  readonly seed: number;
}

/** What is known of one combination before any cell was made. */
export interface CurveChoice {
  readonly codes: readonly number[];
  /** Values joined by " × ". */
  readonly value: string;
  /** Real cells of this combination; without at least 20 of them there is no distance. */
  readonly realCells: number;
  /** Synthetic cells to make for each point, so that distances can be compared with the floor. */
  readonly cells: number;
  /** Squared energy distance between two sets of real cells of these sizes. */
  readonly floor: FloorValue | null;
  /** Share of real cells recognised, per attribute. */
  readonly realHits: readonly (number | null)[];
}

/** The combinations in the order asked. */
export interface CurveFrame {
  readonly choices: readonly CurveChoice[];
}

/** Cells of one combination, made with one attribute at `weight` and the others at 1. */
export interface CurvePointRequest {
  readonly choice: number;
  readonly attribute: number;
  readonly weight: number;
  readonly synthetic: CsrMatrix;
}

/** One point of the curves of one attribute and one combination. */
export interface CurvePoint {
  readonly choice: number;
  readonly attribute: number;
  readonly weight: number;
  /** Share of cells recognised as asked, per attribute, and its 90 % interval for the steered one. */
  readonly hits: readonly number[];
  readonly hitInterval: Interval;
  /** Squared energy distance from the real cells of the combination, with interval; null without enough of them. */
  readonly distance: number | null;
  readonly distanceInterval: Interval | null;
  /** Mean distance among these cells over that among the real ones. */
  readonly diversity: number | null;
}

/** The weight to use for an attribute and a combination, and why. */
export interface Suggestion {
  readonly weight: number;
  readonly says: string;
}

/** All curves measured so far. */
export interface Curves {
  readonly attributes: readonly string[];
  readonly choices: readonly CurveChoice[];
  readonly points: readonly CurvePoint[];
}
