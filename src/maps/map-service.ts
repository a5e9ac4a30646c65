/** @file The map worker's service: maps of the real cells, and synthetic cells placed on them. */
import { selectColumns, spreadColumns, type CsrMatrix } from '../numerics/csr.ts';
import type { MapApi } from '../protocol/api.ts';
import { cancelled, StudioError } from '../protocol/errors.ts';
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
} from '../protocol/map.ts';
import { moved } from '../protocol/transport.ts';
import {
  scoreCells,
  scoreTaken,
  type CellScores,
  type CellSpace,
  type Scorer,
} from './cell-scores.ts';
import { fitDensePca, scoreDense } from './dense-pca.ts';
import { Pacer } from './pacer.ts';
import { drawPoints } from './point-picture.ts';
import {
  buildReference,
  firstTwo,
  measureRealHits,
  placeCells,
  rotateTwo,
  type Reference,
} from './place.ts';
import { computeUmap } from './umap.ts';

/** Milliseconds between two frames of the layout. */
const FRAME_MS = 100;

/** The map that is in use: of how many cells, where they are, and how to score new counts. */
interface FittedMap {
  readonly cells: number;
  readonly umap: Float32Array;
  readonly scorer: Scorer;
}

/** PCA, UMAP and nearest neighbours, off the page's thread. One map and one reference at a time. */
export class MapService implements MapApi {
  private map: FittedMap | null = null;
  private reference: Reference | null = null;
  private running: AbortController | null = null;
  private settled: Promise<unknown> = Promise.resolve();

  /**
   * Maps the real cells; a newer call cancels an older one. The map before stays in use until the new one is done, then its reference is
   * dropped. The counts are let go of once the cells have their scores. Errors: bad-request, cancelled.
   */
  fit(request: FitRequest, onEvent: (event: FitEvent) => void): Promise<FitResult> {
    const { counts, umap, seed, space } = request;
    return this.begin({ score: scorerOf(counts, space) }, counts.rows, umap, seed, onEvent);
  }

  fitTaken(
    { cells, umap, seed, space }: FitTakenRequest,
    onEvent: (event: FitEvent) => void,
    take: TakeCells,
  ): Promise<FitResult> {
    const score: Score = (own, pacer) => scoreTaken({ rows: cells, take }, own, pacer, undefined, space); // prettier-ignore
    return this.begin({ score }, cells, umap, seed, onEvent);
  }

  private begin(
    box: ScoreBox,
    cells: number,
    umap: Float32Array | null,
    seed: number,
    onEvent: (event: FitEvent) => void,
  ): Promise<FitResult> {
    if (cells === 0) return Promise.reject(emptyMap());
    if (umap && umap.length !== 2 * cells) return Promise.reject(wrongLength('The UMAP'));
    this.running?.abort();
    const control = new AbortController();
    this.running = control;
    // Not an async function, and the counts in a box: a suspended one would hold its arguments until the layout is done.
    const work = runFit(box, cells, umap, seed, new Pacer(control.signal), onEvent);
    this.settled = work.catch(() => undefined);
    return this.adopt(work, control);
  }

  private async adopt(work: Promise<Fitted>, control: AbortController): Promise<FitResult> {
    try {
      const { map, result } = await work;
      if (control.signal.aborted) throw cancelled();
      this.map = map;
      this.reference = null;
      return moved(result);
    } finally {
      if (this.running === control) this.running = null;
    }
  }

  /** Lays cells out by something else than the fitted map, which stays. Errors: bad-request, cancelled. */
  async layOut(request: LayOutRequest, onEvent: (event: FitEvent) => void): Promise<Float32Array> {
    await this.settled;
    const { seed } = request;
    const pacer = new Pacer();
    if ('counts' in request) {
      const { counts, space } = request;
      if (counts.rows === 0) throw emptyMap();
      const { scorer, scores } = await scoreCells(counts, seed, pacer, undefined, space);
      const layout = { seed, pacer, onEpoch: frameSender(onEvent) };
      return moved(await computeUmap(scores, counts.rows, scorer.components, layout));
    }
    const { latents, dims } = request;
    const cells = latents.length / dims;
    // The layout begins with the first two dimensions: those that hold the most.
    const rotated = scoreDense(await fitDensePca(latents, cells, dims, pacer), latents, dims);
    const layout = { seed, pacer, onEpoch: frameSender(onEvent) };
    return moved(await computeUmap(rotated, cells, dims, layout));
  }

  /** Draws the fitted cells elsewhere; waits for a running fit. Error: bad-request. */
  async useMap(positions: Float32Array): Promise<void> {
    await this.settled;
    const map = this.needMap();
    if (positions.length !== 2 * map.cells) throw wrongLength('The map');
    this.map = { ...map, umap: positions };
  }

  /** Sets the latents among which synthetic cells are placed; waits for a running fit. Errors: bad-request, bad-values. */
  async setReference(request: ReferenceRequest): Promise<ReferenceResult> {
    await this.settled;
    const map = this.needMap();
    checkReference(request, map.cells);
    const { latents, dims, cellIndex, heldOut, attributes } = request;
    const positions = new Float32Array(2 * cellIndex.length);
    cellIndex.forEach((cell, i) => {
      positions.set(map.umap.subarray(2 * cell, 2 * cell + 2), 2 * i);
    });
    const input = { latents, dims, positions, heldOut, attributes };
    const reference = await buildReference(input);
    const realHits = await measureRealHits(reference, input);
    const pca = new Float32Array(2 * map.cells).fill(Number.NaN);
    const scores = rotateTwo(reference, latents, cellIndex.length);
    cellIndex.forEach((cell, i) => pca.set(scores.subarray(2 * i, 2 * i + 2), 2 * cell));
    if (this.map === map) this.reference = reference;
    return moved({ pca, varianceRatio: reference.rotation.varianceRatio, realHits });
  }

  /** Places synthetic latents on the map. Error: bad-request. */
  async place(request: PlaceRequest): Promise<PlaceResult> {
    const started = performance.now();
    const reference = this.needReference(request.latents, request.dims);
    const rows = request.latents.length / request.dims;
    for (const codes of Object.values(request.codes)) {
      if (codes.length !== rows) throw wrongLength('The asked categories');
    }
    const { latents, seed, codes, effort = 'full', first = 0 } = request;
    const placed = await placeCells(reference, latents, seed, codes, new Pacer(), effort, first);
    return moved({ ...placed, milliseconds: performance.now() - started });
  }

  /** Points as a PNG. Error: internal, where no canvas of that size can be had. */
  picture(request: PictureRequest): Promise<Blob> {
    return drawPoints(request);
  }

  /** First two latent components of every frame's cells, [2 · rows]. Error: bad-request. */
  projectFrames(latents: Float32Array, dims: number): Promise<Float32Array> {
    return Promise.resolve().then(() =>
      moved(rotateTwo(this.needReference(latents, dims), latents, latents.length / dims)),
    );
  }

  /** Scores of new counts on the expression PCA, normalised as the fitted cells were. Error: bad-request. */
  async projectExpression(
    counts: CsrMatrix,
    geneIndex: Int32Array | null,
  ): Promise<{ readonly dims: number; readonly values: Float32Array }> {
    await this.settled;
    const { scorer } = this.needMap();
    const spread = geneIndex ? spreadKnown(counts, geneIndex, scorer.inputColumns) : counts;
    if (spread.cols !== scorer.inputColumns) throw wrongGenes(spread.cols, scorer.inputColumns);
    return moved({ dims: scorer.components, values: await scorer.score(spread) });
  }

  /** Stops a running fit. */
  cancel(): Promise<void> {
    this.running?.abort();
    return Promise.resolve();
  }

  private needMap(): FittedMap {
    if (this.map) return this.map;
    throw new StudioError(
      'bad-request',
      'There is no map yet.',
      'The real cells must be mapped before synthetic cells can be placed. Wait for the map, then try again.',
    );
  }

  private needReference(latents: Float32Array, dims: number): Reference {
    const reference = this.reference;
    if (!reference) {
      throw new StudioError(
        'bad-request',
        'The model has no place on this map yet.',
        'The latents of the real cells are needed first. Wait until the model has encoded them, then try again.',
      );
    }
    const expected = reference.rotation.inputColumns;
    if (dims !== expected || latents.length % dims !== 0) {
      throw new StudioError(
        'bad-request',
        'These cells belong to another model.',
        `Their latents do not have the ${expected} dimensions of the model on this map. Generate the cells again.`,
        { dims, expected },
      );
    }
    return reference;
  }
}

interface Fitted {
  readonly map: FittedMap;
  readonly result: FitResult;
}

/** Scores all cells of a fit. */
type Score = (seed: number, pacer: Pacer) => Promise<CellScores>;

/** What holds the counts, and is let go of once they are scored. */
interface ScoreBox {
  score: Score | null;
}

/** By a function of its own: closures of one function share what they hold. */
function scorerOf(counts: CsrMatrix, space: CellSpace | undefined): Score {
  return (seed, pacer) => scoreCells(counts, seed, pacer, undefined, space);
}

/** Scores the cells of a box and empties it; not async, so that no frame but that of the scoring holds them. */
function scoreBox(box: ScoreBox, seed: number, pacer: Pacer): Promise<CellScores> {
  const { score } = box;
  box.score = null;
  return score ? score(seed, pacer) : Promise.reject(emptyMap());
}

async function runFit(
  box: ScoreBox,
  cells: number,
  own: Float32Array | null,
  seed: number,
  pacer: Pacer,
  onEvent: (event: FitEvent) => void,
): Promise<Fitted> {
  const started = performance.now();
  const { scorer, scores } = await scoreBox(box, seed, pacer);
  const { components, varianceRatio } = scorer;
  const flat = firstTwo(scores, cells, components);
  onEvent(moved({ type: 'pca', positions: flat.slice(), varianceRatio }));
  const umap =
    own ??
    (await computeUmap(scores, cells, components, {
      seed,
      pacer,
      onEpoch: frameSender(onEvent),
    }));
  const result = {
    umap: umap.slice(),
    pca: flat,
    varianceRatio,
    umapComputed: own === null,
    seconds: (performance.now() - started) / 1000,
  };
  return { map: { cells, umap, scorer }, result };
}

/** Sends copies of the layout at most ten times a second, and the last one always. */
function frameSender(onEvent: (event: FitEvent) => void) {
  let last = -Infinity;
  return (positions: Float32Array, epoch: number, of: number): void => {
    const now = performance.now();
    if (now - last < FRAME_MS && epoch < of) return;
    last = now;
    onEvent(moved({ type: 'umap', positions: positions.slice(), epoch, of }));
  };
}

/** Lengths, positions and values of a reference. Errors: bad-request, bad-values. */
function checkReference(request: ReferenceRequest, mapCells: number): void {
  const { latents, dims, cellIndex, heldOut, attributes } = request;
  const cells = cellIndex.length;
  if (cells === 0) throw emptyMap();
  if (dims < 1 || latents.length !== cells * dims) throw wrongLength('The latents');
  if (heldOut.length !== cells) throw wrongLength('The held-out marks');
  for (const { codes } of Object.values(attributes)) {
    if (codes.length !== cells) throw wrongLength('An attribute');
  }
  if (cellIndex.some((cell) => cell < 0 || cell >= mapCells))
    throw wrongLength('The cell positions');
  if (latents.some((value) => !Number.isFinite(value))) {
    throw new StudioError(
      'bad-values',
      'The model gives values that are not numbers.',
      'Some real cells have no finite latent, so nothing can be placed among them. Train the model again.',
    );
  }
}

function emptyMap(): StudioError {
  return new StudioError(
    'bad-request',
    'There are no cells to map.',
    'A map needs at least 1 cell. Widen the limits so that some cells are kept.',
  );
}

function wrongLength(what: string): StudioError {
  return new StudioError(
    'bad-request',
    `${what} and the cells do not match.`,
    'They were made for different sets of cells. Open the file again, then repeat the last step.',
  );
}

function wrongGenes(found: number, expected: number): StudioError {
  return new StudioError(
    'bad-request',
    'These cells have other genes than the map.',
    `The map was made from ${expected} genes, but these cells have ${found}. Use cells with the genes of the map.`,
    { found, expected },
  );
}

/** As spreadColumns, without the columns whose gene is −1. */
function spreadKnown(counts: CsrMatrix, geneIndex: Int32Array, cols: number): CsrMatrix {
  if (!geneIndex.includes(-1)) return spreadColumns(counts, geneIndex, cols);
  const known = Int32Array.from(geneIndex.keys()).filter((j) => geneIndex[j] >= 0);
  const genes = geneIndex.filter((gene) => gene >= 0);
  return spreadColumns(selectColumns(counts, known), genes, cols);
}
