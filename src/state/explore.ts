/** @file What a person explores on the map: tools, layers, the selection and what was found about it. Nothing here is undone or kept. */
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { ContourLines, MarkerTable, SetExpression, StudySummary } from '../protocol/study.ts';

/** What dragging on the map does. */
export type MapTool = 'move' | 'lasso' | 'rectangle';

/** Sequences for numbers. */
export type SequenceName = 'house' | 'viridis' | 'cividis' | 'magma';

/** How the legend is ordered. */
export type LegendOrder = 'real' | 'synthetic' | 'name' | 'file';

/** Chosen cells; masks are array ids of bytes, one a cell. */
export interface SelectionState {
  readonly real: string | null;
  readonly synthetic: string | null;
  readonly realCells: number;
  readonly syntheticCells: number;
}

/** Cells whose counts the study worker holds. */
export interface StudyState {
  readonly status: 'none' | 'reading' | 'ready' | 'failed';
  /** File, sample and selection that it was read for. */
  readonly key: string;
  /** Array ids: positions of the read cells in the file and in the sample. */
  readonly real: string | null;
  readonly synthetic: string | null;
  readonly summary: StudySummary | null;
}

/** What was found about the selection. */
export interface SelectionFindings {
  readonly status: 'none' | 'running' | 'ready' | 'failed';
  /** Selected real cells against the other real cells. */
  readonly markers: MarkerTable | null;
  /** Selected synthetic cells against selected real ones. */
  readonly differences: MarkerTable | null;
  /** Genes shown as violins (positions in the file), [gene][selected real, selected synthetic, other real]. */
  readonly genes: readonly number[];
  readonly expression: readonly (readonly SetExpression[])[];
}

/** The map of real and synthetic cells together. */
export interface JointState {
  readonly status: 'none' | 'running' | 'ready';
  readonly shown: boolean;
  readonly share: number;
  /** Positions over all cells of the file and of the sample, array ids; NaN where a cell was not read. */
  readonly real: string | null;
  readonly synthetic: string | null;
  readonly realNearSynthetic: number;
  readonly realNearReal: number;
  readonly expected: number;
}

/** One map of the small multiples. */
export interface WeightPanel {
  readonly weight: number;
  /** Positions on both maps and recognised codes, array ids. */
  readonly umap: string;
  readonly pca: string;
  /** null when the attribute has no column in the file */
  readonly codes: string | null;
  /** Median distance to the nearest real cell, in multiples of the usual. */
  readonly distance: number;
  /** Share recognised as what was asked; null when nothing was. */
  readonly hit: number | null;
}

/** Everything explored. */
export interface ExploreState {
  readonly tool: MapTool;
  readonly sequence: SequenceName;
  /** Own upper and lower end of the number colours, by what they show; absent: 0 to the 99th percentile. */
  readonly ranges: Readonly<Record<string, { readonly low: number; readonly high: number }>>;
  readonly order: LegendOrder;
  readonly trails: boolean;
  /** Ways of the chosen cells on the UMAP: [frames, cells, 2] (array id). */
  readonly trailPlaces: {
    readonly umap: string;
    readonly frames: number;
    readonly cells: readonly number[];
  } | null;
  readonly density: boolean;
  readonly contours: readonly ContourLines[];
  readonly selection: SelectionState;
  readonly study: StudyState;
  readonly findings: SelectionFindings;
  readonly joint: JointState;
  readonly panels: {
    readonly status: 'none' | 'running' | 'ready';
    readonly attribute: string | null;
    readonly panels: readonly WeightPanel[];
  };
}

/** No cells chosen. */
export const emptySelection: SelectionState = {
  real: null,
  synthetic: null,
  realCells: 0,
  syntheticCells: 0,
};

/** Nothing found. */
export const emptyFindings: SelectionFindings = {
  status: 'none',
  markers: null,
  differences: null,
  genes: [],
  expression: [],
};

/** No cells read. */
export const emptyStudy: StudyState = {
  status: 'none',
  key: '',
  real: null,
  synthetic: null,
  summary: null,
};

/** No joint map. */
export const emptyJoint: JointState = {
  status: 'none',
  shown: false,
  share: 0,
  real: null,
  synthetic: null,
  realNearSynthetic: 0,
  realNearReal: 0,
  expected: 0,
};

const initial: ExploreState = {
  tool: 'move',
  sequence: 'house',
  ranges: {},
  order: 'real',
  trails: false,
  trailPlaces: null,
  density: false,
  contours: [],
  selection: emptySelection,
  study: emptyStudy,
  findings: emptyFindings,
  joint: emptyJoint,
  panels: { status: 'none', attribute: null, panels: [] },
};

/** The store of the exploration. */
export const explore = createStore<ExploreState>()(() => initial);

/** Reads a slice in a component; re-renders when the selected value changes. */
export function useExplore<T>(select: (state: ExploreState) => T): T {
  return useStore(explore, select);
}

/** The present exploration, for actions. */
export function explored(): ExploreState {
  return explore.getState();
}

/** Changes some fields. */
export function patchExplore(change: Partial<ExploreState>): void {
  explore.setState(change);
}
