/** @file What has been measured so far, and the verdict that can be written from it. */
import type {
  BaselineName,
  Check,
  CheckId,
  FloorValue,
  GroupResult,
  MeasureName,
  Measures,
  Verdict,
} from '../protocol/judge.ts';
import { fewestDraws, floorOf, judgeCheck, rules } from './checks.ts';
import {
  adviceOf,
  fewestHeldOut,
  fitWords,
  headlineOf,
  sentenceOf,
  tooFewWords,
  weakestWords,
} from './verdict-words.ts';

/** Facts of a judgement that do not change. */
export interface Setting {
  readonly key: string;
  readonly cells: Verdict['cells'];
  readonly genes: number;
  readonly stoppedEarly: boolean;
  /** Held-out cells that take part in distances. */
  readonly compared: number;
  readonly attributes: number;
  readonly started: number;
}

/** Leaves out what could not be measured on these cells (a ratio to nothing), so that it is missing and not a number. */
function finiteOnly(measures: Measures): Measures {
  return Object.fromEntries(Object.entries(measures).filter(([, value]) => Number.isFinite(value)));
}

/** Collects measures while a judgement runs. */
export class Findings {
  readonly measures: Partial<Record<MeasureName, number>> = {};
  readonly draws: Partial<Record<MeasureName, number[]>> = {};
  readonly baselines: Partial<Record<BaselineName, Measures>> = {};
  readonly intervals: Partial<Record<CheckId, [number, number]>> = {};
  readonly hits: Record<string, { synthetic: number | null; real: number }> = {};
  readonly notes: string[] = [];
  groups: GroupResult[] = [];

  constructor(private readonly setting: Setting) {}

  /** Adds measures of the synthetic cells. */
  add(measures: Measures): void {
    Object.assign(this.measures, finiteOnly(measures));
  }

  /** Adds one draw of real cells. */
  addDraw(measures: Measures): void {
    for (const [name, value] of Object.entries(finiteOnly(measures)) as [MeasureName, number][]) {
      (this.draws[name] ??= []).push(value);
    }
  }

  /** Adds measures of a baseline. */
  addBaseline(name: BaselineName, measures: Measures): void {
    this.baselines[name] = { ...this.baselines[name], ...finiteOnly(measures) };
  }

  /** The checks that can be judged so far, in their order. */
  checks(): Check[] {
    const { measures, draws, baselines, intervals, setting } = this;
    return rules.flatMap((rule) => {
      const value = measures[rule.measure];
      const own = draws[rule.measure];
      if (value === undefined || own === undefined) return [];
      return judgeCheck(rule, {
        value,
        draws: own,
        baselines,
        interval: intervals[rule.id] ?? null,
        measures,
        stoppedEarly: setting.stoppedEarly,
        cells: setting.compared,
      });
    });
  }

  /** The verdict as far as it goes. */
  verdict(complete: boolean): Verdict {
    const { key, cells, genes, attributes, started } = this.setting;
    const checks = this.checks();
    const enough = cells.heldOut >= fewestHeldOut;
    const wanted = rules.filter(({ id }) => id !== 'hits' || attributes > 0);
    const drawn = wanted.every(({ measure }) => (this.draws[measure]?.length ?? 0) >= fewestDraws);
    const decided = enough && drawn && checks.length === wanted.length;
    const floor: Partial<Record<MeasureName, FloorValue>> = {};
    for (const [name, values] of Object.entries(this.draws) as [MeasureName, number[]][]) {
      floor[name] = floorOf(values);
    }
    return {
      key,
      complete,
      decided,
      cells,
      genes,
      headline: decided ? headlineOf(checks) : '',
      sentence: decided ? sentenceOf(checks) : enough ? '' : tooFewWords(cells.heldOut),
      fitFor: decided ? fitWords(checks) : '',
      weakest: decided ? weakestWords(this.groups) : null,
      advice: decided ? adviceOf(checks) : [],
      passed: checks.filter(({ inside }) => inside).length,
      checks,
      measures: { ...this.measures },
      floor,
      baselines: { ...this.baselines },
      hits: { ...this.hits },
      groups: this.groups,
      seconds: (performance.now() - started) / 1000,
      notes: [...this.notes],
    };
  }
}
