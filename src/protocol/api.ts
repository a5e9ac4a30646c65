/** @file The three services behind the workers. A service class implements one of these; the page holds its comlink proxy. */
import type { CsrMatrix } from '../numerics/csr.ts';
import type {
  BinnedColumn,
  CountsOnDisk,
  CountsSource,
  DiskTrainingData,
  FileSummary,
  LoadedData,
  LoadOptions,
  Preview,
  SelectionRequest,
  TrainingData,
  WriteBlock,
  WriteEnd,
  WriteRequest,
  WriteStart,
} from './dataset.ts';
import type { StoredVerdict } from './judge.ts';
import type {
  FitEvent,
  FitRequest,
  FitResult,
  FitTakenRequest,
  LayOutRequest,
  PictureRequest,
  PlaceRequest,
  PlaceResult,
  ReferenceRequest,
  ReferenceResult,
  TakeCells,
} from './map.ts';
import type {
  DeviceReport,
  ModelInfo,
  SampleRequest,
  GeneratedRange,
  SampleResult,
  TrainEvent,
  TrainRequest,
  TransportEvent,
  TransportRequest,
  TransportResult,
} from './model.ts';

/** Progress of a file operation: what is being done and how far, 0–1. */
export interface IoEvent {
  readonly doing: string;
  readonly share: number;
}

/** The io worker: one open file, read by random access; its counts once loaded. */
export interface IoApi {
  /**
   * Opens a file, or files that belong together (a MatrixMarket triple, a folder), closing the one before only if this can be read.
   * `part` chooses among FileSummary.parts. Errors: not-h5ad, file-damaged, empty-file, too-big.
   */
  open(
    given: File | readonly File[],
    onEvent: (event: IoEvent) => void,
    part?: string | null,
  ): Promise<FileSummary>;
  /** Map and proposed attributes of the opened file, without its counts; where there is no map, the counts of some cells for one. */
  preview(): Promise<Preview>;
  /**
   * Reads counts (from `where`; undone or rounded if the source needs it), obs, QC; of a sample of cells if asked.
   * Errors: no-counts, bad-values, too-few-cells, too-few-genes, too-big (nothing was read; details.sample is an offer), cancelled.
   */
  load(
    where: string,
    onEvent: (event: IoEvent) => void,
    options?: LoadOptions,
  ): Promise<LoadedData>;
  /** First two columns of obsm[key] for the loaded cells, [2·cells], NaN for a cell without a place; null where it is not one of FileSummary.maps. */
  ownMap(key: string): Promise<Float32Array | null>;
  /** SHA-256 of the opened file in hexadecimal; null when several files were opened together. */
  hash(): Promise<string | null>;
  /** Counts of all loaded cells, or of some of them, × all genes, or the features of one kind; a copy, transferred. */
  counts(cells?: Int32Array, kind?: string): Promise<CsrMatrix>;
  /** log1p(CP10k) or raw counts of one gene over all cells. Error: no-gene. */
  gene(name: string, scale: 'log' | 'counts'): Promise<Float32Array>;
  /** A column of var as texts, one a loaded feature; null when there is none of texts. */
  featureTexts(column: string): Promise<readonly (string | null)[] | null>;
  /** Applies limits and attributes. Errors: too-few-cells, too-few-genes, bad-attribute. */
  select(request: SelectionRequest): Promise<TrainingData>;
  /**
   * As select, with the counts in a file on disk: for trainings that do not fit into memory. Where only some genes are loaded it reads the
   * open file once more when `allGenes`, and chooses among all its genes, counted over the loaded cells. Errors: those of select, quota-full, too-big,
   * cancelled; nothing is left on disk then.
   */
  selectOnDisk(
    request: SelectionRequest,
    onEvent: (event: IoEvent) => void,
    allGenes?: boolean,
  ): Promise<DiskTrainingData>;
  /** Deletes counts that selectOnDisk wrote, once nobody reads them any more. */
  dropFromDisk(counts: CountsOnDisk): Promise<void>;
  /** Ends a running load or selectOnDisk, which then rejects with cancelled; the file stays open. */
  stopReading(): Promise<void>;
  /**
   * Cuts a number column of obs into `bins` ranges with about as many cells each; it becomes an attribute of the loaded data under the
   * name returned. Error: bad-attribute.
   */
  bin(name: string, bins: number): Promise<BinnedColumn>;
  /**
   * Counts of some cells and genes, both as positions in the loaded data (any order); for encoding with a stored model. With `ofFile`
   * the genes are positions in the whole matrix of which only some genes are loaded: they are read from the file.
   */
  subset(cells: Int32Array, genes: Int32Array, ofFile?: boolean): Promise<CsrMatrix>;
  /** Writes synthetic cells as the bytes of a file. Error: export-failed. */
  write(request: WriteRequest): Promise<Uint8Array>;
  /**
   * Begins a file of any number of cells, written to disk block by block; at most one at a time. With real cells, those of the open
   * file come first. Errors: export-failed, quota-full.
   */
  beginWrite(start: WriteStart): Promise<void>;
  /** Adds cells to it. Errors: export-failed, quota-full; the file is then gone. */
  addCells(block: WriteBlock): Promise<void>;
  /** Writes its tables and gives the file, whose bytes stay on disk until the next export. Errors: as addCells. */
  endWrite(end: WriteEnd): Promise<Blob>;
  /** Drops an export that is under way, or the bytes of the one that ended last. */
  cancelWrite(): Promise<void>;
  /** Tests every candidate again with all values (open samples big files). */
  examine(): Promise<readonly CountsSource[]>;
  close(): Promise<void>;
}

/** The model worker: device, one model, its training. */
export interface ModelApi {
  /**
   * Picks the best device that passes a self-test. `prefer` may force one, for tests.
   *
   * @param onDevice told when the device is lost later and another one has taken its place
   */
  init(
    prefer: 'auto' | 'webgpu' | 'cpu',
    onDevice?: (report: DeviceReport) => void,
  ): Promise<DeviceReport>;
  /** GFLOP/s of the device at one large matrix product, measured now (about a tenth of a second). Error: device-lost. */
  speed(): Promise<number>;
  /** Trains; resolves when done or stopped. Errors: diverged, bad-values, too-few-cells, device-lost. */
  train(request: TrainRequest, onEvent: (event: TrainEvent) => void): Promise<ModelInfo>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Ends training and keeps the best state so far. Before any flow step there is nothing to keep: error cancelled from train. */
  stop(): Promise<void>;
  /** The present model as a *.cellsmith file. During training: the last checkpoint. */
  save(): Promise<Uint8Array>;
  /** Replaces the model. Error: bad-model. */
  load(bytes: Uint8Array): Promise<ModelInfo>;
  /** The verdict that the present model carries; null while there is none. Error: bad-request without a model. */
  verdict(): Promise<StoredVerdict | null>;
  /** Lets the present model carry a verdict, in its file too, if it is the one that was judged; else nothing happens. */
  keepVerdict(verdict: StoredVerdict): Promise<void>;
  /** Genes of the model in order, with their position in the source, and all genes of the source if the model knows them. */
  genes(): Promise<{
    readonly names: readonly string[];
    readonly index: Int32Array;
    readonly sourceNames: readonly string[] | null;
  }>;
  /** Whitened latents of real cells whose columns are the model's genes, [cells, latentDim]. */
  encode(counts: CsrMatrix): Promise<Float32Array>;
  /** The cells the model was made from, as positions in the source's obs, and which of them were held out. */
  cells(): Promise<{ readonly index: Int32Array; readonly heldOut: Uint8Array }>;
  /** Generates cells. Error: bad-request. A newer call makes an older running one reject with cancelled. */
  sample(request: SampleRequest): Promise<SampleResult>;
  /**
   * Generates cells, with their counts if wanted, and keeps nothing of them: for exports in ranges (SampleRequest.first). Does not disturb `sample`.
   * Errors: bad-request; cancelled, after cancelGenerate.
   */
  generate(request: SampleRequest, withCounts: boolean): Promise<GeneratedRange>;
  /** Makes every running `generate` reject with cancelled. */
  cancelGenerate(): Promise<void>;
  /**
   * Carries real cells to noise with their own labels and back with others (flow inversion). Errors: bad-request. A newer call makes an
   * older running one reject with cancelled.
   */
  transport(
    request: TransportRequest,
    onEvent?: (event: TransportEvent) => void,
  ): Promise<TransportResult>;
  /**
   * Expected shares of the model's genes for whitened latents [cells, latentDim], each cell's sum 1: [cells, nGenes], dense, so ask for a
   * few hundred cells at a time. Error: bad-request for a model without a decoder of shares.
   */
  shares(latents: Float32Array): Promise<Float32Array>;
  /** Counts over the model's genes, drawn with the sample's seed: of all cells, or of cells from … to − 1, which are drawn alone. */
  decode(sampleId: number, from?: number, to?: number): Promise<CsrMatrix>;
  /** log1p(CP10k) or counts of one gene over a sample's cells. Error: no-gene. */
  gene(sampleId: number, name: string, scale: 'log' | 'counts'): Promise<Float32Array>;
}

/** The map worker: PCA, UMAP, neighbours. */
export interface MapApi {
  fit(request: FitRequest, onEvent: (event: FitEvent) => void): Promise<FitResult>;
  /** As fit, for so many cells that their counts are taken some at a time: at most 50,000 at once. */
  fitTaken(
    request: FitTakenRequest,
    onEvent: (event: FitEvent) => void,
    take: TakeCells,
  ): Promise<FitResult>;
  /** UMAP of cells by something else than the fitted map, [2·cells]; that map stays in use. Events are frames. Errors: bad-request, cancelled. */
  layOut(request: LayOutRequest, onEvent: (event: FitEvent) => void): Promise<Float32Array>;
  /** Draws the fitted cells elsewhere, [2·cells], NaN for a cell without a place; waits for a running fit. Until the reference is set anew, synthetic cells are placed as before. Error: bad-request. */
  useMap(positions: Float32Array): Promise<void>;
  setReference(request: ReferenceRequest): Promise<ReferenceResult>;
  place(request: PlaceRequest): Promise<PlaceResult>;
  /** Latent PCA of every frame, [frames · cells · 2]. */
  projectFrames(latents: Float32Array, dims: number): Promise<Float32Array>;
  /** Scores of new counts on the expression PCA, [cells, components]; column j of `counts` is gene geneIndex[j] of the fitted counts (null: the same genes; −1: left out). */
  projectExpression(
    counts: CsrMatrix,
    geneIndex: Int32Array | null,
  ): Promise<{ readonly dims: number; readonly values: Float32Array }>;
  /** Points as a PNG, for figures with too many of them for vectors. */
  picture(request: PictureRequest): Promise<Blob>;
  /** Stops a running fit; it rejects with cancelled. */
  cancel(): Promise<void>;
}
