/** @file What was predicted of perturbations, what runs, and what is shown of it. The question itself is in the studio's store, for undo. */
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { ErrorRecord } from '../protocol/errors.ts';
import type { PredictAnswer, RankAnswer, ScoreAnswer } from '../protocol/perturb-api.ts';

/** What the worker can be asked. */
export type PerturbUse = 'predict' | 'score' | 'rank';

/** Views of the answers. */
export type PerturbView = 'effects' | 'plot' | 'set' | 'scores' | 'all' | 'rank' | 'graph';

/** Where cells of a prediction are on the file's map; array ids, x and y in turn. */
export interface PerturbPlaces {
  /** Control cells that the predicted ones began from; null when they are not known. */
  readonly before: string | null;
  readonly after: string;
  /** Real cells with this perturbation; null without any. */
  readonly real: string | null;
}

/** A prediction without its arrays. */
export type ShownPrediction = Omit<PredictAnswer, 'latents' | 'starts' | 'real'> & {
  readonly cells: number;
  readonly realCells: number;
  /** The question in words. */
  readonly about: string;
};

/** Everything about predictions. */
export interface PerturbState {
  readonly running: {
    readonly use: PerturbUse;
    readonly doing: string;
    readonly share: number;
    readonly secondsLeft: number | null;
  } | null;
  readonly prediction: ShownPrediction | null;
  readonly scores: ScoreAnswer | null;
  readonly ranking: (RankAnswer & { readonly about: string }) | null;
  readonly places: PerturbPlaces | null;
  readonly failure: (ErrorRecord & { readonly use: PerturbUse }) | null;
  readonly view: PerturbView;
  /** Show the cells of the prediction over the file's own map. */
  readonly showMap: boolean;
  /** How far these are on their way from control on the map, 0–1. */
  readonly glide: number;
  readonly saving: boolean;
  /** Names of genes as typed, for the view of a gene set and the ranking by it. */
  readonly geneSet: string;
  /** Rank by the genes of the set alone. */
  readonly rankBySet: boolean;
  /** Names of the model's genes in order, for the graph. */
  readonly genes: readonly string[];
}

/** Nothing asked yet. */
export const emptyPerturb: PerturbState = {
  running: null,
  prediction: null,
  scores: null,
  ranking: null,
  places: null,
  failure: null,
  view: 'effects',
  showMap: true,
  glide: 1,
  saving: false,
  geneSet: '',
  rankBySet: false,
  genes: [],
};

/** The store of the predictions. */
export const perturbed = createStore<PerturbState>()(() => emptyPerturb);

/** Reads a slice in a component; re-renders when the selected value changes. */
export function usePerturb<T>(select: (state: PerturbState) => T): T {
  return useStore(perturbed, select);
}

/** The present state, for actions. */
export function getPerturb(): PerturbState {
  return perturbed.getState();
}

/** Changes some fields. */
export function patchPerturb(change: Partial<PerturbState>): void {
  perturbed.setState(change);
}
