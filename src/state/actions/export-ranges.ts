/**
 * @file Any number of cells: generated, placed and written one range after the other, so that neither the page nor a worker ever holds
 * them all. While one range is written the next one is generated.
 */
import type { MapApi, IoApi, ModelApi } from '../../protocol/api.ts';
import type { WriteBlock, WriteEnd, WriteStart } from '../../protocol/dataset.ts';
import { StudioError, cancelled } from '../../protocol/errors.ts';
import { RANGE_CELLS, type GeneratedRange, type SampleRequest } from '../../protocol/model.ts';
import type { CellTable } from './export-tables.ts';

/** The workers that an export needs. */
export interface ExportServices {
  readonly model: Pick<ModelApi, 'generate' | 'cancelGenerate'>;
  readonly map: Pick<MapApi, 'place' | 'projectExpression'>;
  readonly io: Pick<IoApi, 'beginWrite' | 'addCells' | 'endWrite' | 'cancelWrite'>;
}

/** What is wanted. */
export interface RangeOrder {
  /** All cells; it is asked for in ranges. */
  readonly request: SampleRequest;
  /** Codes of the model as codes of the file's columns. */
  readonly toFileCodes: (attribute: string, codes: Int32Array) => Int32Array;
  readonly signal: AbortSignal;
  /** Called when some cells are written. */
  readonly onDone: (cells: number) => void;
}

/** A range of cells with its place on the map. */
interface PlacedRange {
  readonly first: number;
  readonly range: GeneratedRange;
  readonly table: CellTable;
}

/** Devices that may be lost before an export gives up. */
const mostTries = 3;

/** Generates and places cells, range after range. Errors: cancelled, those of generate and place. */
export async function* placedRanges(
  { model, map }: Pick<ExportServices, 'model' | 'map'>,
  { request, toFileCodes, signal }: RangeOrder,
  withCounts: boolean,
): AsyncGenerator<PlacedRange> {
  const stop = (): void => void model.cancelGenerate();
  signal.addEventListener('abort', stop);
  const make = async (first: number): Promise<GeneratedRange | null> => {
    if (first >= request.cells) return null;
    const cells = Math.min(RANGE_CELLS, request.cells - first);
    return persistently(signal, () => model.generate({ ...request, cells, first }, withCounts));
  };
  let coming = make(0);
  try {
    for (let first = 0; ; first += RANGE_CELLS) {
      const range = await coming;
      if (range === null) return;
      coming = make(first + RANGE_CELLS);
      coming.catch(() => undefined);
      const asked = Object.fromEntries(
        Object.entries(range.codes).map(([name, codes]) => [name, toFileCodes(name, codes)]),
      );
      const { latents, latentDim: dims, cells } = range;
      const place = await map.place({ latents, dims, seed: request.seed, codes: asked, first });
      if (signal.aborted) throw cancelled();
      const { umap, pca, distance } = place;
      yield { first, range, table: { cells, asked, umap, pca, distance } };
    }
  } finally {
    signal.removeEventListener('abort', stop);
    await model.cancelGenerate();
  }
}

/** A range is the same however often it is made; a device that was lost meanwhile ended it with `cancelled`. */
async function persistently<T>(signal: AbortSignal, make: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    if (signal.aborted) throw cancelled();
    try {
      return await make();
    } catch (thrown) {
      const lost = StudioError.from(thrown).code === 'cancelled' && !signal.aborted;
      if (!lost || tries === mostTries) throw thrown;
    }
  }
}

/** What a file of many cells is written from. */
export interface FileOrder extends RangeOrder {
  readonly start: Omit<WriteStart, 'maps'>;
  /** Maps that go into obsm. */
  readonly maps: readonly ('X_umap' | 'X_pca' | 'X_cfgen')[];
  /** Key under which places on the map (X_umap of `maps`) are written, when it is another one. */
  readonly mapKey?: string;
  /** Key of the scores (X_pca of `maps`), which for peaks are not those of a PCA. */
  readonly scoresKey?: string;
  /** Key of the latents (X_cfgen of `maps`), when the model is another one. */
  readonly latentKey?: string;
  readonly end: (table: Omit<CellTable, 'umap' | 'pca'>) => Promise<WriteEnd>;
}

/** Writes a file of many cells; its bytes lie on disk. Errors: cancelled, quota-full, export-failed and those of generate; no file is left then. */
export async function fileInRanges(services: ExportServices, order: FileOrder): Promise<Blob> {
  const { io } = services;
  const { cells } = order.request;
  const asked: Record<string, Int32Array> = {};
  const distance = new Float32Array(cells);
  let begun = false;
  try {
    for await (const { first, range, table } of placedRanges(services, order, true)) {
      const block = await blockOf(services, order, range, table);
      if (!begun) {
        const maps = Object.entries(block.obsm).map(([key, { dims }]) => [key, dims] as const);
        await io.beginWrite({ ...order.start, maps: Object.fromEntries(maps) });
        begun = true;
      }
      for (const [name, codes] of Object.entries(table.asked)) {
        asked[name] ??= new Int32Array(cells);
        asked[name].set(codes, first);
      }
      if (table.distance) distance.set(table.distance, first);
      await io.addCells(block);
      order.onDone(first + table.cells);
    }
    const tables = await order.end({ cells, asked, distance });
    if (order.signal.aborted) throw cancelled();
    return await io.endWrite(tables);
  } catch (thrown) {
    await io.cancelWrite().catch(() => undefined);
    throw thrown;
  }
}

async function blockOf(
  { map }: ExportServices,
  { maps, start, mapKey = 'X_umap', scoresKey = 'X_pca', latentKey = 'X_cfgen' }: FileOrder,
  range: GeneratedRange,
  table: CellTable,
): Promise<WriteBlock> {
  const { counts, latents, latentDim } = range;
  if (counts === null) throw new Error('cells without counts');
  const obsm: Record<string, { dims: number; values: Float32Array }> = {};
  if (maps.includes('X_umap') && table.umap) obsm[mapKey] = { dims: 2, values: table.umap };
  if (maps.includes('X_cfgen')) obsm[latentKey] = { dims: latentDim, values: latents };
  if (maps.includes('X_pca')) {
    obsm[scoresKey] = await map.projectExpression(counts, start.geneIndex);
  }
  return { counts, obsm };
}
