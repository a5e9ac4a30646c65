/** @file `cellsmith correct MODEL FILE`: cells of all batches as cells of one batch, written as .h5ad with `obsm['X_cellsmith']`. */
import { correctBatches, type CorrectionRequest } from '../src/tasks/correct-batches.ts';
import { measureCorrection, type CorrectionMeasures } from '../src/tasks/measure-correction.ts';
import {
  carryOptions,
  columnsOf,
  modelProvenance,
  openModelAndCells,
  readCarry,
} from './model-and-cells.ts';
import { endTransport, showTransport } from './progress-line.ts';
import { sameOrigin, writeCells } from './write-cells.ts';
import { requireColumn, requireWeighted } from './columns.ts';
import type { Options, OptionRules } from './options.ts';

/** Options of the command. */
export const correctRules: OptionRules = {
  values: [
    '--batch',
    '--to',
    '--keep',
    '--measure',
    '--measure-cells',
    '--out',
    '--device',
    ...carryOptions,
  ],
  switches: ['--counts'],
};

/** What the command prints. */
export interface CorrectReport {
  readonly out: string;
  readonly cells: number;
  readonly genes: number;
  readonly missingGenes: number;
  readonly batches: readonly string[];
  /** The reference batch, or `average`. */
  readonly to: string;
  /** Cells whose kind never occurred in the reference batch while training. */
  readonly unseenCells: number;
  readonly counts: 'as measured' | 'corrected';
  readonly key: string;
  readonly seconds: number;
  readonly cellsPerSecond: number;
  /** The scIB measures, when a column of labels was named to measure by. */
  readonly measures: CorrectionMeasures | null;
}

const MEASURED_CELLS = 5000;

const KEY = 'X_cellsmith';
const BEFORE = 'X_cellsmith_uncorrected';

/** Runs the command. Errors: those of openModelAndCells and correctBatches. */
export async function runCorrect(options: Options): Promise<CorrectReport> {
  const out = options.required('--out');
  const request: CorrectionRequest = {
    batch: options.required('--batch'),
    keep:
      options
        .text('--keep')
        ?.split(',')
        .filter((name) => name !== '') ?? null,
    to: options.text('--to'),
    counts: options.has('--counts'),
    carry: readCarry(options),
  };
  const label = options.text('--measure');
  const mostCells = options.whole('--measure-cells', 91) ?? MEASURED_CELLS;
  const { service, info, genes, loaded, cells, missingGenes } = await openModelAndCells(options);
  const file = { path: options.positional[1], columns: loaded.categorical };
  const labels = label === null ? null : requireColumn('--measure', file, label).codes;
  const { weightsToNoise, weightsToCells } = request.carry;
  requireWeighted(info, weightsToNoise, weightsToCells);
  const start = performance.now();
  const corrected = await correctBatches(service, info, cells, request, showTransport);
  endTransport();
  const seconds = (performance.now() - start) / 1000;
  const { latentDim, before, after, unseenCells, batches } = corrected;
  const to = request.to ?? 'average';
  const counts = request.counts ? 'corrected' : 'as measured';
  const { library } = request.carry;
  await writeCells(out, {
    counts: corrected.counts ?? cells.counts,
    genes,
    obsNames: loaded.obsNames,
    obs: columnsOf(loaded),
    origin: sameOrigin(request.counts ? 'corrected' : 'real', loaded.nObs),
    latentDim,
    latents: { [KEY]: after, [BEFORE]: before },
    about: {
      synthetic: request.counts,
      what: `obsm['${KEY}'] holds the cells' latents corrected for ${request.batch}; X holds counts ${counts}`,
      batch: request.batch,
      to,
      library,
      unseen_cells: unseenCells,
      ...modelProvenance(info),
    },
  });
  const measures =
    labels === null
      ? null
      : await measureCorrection(
          {
            counts: cells.counts,
            labels,
            batches: cells.codes[request.batch],
            before,
            after,
            latentDim,
            mostCells,
            seed: request.carry.seed,
          },
          (what) => process.stderr.write(`Measuring: ${what}\n`),
        );
  return {
    out,
    cells: loaded.nObs,
    genes: genes.length,
    missingGenes,
    batches,
    to,
    unseenCells,
    counts,
    key: KEY,
    seconds: Math.round(seconds * 100) / 100,
    cellsPerSecond: Math.round(loaded.nObs / seconds),
    measures,
  };
}
