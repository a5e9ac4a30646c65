/** @file The shape of the page's state: settings, ids and small numbers. Serialisable; no typed arrays, tensors or proxies. */
import type { FileSummary } from '../protocol/dataset.ts';
import type { ErrorRecord } from '../protocol/errors.ts';
import type { Curves } from '../protocol/curves.ts';
import type { Verdict } from '../protocol/judge.ts';
import type { DeviceReport, ModelId, ModelInfo, ModelSize, TrainStage } from '../protocol/model.ts';
import type { ScreenStart, ScreenTier } from '../protocol/perturb.ts';

/** The steps of the top bar that exist. */
export type Step = 'data' | 'model' | 'generate' | 'check' | 'export' | 'apply' | 'perturb';

/** The tabs of the drawer. */
export type DrawerTab = 'training' | 'verdict' | 'selection' | 'plots' | 'apply' | 'perturb';

/** A threshold pair; null is no bound. */
export interface Range {
  readonly min: number | null;
  readonly max: number | null;
}

/** What the person chose in the Data step. */
export interface DataChoices {
  /** `where` of the counts in use. */
  readonly source: string | null;
  readonly attributes: readonly string[];
  /** total counts per cell */
  readonly counts: Range;
  /** genes per cell */
  readonly genes: Range;
  /** mitochondrial share, per cent */
  readonly mitoMax: number | null;
  readonly minCells: number;
  /** 'all' or the number of most variable genes. */
  readonly geneChoice: 'all' | number;
  /** Column whose groups (batches) each choose the most variable genes; null: all cells together. */
  readonly variableBy: string | null;
  /** Categories left out of training, per attribute. */
  readonly leftOut: Readonly<Record<string, readonly string[]>>;
  /** Attributes whose cells without a value are left out; those of the others are trained on without that attribute. */
  readonly leaveUnlabelled: readonly string[];
  /** Number columns cut into so many ranges. */
  readonly binned: Readonly<Record<string, number>>;
  /** Which part of the file is open, and how many of its cells; null for the only part, and for all cells. */
  readonly part: string | null;
  readonly sample: number | null;
  /** How many of its genes, the most variable ones; null for all. */
  readonly readGenes: number | null;
  /** Column of var that names the genes; null for the index. */
  readonly geneNames: string | null;
  /** How peaks are learnt: there or not, or as counts. */
  readonly peaksAs: 'bernoulli' | 'poisson';
  /** Rare-category notes that were answered with "Keep it", as "attribute/category". */
  readonly kept: readonly string[];
}

/** The opened file. Arrays by id: see array-registry. */
export interface DataState {
  /** preview: a big file's first picture is shown, its counts are not read yet. */
  readonly status: 'none' | 'opening' | 'loading' | 'preview' | 'ready';
  readonly origin: 'demo' | 'file' | null;
  /** What is being done and how far (0–1) while opening or loading. */
  readonly doing: string | null;
  readonly share: number;
  readonly summary: FileSummary | null;
  /** Seconds from drop to picture. */
  readonly seconds: number;
  readonly medianCounts: number;
  /** Share of zeros in the counts, 0–1. */
  readonly zeroShare: number;
  /** Stored counts over all kinds of features, in multiples of those of the kind that cells are measured by. */
  readonly entriesPerFound: number;
  /** Array ids: obs columns (Int32 codes or Float32 numbers) by name. */
  readonly columns: Readonly<Record<string, string>>;
  /** Array ids of per-cell quality measures; mito null if no mitochondrial genes. */
  readonly qc: {
    readonly counts: string;
    readonly genes: string;
    readonly mito: string | null;
  } | null;
  /** Gene names are kept in `geneNames()`, outside the store; this is their number. */
  readonly geneCount: number;
  /** Genes of the whole matrix, of which `geneCount` are open. */
  readonly fileGenes: number;
  /** Map of the real cells, array ids. */
  readonly umap: string | null;
  readonly pca: string | null;
  readonly pcaVariance: readonly number[];
  /** Key of obsm that `umap` shows; null for a UMAP made here, or none. */
  readonly mapKey: string | null;
  /** True when the UMAP was computed here and not found in the file. */
  readonly umapComputed: boolean;
  readonly mapSeconds: number;
  /** 0–1 while the UMAP is being laid out, else null. */
  readonly mapProgress: number | null;
  /** Columns whose own colours in the file were put aside for the palette. */
  readonly ownColours: readonly string[];
}

/** The choices that scDFM changes for its screen. */
export type ScreenedChoices = Pick<DataChoices, 'attributes' | 'leftOut' | 'leaveUnlabelled'>;

/** Choices before scDFM changed them and as it left them: the difference goes back when another kind of model is chosen. */
export interface TakenChoices {
  readonly before: ScreenedChoices;
  readonly after: ScreenedChoices;
}

/** How a perturbation screen is to be read and modelled; null is what its names propose, '' is none. */
export interface ScreenChoices {
  readonly attribute: string | null;
  readonly control: string | null;
  readonly separator: string | null;
  readonly context: string | null;
  readonly tier: ScreenTier;
  readonly start: ScreenStart;
  readonly mmdWeight: number;
  /** Genes that are modelled; null: the tier's own number. */
  readonly genes: number | null;
  /** Imported gene graph: the file and how many of its pairs are genes of this file; the pairs lie in `graphEdges(graph)`. */
  readonly graph: { readonly name: string; readonly pairs: number } | null;
  /** What scDFM changed of the choices in Data; null while another kind of model is chosen. */
  readonly taken: TakenChoices | null;
}

/** What is asked about perturbations. This part is undoable. */
export interface QuestionState {
  /** Members of the set; null: one is proposed. */
  readonly members: readonly string[] | null;
  /** Value of every other attribute that is fixed; '' is as in the control cells, what is missing is proposed. */
  readonly context: Readonly<Record<string, string>>;
  readonly cells: number;
  readonly seed: number;
  readonly weight: number;
  /** Weights of other attributes' fixed values; 1 for those left out. */
  readonly weights: Readonly<Record<string, number>>;
  readonly composed: boolean;
}

/** One point of a loss curve. */
export interface LossPoint {
  readonly at: number;
  readonly train: number;
  readonly heldOut: number | null;
}

/** The model and its training. */
export interface ModelState {
  /** loading: there is one, it is on its way into the page; `origin` says from where. */
  readonly status: 'none' | 'loading' | 'training' | 'pausing' | 'paused' | 'stopping' | 'ready';
  readonly info: ModelInfo | null;
  /** Model came with the demo, from a saved session or file, or was trained here. */
  readonly origin: 'ready-made' | 'restored' | 'trained' | null;
  readonly settings: {
    /** Kind of model; for scLDM its size, and the minutes that training may take. */
    readonly model: ModelId;
    readonly size: ModelSize;
    readonly minutes: number;
    /** scLDM: go on from the present model. */
    readonly goOn: boolean;
    readonly recipe: 'recommended' | 'faithful';
    readonly seed: number;
    readonly flowSteps: number | null;
    readonly maxEpochs: number | null;
    /** Share of the cells held out. */
    readonly heldOut: number;
    /** Column of which whole groups are held out; null: single cells. */
    readonly heldOutBy: string | null;
    /** Combinations hidden from training. */
    readonly hide: readonly Readonly<Record<string, string>>[];
    /** Where the counts lie while a model trains; auto: on disk when they do not fit into memory. */
    readonly place: 'auto' | 'memory' | 'disk' | 'disk-all-genes';
    /** scDFM: the perturbation screen. */
    readonly screen: ScreenChoices;
  };
  /** Share of the counts that is copied to disk before training, 0–1; null when none are. */
  readonly copying: number | null;
  readonly stage: TrainStage | null;
  /** Seconds per finished stage. */
  readonly stageSeconds: Readonly<Partial<Record<TrainStage, number>>>;
  readonly overall: number;
  readonly at: number;
  readonly of: number;
  readonly cellsPerSecond: number;
  readonly stepsPerSecond: number;
  readonly secondsLeft: number | null;
  readonly curves: {
    readonly autoencoder: readonly LossPoint[];
    readonly flow: readonly LossPoint[];
  };
  /** Numbers of what is being learnt. */
  readonly training: {
    readonly cells: number;
    readonly heldOut: number;
    readonly genes: number;
    readonly attributes: readonly string[];
    /** The counts are read from disk. */
    readonly fromDisk: boolean;
    /** The cells were split and counted; before, their numbers follow from the share that is wanted. */
    readonly counted?: boolean;
  } | null;
  /** Up to four saved moments of the preview cells: step and array id of their UMAP positions. */
  readonly film: readonly {
    readonly step: number;
    readonly umap: string;
    readonly codes: string | null;
  }[];
  /** Latent PCA of the real cells, array id over all map cells (NaN where left out). */
  readonly latentPca: string | null;
  readonly latentPcaVariance: readonly number[];
  /** Held-out share recognised right, per attribute. */
  readonly realHits: Readonly<Record<string, number | null>>;
}

/** One attribute's steering. */
export interface GuidanceSetting {
  readonly value: string | null;
  readonly weight: number;
}

/** What to generate. This part is undoable. */
export interface GuidanceState {
  readonly terms: Readonly<Record<string, GuidanceSetting>>;
  readonly cells: number;
  readonly seed: number;
  readonly librarySize: { readonly mode: 'chosen' | 'all' | 'fixed'; readonly value: number };
  readonly live: boolean;
}

/** The synthetic cells on the map. */
export interface SyntheticState {
  readonly status: 'none' | 'generating' | 'ready';
  readonly sampleId: number | null;
  /** Whitened latents, array id. */
  readonly latents: string | null;
  readonly cells: number;
  readonly seed: number;
  /** From pressing to moved cells, and of that the sampling itself. */
  readonly milliseconds: number;
  readonly extrapolated: boolean;
  readonly umap: string | null;
  readonly pca: string | null;
  readonly distance: string | null;
  /** Hit probability of each cell (array id). */
  readonly hitShare: string | null;
  /** Asked category codes per attribute (Int32). */
  readonly asked: Readonly<Record<string, string>>;
  /** Recognised category codes per attribute (Int32). */
  readonly recognised: Readonly<Record<string, string>>;
  readonly hits: Readonly<Record<string, number | null>>;
  /** These are test cells of a training in progress, at this step. */
  readonly previewStep: number | null;
  /** PCA positions over flow time, [frames · cells · 2] (array id), when they were asked for. */
  readonly frames: { readonly id: string; readonly count: number } | null;
}

/** The check of the cells on the map against real cells with the same values. */
export interface CellCheckState {
  readonly status: 'none' | 'waiting' | 'running' | 'ready' | 'stopped' | 'failed';
  readonly doing: string;
  readonly share: number;
  readonly result: Verdict | null;
  /** Why these cells cannot be checked, a sentence; null when they can. */
  readonly why: string | null;
  /** The choice that was checked, in words. */
  readonly about: string;
}

/** Guidance curves of up to four combinations. */
export interface CurvesState {
  readonly status: 'none' | 'running' | 'ready' | 'stopped' | 'failed';
  readonly doing: string;
  /** Points measured, and wanted, of the present run. */
  readonly done: number;
  readonly of: number;
  readonly curves: Curves | null;
}

/** The verdict on the model: made once when a model is there and the page is idle. */
export interface VerdictState {
  /** What the drawer shows: the model, or the cells on the map. */
  readonly subject: 'model' | 'cells';
  readonly cells: CellCheckState;
  readonly curves: CurvesState;
  /** Also make CFGen's tables. */
  readonly paperCompat: boolean;
  readonly status: 'none' | 'waiting' | 'running' | 'ready' | 'stopped' | 'failed';
  /** Id of the model that is judged. */
  readonly modelId: string | null;
  /** What is being done and how far, 0–1, while running. */
  readonly doing: string;
  readonly share: number;
  /** The verdict so far; complete when ready. */
  readonly result: Verdict | null;
  /** When it was made, for one that came in the model's file (ISO 8601); null for one of this visit. */
  readonly checkedAt: string | null;
}

/** What the map is coloured by. */
export type ColourBy =
  | { readonly kind: 'obs'; readonly name: string }
  | { readonly kind: 'gene'; readonly name: string }
  | { readonly kind: 'qc'; readonly name: 'counts' | 'genes' | 'mito' }
  | { readonly kind: 'distance' }
  | { readonly kind: 'hit' };

/** Values of the present gene colouring, array ids. */
export interface GeneColours {
  readonly name: string;
  readonly scale: 'log' | 'counts';
  readonly real: string | null;
  readonly synthetic: string | null;
  readonly loading: boolean;
}

/** What the map shows; undoable, unlike the rest of the view. */
export interface LookState {
  readonly overlay: 'umap' | 'pca';
  readonly colourBy: ColourBy | null;
}

/** How far an export is. */
export interface ExportProgress {
  readonly name: string;
  readonly cells: number;
  readonly done: number;
  /** Null until the first cells are written. */
  readonly secondsLeft: number | null;
}

/** How the page looks. */
export interface ViewState {
  readonly step: Step;
  readonly gene: GeneColours | null;
  readonly showReal: boolean;
  readonly showSynthetic: boolean;
  /** Categories switched off in the legend, per column. */
  readonly hidden: Readonly<Record<string, readonly string[]>>;
  readonly theme: 'system' | 'light' | 'dark';
  readonly drawer: DrawerTab | null;
  readonly flowTime: number;
  readonly flowPlaying: boolean;
  readonly exportOpen: boolean;
  /** The export of many cells that is under way. */
  readonly exporting: ExportProgress | null;
  readonly keysOpen: boolean;
  readonly singleKeys: boolean;
  /** Counts up to make the map fit. */
  readonly fitRequests: number;
  /** The side panel is open (it can be closed below 1,200 px). */
  readonly panelOpen: boolean;
}

/** An alert on the page. */
export interface AlertState {
  readonly id: number;
  readonly error: ErrorRecord;
  /** What stays as it was: "Nothing else changed: the demo and its model are still here." */
  readonly unchanged: string | null;
  /** Up to two offers; the id is dispatched to `answerAlert`. */
  readonly actions: readonly { readonly id: string; readonly label: string }[];
}

/** The whole page. */
export interface StudioState {
  readonly device: DeviceReport | null;
  readonly statusText: string;
  readonly busy: boolean;
  readonly alerts: readonly AlertState[];
  readonly data: DataState;
  readonly choices: DataChoices;
  readonly model: ModelState;
  readonly guidance: GuidanceState;
  readonly question: QuestionState;
  readonly synthetic: SyntheticState;
  readonly verdict: VerdictState;
  readonly look: LookState;
  readonly view: ViewState;
  /** True once a file copy and model are kept in this browser for the next visit. */
  readonly saved: boolean;
}
