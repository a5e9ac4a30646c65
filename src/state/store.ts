/** @file The one store of the page (zustand), with undo over what a person steers (zundo). */
import { temporal } from 'zundo';
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import { createBursts } from './bursts.ts';
import { keptKind } from './model-kind.ts';
import type {
  DataChoices,
  DataState,
  GuidanceState,
  LookState,
  ModelState,
  QuestionState,
  ScreenChoices,
  StudioState,
  SyntheticState,
  VerdictState,
  ViewState,
} from './types.ts';

/** Nothing opened. */
export const emptyData: DataState = {
  status: 'none',
  origin: null,
  doing: null,
  share: 0,
  summary: null,
  seconds: 0,
  medianCounts: 0,
  zeroShare: 0,
  entriesPerFound: 1,
  columns: {},
  qc: null,
  geneCount: 0,
  fileGenes: 0,
  umap: null,
  pca: null,
  pcaVariance: [],
  mapKey: null,
  umapComputed: false,
  mapSeconds: 0,
  mapProgress: null,
  ownColours: [],
};

/** Choices before a file proposes its own. */
export const emptyChoices: DataChoices = {
  source: null,
  attributes: [],
  counts: { min: null, max: null },
  genes: { min: null, max: null },
  mitoMax: null,
  minCells: 3,
  geneChoice: 'all',
  variableBy: null,
  leftOut: {},
  leaveUnlabelled: [],
  binned: {},
  part: null,
  sample: null,
  readGenes: null,
  geneNames: null,
  peaksAs: 'bernoulli',
  kept: [],
};

/** The screen as its names propose it, modelled in the quick way. */
export const emptyScreen: ScreenChoices = {
  attribute: null,
  control: null,
  separator: null,
  context: null,
  tier: 'fast',
  start: 'noisy-control',
  mmdWeight: 0.5,
  genes: null,
  graph: null,
  taken: null,
};

/** Nothing asked yet. */
export const emptyQuestion: QuestionState = {
  members: null,
  context: {},
  cells: 300,
  seed: 7,
  weight: 1,
  weights: {},
  composed: false,
};

/** No model. */
export const emptyModel: ModelState = {
  status: 'none',
  info: null,
  origin: null,
  settings: {
    ...keptKind(),
    goOn: false,
    recipe: 'recommended',
    seed: 0,
    flowSteps: null,
    maxEpochs: null,
    heldOut: 0.1,
    heldOutBy: null,
    hide: [],
    place: 'auto',
    screen: emptyScreen,
  },
  copying: null,
  stage: null,
  stageSeconds: {},
  overall: 0,
  at: 0,
  of: 0,
  cellsPerSecond: 0,
  stepsPerSecond: 0,
  secondsLeft: null,
  curves: { autoencoder: [], flow: [] },
  training: null,
  film: [],
  latentPca: null,
  latentPcaVariance: [],
  realHits: {},
};

/** Guidance before a model names its attributes. */
export const emptyGuidance: GuidanceState = {
  terms: {},
  cells: 300,
  seed: 7,
  librarySize: { mode: 'chosen', value: 2000 },
  live: true,
};

/** No synthetic cells. */
export const emptySynthetic: SyntheticState = {
  status: 'none',
  sampleId: null,
  latents: null,
  cells: 0,
  seed: 0,
  milliseconds: 0,
  extrapolated: false,
  umap: null,
  pca: null,
  distance: null,
  hitShare: null,
  asked: {},
  recognised: {},
  hits: {},
  previewStep: null,
  frames: null,
};

/** Nothing judged. */
export const emptyVerdict: VerdictState = {
  subject: 'model',
  cells: { status: 'none', doing: '', share: 0, result: null, why: null, about: '' },
  curves: { status: 'none', doing: '', done: 0, of: 0, curves: null },
  paperCompat: false,
  status: 'none',
  modelId: null,
  doing: '',
  share: 0,
  result: null,
  checkedAt: null,
};

const initialView: ViewState = {
  step: 'generate',
  gene: null,
  showReal: true,
  showSynthetic: true,
  hidden: {},
  theme: 'system',
  drawer: null,
  flowTime: 1,
  flowPlaying: false,
  exportOpen: false,
  exporting: null,
  keysOpen: false,
  singleKeys: true,
  fitRequests: 0,
  panelOpen: true,
};

/** What undo and redo restore: weights, values, number, seed, colour, overlay, limits, attributes, and how the next model is trained. */
export interface Undoable {
  readonly guidance: GuidanceState;
  readonly question: QuestionState;
  readonly choices: DataChoices;
  readonly look: LookState;
  /** Belongs into the model's slice; `src/state/history.ts` puts it there. */
  readonly settings: ModelState['settings'];
}

/** The state at the start of a visit. */
export const initialState: StudioState = {
  device: null,
  statusText: 'Starting.',
  busy: true,
  alerts: [],
  data: emptyData,
  choices: emptyChoices,
  model: emptyModel,
  guidance: emptyGuidance,
  question: emptyQuestion,
  synthetic: emptySynthetic,
  verdict: emptyVerdict,
  look: { overlay: 'umap', colourBy: null },
  view: initialView,
  saved: false,
};

/** Which changes begin a step of undo. */
export const bursts = createBursts();

/** Leaves out changes that belong to the step before; zundo gives the state before and the present one, first and third. */
function recordSteps<A extends unknown[]>(record: (...args: A) => void): (...args: A) => void {
  return (...args) => {
    const [before, , after]: readonly unknown[] = args;
    if (bursts.begins(Object(before) as object, Object(after) as object)) record(...args);
  };
}

/** The store; components read it through `useStudio`, actions through `get` and `patch`. */
export const studio = createStore<StudioState>()(
  temporal(() => initialState, {
    limit: 100,
    partialize: (state): Undoable => ({
      guidance: state.guidance,
      question: state.question,
      choices: state.choices,
      look: state.look,
      settings: state.model.settings,
    }),
    equality: (a, b) =>
      a.guidance === b.guidance &&
      a.question === b.question &&
      a.choices === b.choices &&
      a.look === b.look &&
      a.settings === b.settings,
    handleSet: (record) => recordSteps(record),
  }),
);

/** Reads a slice of the state in a component; re-renders when the selected value changes. */
export function useStudio<T>(select: (state: StudioState) => T): T {
  return useStore(studio, select);
}

/** The present state, for actions. */
export function get(): StudioState {
  return studio.getState();
}

type SliceName =
  | 'data'
  | 'choices'
  | 'model'
  | 'guidance'
  | 'question'
  | 'synthetic'
  | 'verdict'
  | 'look'
  | 'view';

/** Changes some fields of one slice. */
export function patch<K extends SliceName>(slice: K, change: Partial<StudioState[K]>): void {
  studio.setState((state) => ({ [slice]: { ...state[slice], ...change } }) as Partial<StudioState>);
}

/** Changes top-level fields. */
export function patchRoot(
  change: Partial<Pick<StudioState, 'device' | 'statusText' | 'busy' | 'alerts' | 'saved'>>,
): void {
  studio.setState(change);
}
