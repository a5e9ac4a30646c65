/** @file What the page and the map worker say to each other. */
import type { CsrMatrix } from '../numerics/csr.ts';
import type { CategoryColumn } from './dataset.ts';

/** Make a map of the real cells: PCA of log1p(CP10k), and a UMAP unless the file brings one. */
export interface FitRequest {
  readonly counts: CsrMatrix;
  /** The file's own UMAP, [2·cells], or null to compute one. */
  readonly umap: Float32Array | null;
  readonly seed: number;
  /** What the counts are: genes (when left out), or peaks, which are laid out by TF-IDF and LSI of their being there. */
  readonly space?: 'genes' | 'peaks';
}

/** Lay cells out by their counts of one kind of features, or by latents, [cells, dims]. */
export type LayOutRequest = { readonly seed: number } & (
  | { readonly counts: CsrMatrix; readonly space: 'genes' | 'peaks' }
  | { readonly latents: Float32Array; readonly dims: number }
);

/** Make such a map of cells whose counts lie elsewhere. */
export interface FitTakenRequest extends Omit<FitRequest, 'counts'> {
  /** Number of all cells. */
  readonly cells: number;
}

/** Gives the counts of some cells, [rows.length, genes]. */
export type TakeCells = (rows: Int32Array) => Promise<CsrMatrix>;

/** What a fit reports while it runs: the PCA as soon as it is there, then frames of the UMAP. */
export type FitEvent =
  | {
      readonly type: 'pca';
      readonly positions: Float32Array;
      readonly varianceRatio: readonly number[];
    }
  /** A frame of the UMAP while it lays out. */
  | {
      readonly type: 'umap';
      readonly positions: Float32Array;
      readonly epoch: number;
      readonly of: number;
    };

/** Positions of the real cells, [2·cells] each. */
export interface FitResult {
  readonly umap: Float32Array;
  /** First two components of the expression PCA. */
  readonly pca: Float32Array;
  readonly varianceRatio: readonly number[];
  readonly umapComputed: boolean;
  readonly seconds: number;
}

/** The model's latents of the real cells: the space in which synthetic cells are placed. */
export interface ReferenceRequest {
  /** [cells, dims] */
  readonly latents: Float32Array;
  readonly dims: number;
  /** Rows of the fitted map that these latents belong to, [cells]. */
  readonly cellIndex: Int32Array;
  /** 1 where a cell was held out from training. */
  readonly heldOut: Uint8Array;
  /** Attributes for the hit meter, codes over the latents' cells. */
  readonly attributes: Readonly<Record<string, CategoryColumn>>;
}

/** What the reference gives back. */
export interface ReferenceResult {
  /** First two components of a PCA of the latents, for every cell of the fitted map [2·mapCells]; cells without a latent are NaN. */
  readonly pca: Float32Array;
  readonly varianceRatio: readonly number[];
  /** Per attribute: share of held-out real cells that the nearest-neighbour classifier (training cells, latent space, k = 15) gets right; null if no held-out cell. */
  readonly realHits: Readonly<Record<string, number | null>>;
}

/** Place synthetic latents on the fixed map. */
export interface PlaceRequest {
  readonly latents: Float32Array;
  readonly dims: number;
  /** Seed of the small in-cluster jitter; the same for every slider value. */
  readonly seed: number;
  /** Number of the first of these cells among all that the seed makes, on which the jitter depends; 0 when left out. */
  readonly first?: number;
  /** What each cell was asked to be, per attribute, for the hit meter. */
  readonly codes: Readonly<Record<string, Int32Array>>;
  /** live: about 3,200 real cells are compared with each synthetic one, for an answer while a slider moves; full (when left out): 98.5 % of the nearest are found. */
  readonly effort?: 'live' | 'full';
}

/** Where synthetic cells are. */
export interface PlaceResult {
  /** Weighted mean of the 3 nearest real cells plus jitter, [2·cells]. */
  readonly umap: Float32Array;
  /** Exact projection on the latent PCA, [2·cells]. */
  readonly pca: Float32Array;
  /** Distance to the nearest real cell, in multiples of the median such distance between real cells, [cells]. */
  readonly distance: Float32Array;
  /** Per attribute: the category given by the nearest-neighbour classifier, [cells]. */
  readonly recognised: Readonly<Record<string, Int32Array>>;
  /** Per attribute: share of cells recognised as what was asked; null if nothing was asked. */
  readonly hits: Readonly<Record<string, number | null>>;
  /** Hit probability of each cell, [cells]: share of its 15 nearest training cells with the category that was asked, least over attributes; NaN where nothing was asked. */
  readonly hitShare: Float32Array;
  readonly milliseconds: number;
}

/** Points of one kind of cells in drawing order, in a figure's pixels. */
export interface PicturePoints {
  /** x, y pairs, y downwards. */
  readonly xy: Float32Array;
  /** 0xRRGGBB, one a point. */
  readonly colours: Uint32Array;
  readonly radius: number;
  readonly opacity: number;
  /** Width of the ring; 0: none. */
  readonly ring: number;
}

/** A picture of `width` × `height` pixels, drawn `scale` times as fine: ground, points, and what lies over them. */
export interface PictureRequest {
  readonly width: number;
  readonly height: number;
  readonly scale: number;
  readonly kinds: readonly PicturePoints[];
  /** Colour of the rings, #rrggbb. */
  readonly ring: string;
  /** Colour of the ground, #rrggbb; null: none. */
  readonly ground: string | null;
  /** Strips that lie over the points, from the top down, in the picture's own pixels; moved, and used up. */
  readonly over: readonly ImageBitmap[];
  /** The PNG, or the text of a data URL of it. */
  readonly form: 'png' | 'data-url';
}
