/** @file What a person does with a trained model on real cells: choices, the running use, the newest result of each use. Nothing here is kept. */
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type {
  ApplyUse,
  AugmentAnswer,
  CorrectAnswer,
  CounterfactualAnswer,
  ImputeAnswer,
} from '../protocol/apply.ts';
import type { ErrorRecord } from '../protocol/errors.ts';

/** Where the cells of a result are, before and after; array ids. */
export interface GlidePlaces {
  /** Position of each moving cell in the file; null for cells that are not in it. */
  readonly rows: string | null;
  /** Category of each moving cell in the column named below; null: that of its row. */
  readonly codes: string | null;
  readonly column: string | null;
  /** x and y in turn. Null: the cells were nowhere before. */
  readonly before: string | null;
  readonly after: string;
  /** Draw the other cells of the file behind them, on the file's own map. */
  readonly background: boolean;
}

type Shown<T> = Omit<T, 'rows' | 'before' | 'after' | 'latents'>;

/** The newest result of each use. */
export interface ApplyResults {
  readonly correct: (Shown<CorrectAnswer> & { readonly ask: ApplyChoices['correct'] }) | null;
  readonly counterfactual:
    (Shown<CounterfactualAnswer> & { readonly changed: number; readonly about: string }) | null;
  readonly augment: (Shown<AugmentAnswer> & { readonly about: string }) | null;
  readonly impute: ImputeAnswer | null;
}

/** What is chosen in the four forms. */
export interface ApplyChoices {
  readonly correct: {
    readonly batch: string | null;
    /** Reference batch; null: the mean of the batches. */
    readonly to: string | null;
    /** Attributes that are not kept. */
    readonly dropped: readonly string[];
    readonly measure: string | null;
    readonly counts: boolean;
  };
  readonly counterfactual: {
    readonly attribute: string | null;
    readonly value: string | null;
    readonly cells: 'values' | 'selection';
    /** Values that the cells must have; null: one kind, the largest. */
    readonly where: Readonly<Record<string, string>> | null;
  };
  readonly augment: {
    readonly attribute: string | null;
    readonly value: string | null;
    readonly cells: number;
    readonly check: boolean;
    /** One kind of cell, or every combination of two attributes' values that has few cells. */
    readonly what: 'kind' | 'combinations';
    /** The other attribute of the combinations; null: the first that there is. */
    readonly second: string | null;
    /** Combinations with fewer training cells are filled, with so many cells each. */
    readonly fewer: number;
    readonly each: number;
  };
  readonly impute: {
    /** As typed: names with commas or spaces between. */
    readonly genes: string;
    readonly passes: number;
    readonly test: boolean;
  };
}

/** Everything about the uses. */
export interface ApplyState {
  readonly use: ApplyUse;
  readonly choices: ApplyChoices;
  readonly running: {
    readonly use: ApplyUse;
    readonly doing: string;
    readonly share: number;
    readonly secondsLeft: number | null;
  } | null;
  readonly results: ApplyResults;
  readonly places: Readonly<Partial<Record<ApplyUse, GlidePlaces>>>;
  readonly failures: Readonly<Partial<Record<ApplyUse, ErrorRecord>>>;
  /** Show the places of the use over the file's own map. */
  readonly showMap: boolean;
  readonly saving: boolean;
}

/** Nothing done yet. */
export const emptyApply: ApplyState = {
  use: 'correct',
  choices: {
    correct: { batch: null, to: null, dropped: [], measure: null, counts: false },
    counterfactual: { attribute: null, value: null, cells: 'values', where: null },
    augment: {
      attribute: null,
      value: null,
      cells: 100,
      check: true,
      what: 'kind',
      second: null,
      fewer: 10,
      each: 50,
    },
    impute: { genes: '', passes: 6, test: true },
  },
  running: null,
  results: { correct: null, counterfactual: null, augment: null, impute: null },
  places: {},
  failures: {},
  showMap: true,
  saving: false,
};

/** The store of the uses. */
export const applied = createStore<ApplyState>()(() => emptyApply);

/** Reads a slice in a component; re-renders when the selected value changes. */
export function useApply<T>(select: (state: ApplyState) => T): T {
  return useStore(applied, select);
}

/** The present state, for actions. */
export function getApply(): ApplyState {
  return applied.getState();
}

/** Changes some fields. */
export function patchApply(change: Partial<ApplyState>): void {
  applied.setState(change);
}
