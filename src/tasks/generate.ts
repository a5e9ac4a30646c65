/** @file Generates cells with a model and lays them out for writing: obs, latents and where they come from. */
import type { CsrMatrix } from '../numerics/csr.ts';
import type { IoApi, ModelApi } from '../protocol/api.ts';
import type { UnsValue, WriteColumn, WriteEnd, WriteRequest } from '../protocol/dataset.ts';
import {
  RANGE_CELLS,
  type ModelInfo,
  type SampleRequest,
  type SampleResult,
} from '../protocol/model.ts';

/** Synthetic cells, ready to be written. */
export interface GeneratedCells {
  readonly sample: SampleResult;
  readonly write: WriteRequest;
}

/** Categories of the column that tells synthetic cells from real ones. */
const ORIGIN = ['real', 'synthetic'];

/** Samples, decodes and describes cells. Errors: bad-request, cancelled. */
export async function generateCells(
  service: ModelApi,
  info: ModelInfo,
  request: SampleRequest,
): Promise<GeneratedCells> {
  const sample = await service.sample(request);
  const counts = await service.decode(sample.sampleId);
  const write = {
    ...startOf(info, await service.genes()),
    ...endOf(info, request, sample),
    counts,
    obsm: latentsOf(sample),
  };
  return { sample, write };
}

/** A file that takes cells block by block; an IoApi is one. */
export type BlockWriter = Pick<IoApi, 'beginWrite' | 'addCells' | 'endWrite' | 'cancelWrite'>;

/** What a file of many cells says of them, and the file. */
export interface WrittenCells extends Pick<SampleResult, 'cells' | 'extrapolated' | 'evaluations'> {
  readonly file: Blob;
  readonly genes: number;
  /** Sum of all counts. */
  readonly counts: number;
  readonly milliseconds: number;
}

/**
 * As `generateCells`, written range by range: the same cells, bit for bit, of which memory holds one range. Errors: those of generate and of
 * the writer.
 */
export async function writeRanges(
  service: ModelApi,
  info: ModelInfo,
  request: SampleRequest,
  writer: BlockWriter,
  onDone: (cells: number) => void = () => undefined,
): Promise<WrittenCells> {
  const { cells } = request;
  const codes = Object.fromEntries(
    info.attributes.map(({ name }) => [name, new Int32Array(cells).fill(-1)]),
  );
  const start = startOf(info, await service.genes());
  let [extrapolated, evaluations, counts, milliseconds] = [false, 0, 0, 0];
  await writer.beginWrite({ ...start, maps: { X_latent: info.latentDim } });
  try {
    for (let first = 0; first < cells; first += RANGE_CELLS) {
      const range = await service.generate(rangeOf(request, first), true);
      for (const [name, own] of Object.entries(range.codes)) codes[name].set(own, first);
      extrapolated ||= range.extrapolated;
      evaluations += range.evaluations;
      milliseconds += range.milliseconds;
      const matrix = range.counts as CsrMatrix;
      for (const value of matrix.values) counts += value;
      await writer.addCells({ counts: matrix, obsm: latentsOf(range) });
      onDone(first + range.cells);
    }
    const file = await writer.endWrite(endOf(info, request, { cells, codes, extrapolated }));
    const genes = start.allGenes ? start.geneNames.length : info.nGenes;
    return { file, cells, genes, counts, extrapolated, evaluations, milliseconds };
  } catch (thrown) {
    await writer.cancelWrite();
    throw thrown;
  }
}

/** The part of a request that begins with cell `first`. */
function rangeOf(request: SampleRequest, first: number): SampleRequest {
  const cells = Math.min(RANGE_CELLS, request.cells - first);
  if (request.codes === undefined) return { ...request, cells, first };
  const own = Object.entries(request.codes).map(([name, codes]) => [
    name,
    codes.subarray(first, first + cells),
  ]);
  return { ...request, cells, first, codes: Object.fromEntries(own) as typeof request.codes };
}

type Described = Pick<SampleResult, 'cells' | 'codes' | 'extrapolated'>;

function latentsOf({
  latentDim: dims,
  latents: values,
}: Pick<SampleResult, 'latentDim' | 'latents'>): WriteRequest['obsm'] {
  return { X_latent: { dims, values } };
}

/** Whether a model's cells have several kinds of features. */
export function several({ modalities = [] }: Pick<ModelInfo, 'modalities'>): boolean {
  return modalities.length > 1;
}

function startOf(
  info: ModelInfo,
  genes: Awaited<ReturnType<ModelApi['genes']>>,
): Pick<WriteRequest, 'geneIndex' | 'geneNames' | 'allGenes' | 'withReal' | 'modalities'> {
  if (info.modalities !== undefined) {
    const geneIndex = Int32Array.from(genes.names.keys());
    const { modalities } = info;
    const own = { geneIndex, geneNames: genes.names, allGenes: false, withReal: false };
    return several(info) ? { ...own, modalities } : own;
  }
  return {
    // Without the names of all source genes the file holds the model's genes alone.
    geneIndex: genes.sourceNames === null ? Int32Array.from(genes.names.keys()) : genes.index,
    geneNames: genes.sourceNames ?? genes.names,
    allGenes: genes.sourceNames !== null,
    withReal: false,
  };
}

function endOf(info: ModelInfo, request: SampleRequest, sample: Described): WriteEnd {
  const attributes = info.attributes.map(({ name, categories }): [string, WriteColumn] => [
    name,
    { kind: 'categorical', categories, codes: sample.codes[name] },
  ]);
  const origin = new Int32Array(sample.cells).fill(1);
  return {
    obsNames: Array.from({ length: sample.cells }, (_, i) => `synthetic-${i + 1}`),
    obs: {
      ...Object.fromEntries(attributes),
      origin: { kind: 'categorical', categories: ORIGIN, codes: origin },
    },
    uns: { cellsmith: provenance(info, request, sample) },
  };
}

/** What a reader of the file must know of its cells. */
function provenance(
  info: ModelInfo,
  request: SampleRequest,
  { extrapolated }: Described,
): UnsValue {
  const guidance = request.guidance.map(({ attribute, value, weight }) => [
    attribute,
    { value: value ?? 'as in the data', weight },
  ]);
  const { solver, library } = request;
  return {
    synthetic: true,
    model: info.model,
    model_id: info.id,
    recipe: info.recipe,
    trained_on: info.fileName,
    training_cells: info.trainingCells,
    trained_at: info.trainedAt,
    seed: request.seed,
    solver:
      solver.method === 'dopri5'
        ? `dopri5 ${solver.tolerance}`
        : `${solver.method} ${solver.steps}`,
    library: library.mode === 'fixed' ? library.value : library.mode,
    extrapolated,
    ...(guidance.length === 0 ? {} : { guidance: Object.fromEntries(guidance) as UnsValue }),
  };
}
