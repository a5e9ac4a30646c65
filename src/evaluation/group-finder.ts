/** @file Single categories and combinations: which cells they have on both sides, and their measures in one set of cells. */
import type { Measures } from '../protocol/judge.ts';
import { fewestInClass } from './cloud-measures.ts';
import type { Measured } from './dear-measures.ts';
import { pickTable, type DistanceTable } from './distance-table.ts';
import {
  measureKernels,
  measureSet,
  pickFactsOf,
  resampleSet,
  type SetFacts,
} from './set-report.ts';

/** An attribute by name, with the names of its categories. */
export interface GroupAttribute {
  readonly name: string;
  readonly categories: readonly string[];
}

/** Cells of one category or combination on both sides, as rows. */
export interface Group {
  readonly key: string;
  readonly attribute: string;
  readonly value: string;
  readonly first: readonly number[];
  readonly second: readonly number[];
}

/** What was measured of the group with that key. */
export interface GroupMeasures {
  readonly key: string;
  readonly measures: Measures;
}

const EFFORT = { shares: 40, lines: 30, tables: 16 };

function rowsByKey(codes: readonly Int32Array[], n: number): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (let i = 0; i < n; i++) {
    const own = codes.map((all) => all[i]);
    if (own.some((code) => code < 0)) continue;
    const key = own.join();
    const rows = groups.get(key);
    if (rows) rows.push(i);
    else groups.set(key, [i]);
  }
  return groups;
}

/** Every category of every attribute, then every combination of all attributes, with enough cells on both sides. */
function listGroups(
  attributes: readonly GroupAttribute[],
  first: readonly Int32Array[],
  second: readonly Int32Array[],
): Group[] {
  const all = attributes.map((_, a) => [a]);
  const sets = attributes.length > 1 ? [...all, attributes.map((_, a) => a)] : all;
  return sets.flatMap((set) => {
    const rows = (codes: readonly Int32Array[]): Map<string, number[]> =>
      rowsByKey(
        set.map((a) => codes[a]),
        codes[0].length,
      );
    const others = rows(second);
    return [...rows(first)].flatMap(([key, own]) => {
      const other = others.get(key) ?? [];
      if (own.length < fewestInClass || other.length < fewestInClass) return [];
      const codes = key.split(',').map(Number);
      return {
        key: `${set.join()}:${key}`,
        attribute: set.map((a) => attributes[a].name).join(' × '),
        value: set.map((a, i) => attributes[a].categories[codes[i]]).join(' × '),
        first: own,
        second: other,
      };
    });
  });
}

/** Finds and measures the groups of sets of cells beside the same held-out cells. */
export class GroupFinder {
  private readonly within = new Map<string, DistanceTable>();

  /** @param heldOut codes of the held-out cells in every attribute */
  constructor(
    private readonly attributes: readonly GroupAttribute[],
    private readonly heldOut: readonly Int32Array[],
  ) {}

  /** Groups with enough cells in a set, the largest first. @param codes of the set's cells */
  list(codes: readonly Int32Array[]): Group[] {
    if (this.attributes.length === 0) return [];
    const groups = listGroups(this.attributes, this.heldOut, codes);
    return groups.sort((a, b) => b.first.length - a.first.length);
  }

  /** The measures of every group of a set. */
  measure(
    set: SetFacts,
    codes: readonly Int32Array[],
    width: number,
    kernels: boolean,
  ): GroupMeasures[] {
    return this.list(codes).map((group) => {
      const own = this.pick(set, group);
      const { measures } = measureSet(own, true);
      if (!kernels) return { key: group.key, measures };
      const more = measureKernels(own, width, 0, 0).measures;
      return { key: group.key, measures: { ...measures, ...more } };
    });
  }

  /** The same of one group, with resamples. */
  resample(set: SetFacts, group: Group, width: number, seed: number): Measured {
    const own = this.pick(set, group);
    const report = measureSet(own, true);
    const kernels = measureKernels(own, width, EFFORT.tables, seed);
    return {
      measures: { ...report.measures, ...kernels.measures },
      resamples: { ...resampleSet(own, report, EFFORT, seed), ...kernels.resamples },
    };
  }

  /** A group's part of a set; distances among its held-out cells are the same in every set. */
  private pick(set: SetFacts, { key, first, second }: Group): SetFacts {
    const within = this.within.get(key) ?? pickTable(set.clouds.first, first, first);
    this.within.set(key, within);
    return pickFactsOf(set, first, second, within);
  }
}
