/** @file Figures of single categories and of combinations, each against its own floor and baselines. */
import type {
  BaselineName,
  FloorValue,
  GroupResult,
  JudgeAttribute,
  MeasureName,
  Measures,
} from '../protocol/judge.ts';
import { predictedShares } from './bootstrap.ts';
import { floorOf } from './checks.ts';
import { fewestInClass } from './cloud-measures.ts';
import type { Measured } from './dear-measures.ts';
import { pickTable, type DistanceTable } from './distance-table.ts';
import { intervalsOf } from './intervals.ts';
import { measureKernels, measureSet, pickFactsOf, resampleSet, type Resamples, type SetFacts } from './set-report.ts'; // prettier-ignore

/** Cells of one category or combination on both sides, as rows. */
export interface Group {
  readonly key: string;
  readonly attribute: string;
  readonly value: string;
  readonly first: readonly number[];
  readonly second: readonly number[];
}

/** Fewest draws in which a group must have enough cells to get a floor. */
const FEWEST_DRAWS = 10;
const PREDICTED = 60;
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
  attributes: readonly JudgeAttribute[],
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

/** What was found of one group so far. */
class Page {
  readonly draws: Partial<Record<MeasureName, number[]>> = {};
  readonly baselines: Partial<Record<BaselineName, Measures>> = {};
  measures: Measures = {};
  resamples: Resamples = {};

  addDraw(measures: Measures): void {
    for (const [name, value] of Object.entries(measures) as [MeasureName, number][]) {
      if (Number.isFinite(value)) (this.draws[name] ??= []).push(value);
    }
  }

  add({ measures, resamples }: Measured): void {
    const finite = Object.entries(measures).filter(([, value]) => Number.isFinite(value));
    this.measures = { ...this.measures, ...Object.fromEntries(finite) };
    this.resamples = { ...this.resamples, ...resamples };
  }
}

/** Collects figures of every group: the floor's draws, the baselines, then the synthetic cells. */
export class GroupBook {
  private readonly pages = new Map<string, Page>();
  private readonly within = new Map<string, DistanceTable>();
  private groups: readonly Group[] = [];

  constructor(
    private readonly attributes: readonly JudgeAttribute[],
    private readonly heldOut: readonly Int32Array[],
    private readonly seed: number,
  ) {}

  /** A group's part of a set; distances among its held-out cells are the same in every set. */
  private pick(
    set: SetFacts,
    { key, first, second }: Pick<Group, 'key' | 'first' | 'second'>,
  ): SetFacts {
    const within = this.within.get(key) ?? pickTable(set.clouds.first, first, first);
    this.within.set(key, within);
    return pickFactsOf(set, first, second, within);
  }

  private page(key: string): Page {
    const page = this.pages.get(key) ?? new Page();
    this.pages.set(key, page);
    return page;
  }

  /** Groups with enough cells in a set, the largest first. */
  list(codes: readonly Int32Array[]): Group[] {
    if (this.attributes.length === 0) return [];
    const groups = listGroups(this.attributes, this.heldOut, codes);
    return groups.sort((a, b) => b.first.length - a.first.length);
  }

  /** Adds one draw of real cells. */
  addDraw(set: SetFacts, codes: readonly Int32Array[], width: number, kernels: boolean): void {
    for (const { key, first, second } of this.list(codes)) {
      const own = this.pick(set, { key, first, second });
      this.page(key).addDraw(measureSet(own, true).measures);
      if (kernels) this.page(key).addDraw(measureKernels(own, width, 0, 0).measures);
    }
  }

  /** Adds a trivial method. */
  addBaseline(
    name: BaselineName,
    set: SetFacts,
    codes: readonly Int32Array[],
    width: number,
  ): void {
    for (const { key, first, second } of this.list(codes)) {
      const own = this.pick(set, { key, first, second });
      this.page(key).baselines[name] = {
        ...measureSet(own, true).measures,
        ...measureKernels(own, width, 0, 0).measures,
      };
    }
  }

  /** Adds the synthetic cells, with intervals. */
  addSynthetic(set: SetFacts, codes: readonly Int32Array[], width: number): void {
    this.groups = this.list(codes);
    for (const { key, first, second } of this.groups) {
      const own = this.pick(set, { key, first, second });
      const report = measureSet(own, true);
      const resamples = resampleSet(own, report, EFFORT, this.seed);
      this.page(key).add({ measures: report.measures, resamples });
      this.page(key).add(measureKernels(own, width, EFFORT.tables, this.seed));
    }
  }

  /** Floors of shares that training cells cannot show, because the classifier and the copies' watch have seen them: from held-out cells. */
  addPredicted(heldOutHits: Float64Array | null, copies: number, unseen: number): void {
    for (const { key, first, second } of this.groups) {
      const page = this.page(key);
      const m = second.length;
      const marks = first.map((i) => heldOutHits?.[i] ?? Number.NaN).filter((x) => !Number.isNaN(x)); // prettier-ignore
      if (marks.length > 0) {
        const share = marks.reduce((a, b) => a + b, 0) / marks.length;
        page.draws.hits = [...predictedShares(share, marks.length, m, PREDICTED, this.seed)];
      }
      page.draws.copies = [...predictedShares(copies, unseen, m, PREDICTED, this.seed)];
    }
  }

  /** Adds more measures of one group. */
  addMore({ key }: Group, measured: Measured, draws: readonly Measures[]): void {
    const page = this.page(key);
    page.add(measured);
    for (const own of draws) page.addDraw(own);
  }

  /** Groups of the synthetic cells whose energy has a floor, the largest first within each attribute. */
  results(): GroupResult[] {
    const out = this.groups.flatMap((group): GroupResult[] => {
      const { draws, measures, resamples, baselines } = this.page(group.key);
      // Where every draw had to take the same cells there is no band.
      if (new Set(draws.energy).size < FEWEST_DRAWS) return [];
      return [
        {
          attribute: group.attribute,
          value: group.value,
          heldOut: group.first.length,
          synthetic: group.second.length,
          measures,
          intervals: intervalsOf(measures, resamples),
          floor: floorsOf(draws),
          baselines,
        },
      ];
    });
    const order = this.attributes.map(({ name }) => name);
    const place = (name: string): number =>
      order.includes(name) ? order.indexOf(name) : order.length;
    return out.sort(
      (a, b) =>
        place(a.attribute) - place(b.attribute) ||
        b.heldOut - a.heldOut ||
        (a.value < b.value ? -1 : 1),
    );
  }
}

/** Floors of all measures that have draws. */
export function floorsOf(
  draws: Readonly<Partial<Record<MeasureName, readonly number[]>>>,
): Partial<Record<MeasureName, FloorValue>> {
  const entries = Object.entries(draws) as [MeasureName, readonly number[]][];
  return Object.fromEntries(entries.map(([name, values]) => [name, floorOf(values)]));
}
