/** @file The seven checks: which measure each looks at, when it is inside the floor, and its words. */
import { quantile } from '../numerics/statistics.ts';
import type {
  BaselineName,
  Check,
  CheckId,
  FloorValue,
  MeasureName,
  Measures,
} from '../protocol/judge.ts';
import { adviceFor, type Maker } from './advice.ts';
import { percentWords, shortWords } from './number-words.ts';

/** What is known of one check besides the rule. */
export interface CheckInput {
  readonly value: number;
  /** The same measure on draws of real cells. */
  readonly draws: readonly number[];
  readonly baselines: Readonly<Partial<Record<BaselineName, Measures>>>;
  readonly interval: readonly [number, number] | null;
  /** All measures of the synthetic cells, for the words. */
  readonly measures: Measures;
  readonly maker: Maker;
  /** Held-out cells compared. */
  readonly cells: number;
}

/** Fewest draws of real cells for a 90 % band. */
export const fewestDraws = 20;

/** How a check is made out of a measure. */
interface Rule {
  readonly id: CheckId;
  readonly name: string;
  readonly measure: MeasureName;
  /** A share of cells, which no draw of n cells knows more finely than 1/n. */
  readonly share: boolean;
  /** Distance from ideal, ≥ 0. */
  readonly bad: (value: number) => number;
  readonly show: (value: number) => string;
  readonly says: (value: number, floor: number, measures: Measures) => string;
}

/** Whether cells have too many or too few zeros; where the means agree, their numbers spread wrongly. */
function zeroWords(distance: number, detectedShift: number): string {
  if (Math.abs(detectedShift) < distance / 2) return 'Zeros per cell do not vary as in real cells';
  return `Cells have too ${detectedShift < 0 ? 'many' : 'few'} zeros`;
}

/** The seven rules in the order of the plot. */
export const rules: readonly Rule[] = [
  {
    id: 'expression',
    name: 'Expression as a whole',
    measure: 'energy',
    share: false,
    bad: (value) => value,
    show: shortWords,
    says: (value, floor) =>
      `Expression as a whole lies ${shortWords(value)} from real cells (floor ${shortWords(floor)}).`,
  },
  {
    id: 'toldApart',
    name: 'Told apart from real cells',
    measure: 'toldApart',
    share: true,
    bad: (value) => Math.abs(value - 0.5),
    show: percentWords,
    says: (value) =>
      value >= 0.5
        ? `The nearest neighbour gives ${percentWords(value)} of cells away. A coin toss is right for 50\u202f%.`
        : `Only ${percentWords(value)} of cells have a neighbour of their own kind; 50\u202f% is ideal, less means copies.`,
  },
  {
    id: 'coverage',
    name: 'Every kind of cell covered',
    measure: 'coverage',
    share: true,
    bad: (value) => Math.max(0, 1 - value),
    show: percentWords,
    says: (value, floor) =>
      `${percentWords(1 - value)} of real cells have no synthetic cell near them (floor ${percentWords(1 - floor)}).`,
  },
  {
    id: 'zeros',
    name: 'Zeros per cell',
    measure: 'zeros',
    share: false,
    bad: (value) => value,
    show: (value) => shortWords(value),
    says: (value, floor, { detectedShift = 0 }) =>
      `${zeroWords(value, detectedShift)}: off by ${shortWords(value)} genes a cell (floor ${shortWords(floor)}).`,
  },
  {
    id: 'library',
    name: 'Library size',
    measure: 'logLibrary',
    share: false,
    bad: (value) => value,
    show: (value) => percentWords(Math.expm1(value)),
    says: (value, floor) =>
      `Library sizes are off by ${percentWords(Math.expm1(value))} (floor ${percentWords(Math.expm1(floor))}).`,
  },
  {
    id: 'hits',
    name: 'Recognised as asked',
    measure: 'hits',
    share: true,
    bad: (value) => Math.max(0, 1 - value),
    show: percentWords,
    says: (value, floor) =>
      `A classifier recognises ${percentWords(value)} of the cells as what was asked, ${percentWords(floor)} of real ones.`,
  },
  {
    id: 'copies',
    name: 'Copies of training cells',
    measure: 'copies',
    share: true,
    bad: (value) => value,
    show: percentWords,
    says: (value, floor, { exactCopies = 0 }) =>
      `${percentWords(value)} of the cells sit on one training cell (floor ${percentWords(floor)})` +
      (exactCopies > 0 ? `; ${percentWords(exactCopies)} equal one.` : '.'),
  },
];

/** Mean and 5 and 95 % points of draws. */
export function floorOf(draws: readonly number[]): FloorValue {
  return {
    mean: draws.reduce((a, b) => a + b, 0) / draws.length,
    low: quantile(draws, 0.05),
    high: quantile(draws, 0.95),
    draws: draws.length,
  };
}

/** Judges one aspect: inside means no worse than the upper end of the 90 % band of real cells. */
export function judgeCheck(rule: Rule, input: CheckInput): Check {
  const { draws, measures } = input;
  const own = floorOf(draws.map(rule.bad));
  const value = rule.bad(input.value);
  const floor = floorOf(draws).mean;
  const inside = value <= own.high;
  return {
    id: rule.id,
    name: rule.name,
    value,
    // A middle of 0 (no draw was ever wrong) would make every multiple infinite; half a cell stands for it.
    middle: Math.max(own.mean, rule.share ? 0.5 / input.cells : 1e-9),
    low: own.low,
    high: own.high,
    inside,
    light: inside ? 'good' : value <= 2 * own.high ? 'near' : 'far',
    interval: input.interval,
    baselines: baselineValues(rule, input.baselines),
    shown: rule.show(input.value),
    floorShown: rule.show(floor),
    says: rule.says(input.value, floor, measures),
    advice: adviceFor(rule.id, input.maker),
  };
}

function baselineValues(
  rule: Rule,
  baselines: CheckInput['baselines'],
): Partial<Record<BaselineName, number>> {
  const out: Partial<Record<BaselineName, number>> = {};
  for (const [name, measures] of Object.entries(baselines) as [BaselineName, Measures][]) {
    const value = measures[rule.measure];
    if (value !== undefined) out[name] = rule.bad(value);
  }
  return out;
}
