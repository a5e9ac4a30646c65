/** @file The map worker's service: maps of the real cells, and synthetic cells placed on them. */
import { spreadColumns, type CsrMatrix } from '../numerics/csr.ts';
import type { MapApi } from '../protocol/api.ts';
import { cancelled, StudioError } from '../protocol/errors.ts';
import type {
  FitEvent,
  FitRequest,
  FitResult,
  PlaceRequest,
  PlaceResult,
  ReferenceRequest,
  ReferenceResult,
} from '../protocol/map.ts';
import { moved } from '../protocol/transport.ts';
import { scoreDense } from './dense-pca.ts';
import { logNormalise } from './log-counts.ts';
import { Pacer } from './pacer.ts';
import { fitExpressionPca, scoreExpression, type Pca } from './pca.ts';
import { buildReference, firstTwo, measureRealHits, placeCells, type Reference } from './place.ts';
import { computeUmap } from './umap.ts';

/** Milliseconds between two frames of the layout. */
const FRAME_MS = 100;

/** The map that is in use: of how many cells, where they are, and how to score new counts. */
interface FittedMap {
  readonly cells: number;
  readonly umap: Float32Array;
  readonly pca: Pca;
}

/** PCA, UMAP and nearest neighbours, off the page's thread. One map and one reference at a time. */
export class MapService implements MapApi {
  private map: FittedMap | null = null;
  private reference: Reference | null = null;
  private running: AbortController | null = null;
  private settled: Promise<unknown> = Promise.resolve();

  /**
   * Maps the real cells; a newer call cancels an older one. The map before stays in use until the new one is done, then its reference is
   * dropped. Errors: bad-request, cancelled.
   */
  async fit(request: FitRequest, onEvent: (event: FitEvent) => void): Promise<FitResult> {
    const { counts, umap } = request;
    if (counts.rows === 0) throw emptyMap();
    if (umap && umap.length !== 2 * counts.rows) throw wrongLength('The UMAP');
    this.running?.abort();
    const control = new AbortController();
    this.running = control;
    const work = this.runFit(request, new Pacer(control.signal), onEvent);
    this.settled = work.catch(() => undefined);
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

  private async runFit(
    request: FitRequest,
    pacer: Pacer,
    onEvent: (event: FitEvent) => void,
  ): Promise<{ map: FittedMap; result: FitResult }> {
    const started = performance.now();
    const cells = request.counts.rows;
    const logValues = await logNormalise(request.counts, pacer);
    const pca = await fitExpressionPca(logValues, { seed: request.seed, pacer });
    const scores = await scoreExpression(pca, logValues, pacer);
    const { components, varianceRatio } = pca;
    const flat = firstTwo(scores, cells, components);
    onEvent(moved({ type: 'pca', positions: flat.slice(), varianceRatio }));
    const umap =
      request.umap ??
      (await computeUmap(scores, cells, components, {
        seed: request.seed,
        pacer,
        onEpoch: frameSender(onEvent),
      }));
    const result = {
      umap: umap.slice(),
      pca: flat,
      varianceRatio,
      umapComputed: request.umap === null,
      seconds: (performance.now() - started) / 1000,
    };
    return { map: { cells, umap, pca }, result };
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
    const scores = firstTwo(scoreDense(reference.rotation, latents, dims), cellIndex.length, dims);
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
    const { latents, seed, codes, effort = 'full' } = request;
    const placed = await placeCells(reference, latents, seed, codes, new Pacer(), effort);
    return moved({ ...placed, milliseconds: performance.now() - started });
  }

  /** First two latent components of every frame's cells, [2 · rows]. Error: bad-request. */
  projectFrames(latents: Float32Array, dims: number): Promise<Float32Array> {
    return Promise.resolve().then(() => {
      const { rotation } = this.needReference(latents, dims);
      const keep = Math.min(2, dims);
      return moved(firstTwo(scoreDense(rotation, latents, keep), latents.length / dims, keep));
    });
  }

  /** Scores of new counts on the expression PCA, normalised as the fitted cells were. Error: bad-request. */
  async projectExpression(
    counts: CsrMatrix,
    geneIndex: Int32Array | null,
  ): Promise<{ readonly dims: number; readonly values: Float32Array }> {
    await this.settled;
    const { pca } = this.needMap();
    const spread = geneIndex ? spreadColumns(counts, geneIndex, pca.inputColumns) : counts;
    if (spread.cols !== pca.inputColumns) throw wrongGenes(spread.cols, pca.inputColumns);
    const values = await scoreExpression(pca, await logNormalise(spread));
    return moved({ dims: pca.components, values });
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
