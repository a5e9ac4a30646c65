/** @file Figures of single categories and of combinations, each against its own floor and baselines. */
import type {
  BaselineName,
  FloorValue,
  GroupResult,
  MeasureName,
  Measures,
} from '../protocol/judge.ts';
import { predictedShares } from './bootstrap.ts';
import { floorOf } from './checks.ts';
import type { Measured } from './dear-measures.ts';
import type { Group, GroupAttribute, GroupMeasures } from './group-finder.ts';
import { intervalsOf } from './intervals.ts';
import type { Resamples } from './set-report.ts';

/** Fewest draws in which a group must have enough cells to get a floor. */
const FEWEST_DRAWS = 10;
const PREDICTED = 60;

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

/** Collects figures of every group: the floor's draws, the baselines, the synthetic cells. */
export class GroupBook {
  private readonly pages = new Map<string, Page>();
  private groups: readonly Group[] = [];

  constructor(
    private readonly attributes: readonly GroupAttribute[],
    private readonly seed: number,
  ) {}

  private page(key: string): Page {
    const page = this.pages.get(key) ?? new Page();
    this.pages.set(key, page);
    return page;
  }

  /** Adds one draw of real cells. */
  addDraw(found: readonly GroupMeasures[]): void {
    for (const { key, measures } of found) this.page(key).addDraw(measures);
  }

  /** Adds a trivial method. */
  addBaseline(name: BaselineName, found: readonly GroupMeasures[]): void {
    for (const { key, measures } of found) this.page(key).baselines[name] = measures;
  }

  /** Adds the groups of the synthetic cells with what was measured of each, in the same order. */
  addSynthetic(groups: readonly Group[], found: readonly Measured[]): void {
    this.groups = groups;
    groups.forEach(({ key }, g) => this.page(key).add(found[g]));
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
  addMore(key: string, measured: Measured, draws: readonly Measures[]): void {
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
