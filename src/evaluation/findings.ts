/** @file What has been measured so far, and the verdict that can be written from it. */
import type {
  AttributeHits,
  BaselineName,
  Check,
  GroupResult,
  MeasureName,
  Measures,
  PaperTables,
  UnseenResult,
  Verdict,
} from '../protocol/judge.ts';
import { adviceOf, tooFewAdvice, type Maker } from './advice.ts';
import { intervalAround } from './bootstrap.ts';
import { fewestDraws, judgeCheck, rules } from './checks.ts';
import { floorsOf } from './group-measures.ts';
import { intervalsOf } from './intervals.ts';
import type { Resamples } from './set-report.ts';
import {
  fewestHeldOut,
  fitWords,
  headlineOf,
  numberSentence,
  sentenceOf,
  tooFewWords,
  weakestWords,
} from './verdict-words.ts';

/** Facts of a judgement that do not change. */
export interface Setting {
  readonly key: string;
  readonly cells: Verdict['cells'];
  readonly genes: number;
  readonly maker: Maker;
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
  readonly resamples: Resamples = {};
  readonly hits: Record<string, AttributeHits> = {};
  readonly notes: string[] = [];
  groups: readonly GroupResult[] = [];
  unseen: readonly UnseenResult[] = [];
  paper: PaperTables | null = null;

  constructor(private readonly setting: Setting) {}

  /** Adds measures of the synthetic cells, and draws of them from resampled cells. */
  add(measures: Measures, resamples: Resamples = {}): void {
    Object.assign(this.measures, finiteOnly(measures));
    Object.assign(this.resamples, resamples);
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

  /** Adds how often a baseline's cells are recognised in one attribute. */
  addBaselineHit(attribute: number, name: BaselineName, share: number): void {
    const key = Object.keys(this.hits)[attribute];
    const { baselines, ...rest } = this.hits[key];
    this.hits[key] = { ...rest, baselines: { ...baselines, [name]: share } };
  }

  /** The checks that can be judged so far, in their order. */
  checks(): Check[] {
    const { measures, draws, baselines, resamples, setting } = this;
    return rules.flatMap((rule) => {
      const value = measures[rule.measure];
      const own = draws[rule.measure];
      if (value === undefined || own === undefined) return [];
      const again = resamples[rule.measure]?.map(rule.bad);
      return judgeCheck(rule, {
        value,
        draws: own,
        baselines,
        interval: again ? intervalAround(rule.bad(value), again) : null,
        measures,
        maker: setting.maker,
        cells: setting.compared,
      });
    });
  }

  /** The verdict as far as it goes. */
  verdict(complete: boolean): Verdict {
    const { key, cells, genes, attributes, started } = this.setting;
    const { foreign } = this.setting.maker;
    const checks = this.checks();
    const enough = cells.heldOut >= fewestHeldOut;
    const wanted = rules.filter(({ id }) => id !== 'hits' || attributes > 0);
    const drawn = wanted.every(({ measure }) => (this.draws[measure]?.length ?? 0) >= fewestDraws);
    const decided = enough && drawn && checks.length === wanted.length;
    const { measures, groups } = this;
    const floor = floorsOf(this.draws);
    return {
      key,
      complete,
      decided,
      cells,
      genes,
      headline: decided ? headlineOf(checks) : '',
      sentence: decided ? sentenceOf(checks) : enough ? '' : tooFewWords(cells.heldOut),
      numbers: decided ? numberSentence(checks, measures, floor, groups) : '',
      fitFor: decided ? fitWords(checks) : '',
      weakest: decided ? weakestWords(groups) : null,
      advice: decided ? adviceOf(checks, measures, groups, foreign) : enough ? [] : [tooFewAdvice(foreign)], // prettier-ignore
      passed: checks.filter(({ inside }) => inside).length,
      checks,
      measures: { ...measures },
      intervals: intervalsOf(measures, this.resamples),
      floor,
      baselines: { ...this.baselines },
      hits: { ...this.hits },
      groups,
      unseen: this.unseen,
      paper: this.paper,
      seconds: (performance.now() - started) / 1000,
      notes: [...this.notes],
    };
  }
}
