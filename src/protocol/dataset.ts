/** @file What a file holds, and the data that leave the io worker. */
import type { CsrMatrix } from '../numerics/csr.ts';

/** Facts about one stored matrix (X, a layer, raw.X). */
export interface MatrixInfo {
  /** 'X', 'layers/NAME' or 'raw/X'. */
  readonly where: string;
  readonly kind: 'csr' | 'csc' | 'dense';
  /** numpy-style name: float32, int64, uint16 … */
  readonly dtype: string;
  readonly shape: readonly [number, number];
  /** Stored entries (sparse) or non-zero entries (dense). */
  readonly nnz: number;
  /** NaN, like nnz of a dense matrix, when the matrix is so big that opening read only a sample of it. */
  readonly sum: number;
  /** Whether every value is a whole number. */
  readonly integer: boolean;
  readonly negative: boolean;
}

/** What the values of a matrix look like. Decided by testing values, never by a name. */
export type ValuesKind =
  'counts' | 'log-normalised' | 'normalised' | 'scaled' | 'fractional' | 'not-finite' | 'empty';

/** How log-normalised values become counts again: count = round(expm1(x) · library / targetSum). */
export interface LogUndo {
  /** 1 when it is not known and not needed. */
  readonly targetSum: number;
  /** obs column with each cell's library over all genes, or null when each cell's smallest non-zero value stands for one molecule. */
  readonly totalsColumn: string | null;
  /** The values are normalised without a logarithm: count = round(x · library / targetSum). */
  readonly linear?: true;
}

/** One matrix of the file as a candidate for "the counts". */
export interface CountsSource {
  readonly where: string;
  readonly kind: ValuesKind;
  /** One sentence for a person: what was found and why it is or is not used. */
  readonly reason: string;
  readonly max: number;
  /** Usable for training as it is. */
  readonly usable: boolean;
  /** Set when the values are normalised and can be undone exactly. */
  readonly undo: LogUndo | null;
  /** Fractions that may be rounded on request: ambient-corrected counts. */
  readonly roundable: boolean;
}

/** One obs column as the Data panel shows it. */
export interface ObsColumn {
  readonly name: string;
  readonly kind: 'categorical' | 'number' | 'boolean' | 'text' | 'unreadable';
  /** Category names in the file's order; empty for numbers, and for text with more than 1,000 different values. */
  readonly categories: readonly string[];
  /** Cells per category, same order. */
  readonly cells: readonly number[];
  readonly missing: number;
  /** Can be an attribute: 2 to 200 categories, at least one with 2 cells. */
  readonly steerable: boolean;
  /** Why it cannot be steered, for a person; null if it can. */
  readonly why: string | null;
  /** `uns['<name>_colors']` as #rrggbb, one a category, or null. */
  readonly colours: readonly string[] | null;
}

/** One way to read a file that holds several matrices of cells: a modality, a genome, an orientation. */
export interface FilePart {
  readonly name: string;
  /** For a person: "rna, 36,601 features". */
  readonly label: string;
  readonly features?: number;
}

/** One kind of features that a file holds, genes or peaks, and whether it is among those that are open. */
export interface FeatureKind extends Modality {
  readonly open: boolean;
}

/** One way to read a big file, with what it is expected to take. */
export interface LoadWay {
  readonly cells: number;
  /** All genes, or this many of the most variable ones. */
  readonly genes: 'all' | number;
  /** Memory of the counts. */
  readonly bytes: number;
  /** Time to read them. */
  readonly seconds: number;
  readonly fits: boolean;
}

/** A column of var that names the genes. */
export interface GeneNaming {
  /** Name of the column; '' is the index. */
  readonly column: string;
  readonly kind: 'symbols' | 'ensembl' | 'other';
  /** A few names, as examples. */
  readonly examples: readonly string[];
  /** Genes whose name occurs more than once. */
  readonly repeated: number;
}

/** How much fits: what is expected before the counts are read. */
export interface LoadEstimate {
  /** Bytes that all cells would take. */
  readonly bytes: number;
  /** Bytes a load may take; more is refused with too-big. */
  readonly allowed: number;
  /** Cells to offer as a sample, or null when all fit. */
  readonly sample: number | null;
  /** All cells and genes, then the remedies. */
  readonly ways: readonly LoadWay[];
  /** So much that a person should choose a way before anything is read. */
  readonly ask: boolean;
}

/** What may be asked of a load. */
export interface LoadOptions {
  /** This many cells only, each value of the first proposed attribute in its share; the same cells each time. */
  readonly sample?: number;
  /** Only this many of the most variable genes (seurat_v3, over a sample of the cells); the others are counted, not kept. */
  readonly genes?: number;
  /** Column of var whose texts are the genes' names, instead of the index. */
  readonly names?: string;
}

/** Everything the page says about an opened file; small and serialisable. */
export interface FileSummary {
  readonly fileName: string;
  /** How it is stored, for a person: h5ad, 10x HDF5, loom, h5mu, zarr, MatrixMarket, text table. */
  readonly format: string;
  /** Ways to read the file, when there are several. */
  readonly parts: readonly FilePart[];
  /** Name of the part that is open, or null when there is only one. */
  readonly part: string | null;
  /** Kinds of features where there are others than genes; those that are open are the columns, in this order. Left out: genes alone. */
  readonly kinds?: readonly FeatureKind[];
  readonly bytes: number;
  readonly nObs: number;
  readonly nVars: number;
  readonly obsNames: readonly string[];
  readonly varNames: readonly string[];
  readonly X: MatrixInfo | null;
  readonly layers: readonly MatrixInfo[];
  readonly raw: MatrixInfo | null;
  readonly obs: readonly ObsColumn[];
  /** Columns of var that can name the genes, the index first as ''. More than one: a person may choose. */
  readonly geneNames: readonly GeneNaming[];
  /** obsm key → shape. */
  readonly obsm: Readonly<Record<string, readonly [number, number]>>;
  /** Keys of obsm that can be drawn as the map, best first. */
  readonly maps: readonly string[];
  /** Candidates in order of preference; the first usable one is the default. */
  readonly counts: readonly CountsSource[];
  /** `where` of the chosen source, or null when none is usable (an undoable one is never chosen by itself). */
  readonly chosen: string | null;
  /** Columns proposed as attributes, best first. */
  readonly proposed: readonly string[];
  /** For the chosen source, or the first that can be used in any way; null when there is none. */
  readonly estimate: LoadEstimate | null;
  readonly warnings: readonly string[];
}

/** A categorical column of n cells: codes index categories, −1 is missing. */
export interface CategoryColumn {
  readonly categories: readonly string[];
  readonly codes: Int32Array;
}

/** A number column cut into ranges, as an attribute. */
export interface BinnedColumn {
  readonly column: ObsColumn;
  readonly codes: Int32Array;
}

/** Per-cell quality measures, as scanpy's calculate_qc_metrics names them. */
export interface QcColumns {
  /** total_counts */
  readonly counts: Float32Array;
  /** n_genes_by_counts */
  readonly genes: Float32Array;
  /** pct_counts_mt (0–100), null when no gene name starts with MT- or mt-. */
  readonly mito: Float32Array | null;
}

/** The part of a loaded data set that the page needs for drawing; the counts stay in the io worker. */
export interface LoadedData {
  readonly nObs: number;
  readonly nVars: number;
  readonly obsNames: readonly string[];
  readonly varNames: readonly string[];
  readonly categorical: Readonly<Record<string, CategoryColumn>>;
  /** Number columns, NaN is missing. */
  readonly numeric: Readonly<Record<string, Float32Array>>;
  readonly qc: QcColumns;
  /** Cells in which each gene has a count, [nVars]. */
  readonly geneCells: Float32Array;
  /** Position in the file's var of each gene, ascending, when only some were kept; null when all were. */
  readonly genes: Int32Array | null;
  /** Genes of the whole matrix, kept or not. */
  readonly fileGenes: number;
  /** The file's own map, first two columns of obsm[mapKey], [2·nObs], NaN for a cell without a place; or null. */
  readonly umap: Float32Array | null;
  readonly mapKey: string | null;
  /** Position in the file of each cell, ascending, when only a sample was read; null when all were. */
  readonly sample: Int32Array | null;
  readonly seconds: number;
}

/** What can be drawn of an opened file before its counts are read. */
export interface Preview {
  /** As in LoadedData, for all cells of the file. */
  readonly umap: Float32Array | null;
  readonly mapKey: string | null;
  /** The proposed attributes. */
  readonly categorical: Readonly<Record<string, CategoryColumn>>;
  /** Position in the file of each cell that is shown, ascending; null when all are. */
  readonly cells: Int32Array | null;
  readonly obsNames: readonly string[];
  /** Counts of the shown cells, to make a map from; null when the file has a map, or they cannot be read quickly. */
  readonly counts: CsrMatrix | null;
}

/** Which cells and genes go into training. Bounds are inclusive; null is no bound. */
export interface SelectionRequest {
  readonly attributes: readonly string[];
  readonly countsMin: number | null;
  readonly countsMax: number | null;
  readonly genesMin: number | null;
  readonly genesMax: number | null;
  readonly mitoMax: number | null;
  /** Genes are kept when they have counts in at least this many kept cells. */
  readonly minCells: number;
  /** All of those genes, or the n most variable of them (seurat_v3). */
  readonly genes: 'all' | { readonly hvg: number };
  /** Categories left out, per attribute. */
  readonly leftOut: Readonly<Record<string, readonly string[]>>;
  /** Column of categories whose groups (batches) each choose genes, which are then ranked together; null or left out: all cells at once. */
  readonly variableBy?: string | null;
  /** Attributes whose cells without a value are used, without showing this attribute; those of other attributes are left out. */
  readonly keepUnlabelled?: readonly string[];
  /** How kinds of features are distributed, by name, where not as usual for their kind. */
  readonly likelihoods?: Readonly<Record<string, Likelihood>>;
}

/** One attribute of the cells in a TrainingData. Categories without cells are dropped. */
export interface AttributeData {
  readonly name: string;
  readonly categories: readonly string[];
  /** Index into categories, one a cell; −1 for a cell that is not labelled, which is trained on without showing this attribute. */
  readonly codes: Int32Array;
}

/** How values of a modality are distributed given a cell: counts with spread, present or not, or counts without spread. */
export type Likelihood = 'negative-binomial' | 'bernoulli' | 'poisson';

/** One kind of feature of the same cells (genes, peaks): a run of neighbouring columns. */
export interface Modality {
  readonly name: string;
  /** Columns, in the order of the modalities. */
  readonly features: number;
  readonly likelihood: Likelihood;
}

/** Counts of the chosen cells and genes; what a model trains on. */
export interface TrainingData {
  readonly fileName: string;
  readonly counts: CsrMatrix;
  readonly geneNames: readonly string[];
  /** Position of each gene in the source file's var, ascending. */
  readonly geneIndex: Int32Array;
  /** Position of each cell in the source file's obs, ascending. */
  readonly cellIndex: Int32Array;
  readonly attributes: readonly AttributeData[];
  /** What the columns of the counts are, in order; left out: genes alone, negative binomial. */
  readonly modalities?: readonly Modality[] | undefined;
}

/** Counts in a file on disk (layout: numerics/csr-cache.ts), for trainings that do not fit into memory. */
export interface CountsOnDisk {
  /** Name in the browser's private storage; in Node a path. */
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
  readonly bytes: number;
}

/** As TrainingData, with the counts on disk. */
export interface DiskTrainingData extends Omit<TrainingData, 'counts'> {
  readonly counts: CountsOnDisk;
  /** Names of all genes of the matrix, when geneIndex counts those because only some are loaded; null when it counts the loaded ones. */
  readonly fileGenes: readonly string[] | null;
}

/** A categorical or numeric obs column to write. */
export type WriteColumn =
  | {
      readonly kind: 'categorical';
      readonly categories: readonly string[];
      readonly codes: Int32Array;
      readonly colours?: readonly string[];
      /** The order of the categories means something. */
      readonly ordered?: true;
    }
  | { readonly kind: 'number'; readonly values: Float32Array }
  | { readonly kind: 'integer'; readonly values: Int32Array };

/** A tree of plain values for `uns`. */
export type UnsValue =
  | string
  | number
  | boolean
  | readonly string[]
  | readonly number[]
  | { readonly [key: string]: UnsValue };

/** How an export is stored: one h5ad, a zipped 10x folder, a zipped zarr store. */
export type ExportFormat = 'h5ad' | 'mtx' | 'zarr';

/** What is known of an export in blocks before its first cell. */
export type WriteStart = Pick<
  WriteRequest,
  | 'geneIndex'
  | 'geneNames'
  | 'allGenes'
  | 'withReal'
  | 'format'
  | 'values'
  | 'geneColumns'
  | 'colours'
  | 'modalities'
> & {
  /** Dimensions of each map that the blocks bring; the real cells get the file's own, or no place. */
  readonly maps: Readonly<Record<string, number>>;
};

/** Some synthetic cells of an export in blocks: counts over the model's genes, maps of these cells. */
export type WriteBlock = Pick<WriteRequest, 'counts' | 'obsm'>;

/** The tables of an export in blocks, over all its synthetic cells. */
export type WriteEnd = Pick<WriteRequest, 'obsNames' | 'obs' | 'uns'>;

/** Everything needed to write one file of synthetic cells. */
export interface WriteRequest {
  /** Counts over the model's genes. */
  readonly counts: CsrMatrix;
  /** Column j of `counts` is gene geneIndex[j] of the source file. */
  readonly geneIndex: Int32Array;
  /** Names of all genes of the source file, in order, for the case that the source file is not open. */
  readonly geneNames: readonly string[];
  /** Put every gene of the source in the file (those outside the model have no counts and var['modelled'] = 'False'); else only the model's genes. */
  readonly allGenes: boolean;
  readonly obsNames: readonly string[];
  readonly obs: Readonly<Record<string, WriteColumn>>;
  readonly obsm: Readonly<Record<string, { readonly dims: number; readonly values: Float32Array }>>;
  readonly uns: Readonly<Record<string, UnsValue>>;
  /** Put the real cells of the open file first in the same file; column `origin` tells them apart. */
  readonly withReal: boolean;
  /** h5ad when left out. */
  readonly format?: ExportFormat;
  /** What stands in X: the counts (when left out), or log1p of counts per ten thousand. The counts are in layers['counts'] always. */
  readonly values?: 'counts' | 'log-normalised';
  /** The columns of the counts by kinds of features, in order: the file becomes h5mu. Needs format h5ad. */
  readonly modalities?: readonly Modality[];
  /** Carry over the source's columns of var, and the colours of categories; true when left out. */
  readonly geneColumns?: boolean;
  readonly colours?: boolean;
}
