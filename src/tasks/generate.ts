/** @file Generates cells with a model and lays them out for writing: obs, latents and where they come from. */
import type { CsrMatrix } from '../numerics/csr.ts';
import type { ModelApi } from '../protocol/api.ts';
import type { UnsValue, WriteColumn, WriteRequest } from '../protocol/dataset.ts';
import type { ModelInfo, SampleRequest, SampleResult } from '../protocol/model.ts';

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
  const genes = await service.genes();
  return { sample, write: layOut(info, request, sample, counts, genes) };
}

function layOut(
  info: ModelInfo,
  request: SampleRequest,
  sample: SampleResult,
  counts: CsrMatrix,
  genes: Awaited<ReturnType<ModelApi['genes']>>,
): WriteRequest {
  const attributes = info.attributes.map(({ name, categories }): [string, WriteColumn] => [
    name,
    { kind: 'categorical', categories, codes: sample.codes[name] },
  ]);
  const origin = new Int32Array(sample.cells).fill(1);
  return {
    counts,
    // Without the names of all source genes the file holds the model's genes alone.
    geneIndex: genes.sourceNames === null ? Int32Array.from(genes.names.keys()) : genes.index,
    geneNames: genes.sourceNames ?? genes.names,
    allGenes: genes.sourceNames !== null,
    obsNames: Array.from({ length: sample.cells }, (_, i) => `synthetic-${i + 1}`),
    obs: {
      ...Object.fromEntries(attributes),
      origin: { kind: 'categorical', categories: ORIGIN, codes: origin },
    },
    obsm: { X_latent: { dims: sample.latentDim, values: sample.latents } },
    uns: { cellsmith: provenance(info, request, sample) },
    withReal: false,
  };
}

/** What a reader of the file must know of its cells. */
function provenance(info: ModelInfo, request: SampleRequest, sample: SampleResult): UnsValue {
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
    extrapolated: sample.extrapolated,
    ...(guidance.length === 0 ? {} : { guidance: Object.fromEntries(guidance) as UnsValue }),
  };
}
