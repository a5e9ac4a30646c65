/** @file The apply worker's service: one model and one file's cells, the four uses, and the newest outcome of each, ready to be saved. */
import { requireGenesAlone } from './genes-alone.ts';
import type { H5Backend } from '../data/h5-backend.ts';
import { H5adStream } from '../data/h5ad-stream.ts';
import { writeH5ad } from '../data/h5ad-writer.ts';
import { Pacer } from '../maps/pacer.ts';
import { ModelService, type ModelServiceOptions } from '../models/model-service.ts';
import { selectRows } from '../numerics/csr.ts';
import type { ApplyApi, ApplyEvent, ApplyOpen, ApplyUse, AugmentAnswer, AugmentAsk, CorrectAnswer, CorrectAsk, CounterfactualAnswer, CounterfactualAsk, ImputeAnswer, ImputeAsk } from '../protocol/apply.ts'; // prettier-ignore
import { StudioError, type ErrorRecord } from '../protocol/errors.ts';
import { moved } from '../protocol/transport.ts';
import { augmentCells } from './augment.ts';
import { checkAugmentation } from './check-augmentation.ts';
import { correctBatches } from './correct-batches.ts';
import { makeCounterfactual } from './counterfactual.ts';
import { applyFiles, type CellsInUse } from './apply-files.ts';
import { mapBeforeAndAfter } from './glide-maps.ts';
import { layOutCellTables } from './cells-file.ts';
import { addImputed } from './impute-file.ts';
import { kindsOf, sortedGenes } from './impute-choice.ts';
import { ImputeReference } from './impute-reference.ts';
import { testImputation } from './impute-test.ts';
import { imputeCells } from './impute.ts';
import { measureCorrection } from './measure-correction.ts';
import { largestEffects, seenWhileTraining } from './effect-list.ts';
import { labelCells, plainCarry } from './transport.ts';
import { UseProgress } from './use-progress.ts';

/** What surrounds the service. */
export type ApplyServiceOptions = ModelServiceOptions & {
  /** Opens HDF5 when something is saved first. */
  readonly files: () => Promise<H5Backend>;
};

const MEASURED_CELLS = 3000;
const MEASURED_STAGES = 5;

/** Implements ApplyApi. It is cancelled by ending its worker. */
export class ApplyService implements ApplyApi {
  readonly #options: ApplyServiceOptions;
  readonly #outcomes = new Map<ApplyUse, () => Promise<Blob>>();
  #files: Promise<H5Backend> | null = null;
  #cells: CellsInUse | null = null;

  constructor(options: ApplyServiceOptions) {
    this.#options = options;
  }

  async open(request: ApplyOpen): Promise<void> {
    const { files: _, ...surroundings } = this.#options;
    const service = new ModelService(surroundings);
    await service.init(request.device);
    const info = await service.load(request.model);
    requireGenesAlone(info);
    const { names } = await service.genes();
    const categorical = Object.entries(request.columns).flatMap(([name, column]) =>
      column.kind === 'categorical' ? [[name, column] as const] : [],
    );
    const columns = Object.fromEntries(categorical);
    this.#outcomes.clear();
    this.#cells = {
      ...request,
      service,
      info,
      genes: names,
      categorical: columns,
      cells: labelCells(info, request.counts, columns),
      training: rowsWhere(request.heldOut, 0),
      heldOutRows: rowsWhere(request.heldOut, 1),
    };
  }

  async correct(ask: CorrectAsk, onEvent: (event: ApplyEvent) => void): Promise<CorrectAnswer> {
    const use = this.#needCells();
    const { service, info, cells } = use;
    const progress = new UseProgress(onEvent, { carry: 5, map: 3, measure: ask.measure === null ? 0 : 4 }); // prettier-ignore
    const { batch, to, keep, counts, seed } = ask;
    const carry = { ...plainCarry, seed };
    progress.tell('carry', 'Carrying cells to noise and back', 0);
    const done = await correctBatches(service, info, cells, { batch, to, keep, counts, carry }, (event) =>
      progress.tell('carry', 'Carrying cells to noise and back', event.share),
    ); // prettier-ignore
    const { before, after, latentDim: dims } = done;
    const maps = await mapBeforeAndAfter({ before, after, dims, start: ask.start, seed }, (share) =>
      progress.tell('map', 'Maps before and after', share),
    );
    const { measures, unmeasured } = await this.#measure(use, ask, done, progress);
    this.#keep('correct', () => applyFiles.corrected(use, ask, done));
    return moved({
      cells: cells.counts.rows,
      batches: done.batches,
      unseenCells: done.unseenCells,
      ...maps,
      measures,
      unmeasured,
      seconds: progress.seconds,
    });
  }

  async #measure(
    { cells, categorical }: CellsInUse,
    { batch, measure, seed }: CorrectAsk,
    done: Awaited<ReturnType<typeof correctBatches>>,
    progress: UseProgress<'carry' | 'map' | 'measure'>,
  ): Promise<Pick<CorrectAnswer, 'measures' | 'unmeasured'>> {
    if (measure === null) return { measures: null, unmeasured: null };
    let stage = 0;
    return recorded(
      async () => {
        const { before, after, latentDim } = done;
        const measures = await measureCorrection(
          {
            counts: cells.counts,
            labels: categorical[measure].codes,
            batches: cells.codes[batch],
            before,
            after,
            latentDim,
            mostCells: MEASURED_CELLS,
            seed,
          },
          (what) => progress.tell('measure', `Measures: ${what.toLowerCase()}`, stage++ / MEASURED_STAGES), // prettier-ignore
        );
        const numbers = ({ ...scores }: (typeof measures)['latents']): Record<string, number> => scores; // prettier-ignore
        return {
          cells: measures.cells,
          uncorrected: numbers(measures.uncorrected),
          linear: numbers(measures.linear),
          latents: numbers(measures.latents),
          corrected: numbers(measures.corrected),
        };
      },
      (measures, unmeasured) => ({ measures, unmeasured }),
    );
  }

  async counterfactual(
    ask: CounterfactualAsk,
    onEvent: (event: ApplyEvent) => void,
  ): Promise<CounterfactualAnswer> {
    const use = this.#needCells();
    const { service, info, cells } = use;
    const progress = new UseProgress(onEvent, { carry: 1 });
    const { set, where, among, seed } = ask;
    const made = await makeCounterfactual(
      service,
      info,
      cells,
      { set, where, carry: { ...plainCarry, seed }, ...(among === null ? {} : { among }) },
      (event) => progress.tell('carry', 'Carrying cells to noise and back', event.share),
    );
    this.#keep('counterfactual', () => applyFiles.changed(use, ask, made));
    return moved({
      rows: made.rows.slice(),
      after: made.after.slice(),
      latentDim: made.latentDim,
      extrapolated: made.extrapolated,
      realCells: made.realCells,
      effects: largestEffects(use.genes, made),
      ...made.agreement,
      seenInTraining: seenWhileTraining(use, ask),
      seconds: progress.seconds,
    });
  }

  async augment(ask: AugmentAsk, onEvent: (event: ApplyEvent) => void): Promise<AugmentAnswer> {
    const use = this.#needCells();
    const { service, info, cells, training, heldOutRows } = use;
    const progress = new UseProgress(onEvent, { make: 1, check: ask.check ? 3 : 0 });
    progress.tell('make', 'Making cells', 0);
    const { attribute, values, cells: each, fill, combinations, seed } = ask;
    const request = { attribute, values, cells: each, fill, combinations, weights: {}, solver: plainCarry.solver, seed }; // prettier-ignore
    const added = await augmentCells(service, info, cells, request, training);
    progress.tell('check', 'Training three classifiers', 0);
    const codes = cells.codes[attribute];
    const { check, unchecked } = await recorded(
      async () =>
        ask.check
          ? checkAugmentation({
              training: selectRows(cells.counts, training),
              trainingCodes: training.map((i) => codes[i]),
              heldOut: selectRows(cells.counts, heldOutRows),
              heldOutCodes: heldOutRows.map((i) => codes[i]),
              synthetic: added.counts,
              syntheticCodes: added.sample.codes[attribute],
              classes: info.attributes.find(({ name }) => name === attribute)?.categories ?? [],
              seed,
            })
          : null,
      (check, unchecked) => ({ check, unchecked }),
    );
    this.#keep('augment', () => applyFiles.augmented(use, ask, added));
    return moved({
      added: added.sample.cells,
      extrapolated: added.sample.extrapolated,
      latents: added.sample.latents.slice(),
      latentDim: added.sample.latentDim,
      check: check && { classes: check.classes, verdict: check.verdict, summary: check.summary },
      unchecked,
      seconds: progress.seconds,
    });
  }

  async impute(ask: ImputeAsk, onEvent: (event: ApplyEvent) => void): Promise<ImputeAnswer> {
    const use = this.#needCells();
    const { service, info, cells, genes: names, training, heldOutRows, categorical } = use;
    const progress = new UseProgress(onEvent, { test: ask.test ? 1 : 0, fill: 1 + ask.passes });
    const all = Int32Array.from({ length: cells.counts.rows }, (_, i) => i);
    const kinds = kindsOf(info, info.attributes.map(({ name }) => name), categorical, all); // prettier-ignore
    const some = (rows: Int32Array): Int32Array | null => kinds && rows.map((i) => kinds[i]);
    const genes = ask.genes.length === 0 ? Uint32Array.from(names.keys()) : sortedGenes(names, ask.genes); // prettier-ignore
    progress.tell('test', 'Testing on hidden counts', 0);
    const reference = { counts: selectRows(cells.counts, training), kinds: some(training) };
    const { test, untested } = await recorded(
      async () =>
        ask.test
          ? testImputation(
              service,
              {
                training: reference.counts,
                trainingKinds: reference.kinds,
                heldOut: selectRows(cells.counts, heldOutRows),
                heldOutKinds: some(heldOutRows),
                genes: ask.genes.length === 0 ? null : genes,
                seed: ask.seed,
              },
              (share) => progress.tell('test', 'Testing on hidden counts', share),
            )
          : null,
      (test, untested) => ({ test, untested }),
    );
    const prepared = await ImputeReference.prepare(reference, null, ask.seed, new Pacer());
    const own = new Int32Array(cells.counts.rows).fill(-1);
    training.forEach((cell, at) => (own[cell] = at));
    const stream = await H5adStream.open(await this.#openFiles(), names.length, 'counts');
    await imputeCells(
      service,
      { counts: cells.counts, kinds, own, unseen: null },
      prepared,
      { genes, passes: ask.passes, seed: ask.seed },
      (block) => {
        addImputed(stream, cells.counts, block, genes);
        progress.tell('fill', 'Filling genes', (block.from + block.cells) / all.length);
      },
    );
    const blob = await stream.finish(layOutCellTables(applyFiles.imputed(use, ask, training.length))); // prettier-ignore
    this.#keep('impute', () => Promise.resolve(blob));
    return {
      cells: all.length,
      genes: genes.length,
      referenceCells: training.length,
      test: test && {
        ...test,
        genes: test.genes.map(({ gene, entries, spearman }) => ({
          name: names[gene],
          entries,
          spearman: spearman as Readonly<Record<string, number>> | null,
        })),
      },
      untested,
      seconds: progress.seconds,
    };
  }

  async save(use: ApplyUse): Promise<Blob> {
    const outcome = this.#outcomes.get(use);
    if (outcome !== undefined) return outcome();
    throw new StudioError('bad-request', 'There is nothing to save yet.', 'Run it first.');
  }

  #keep(
    use: ApplyUse,
    outcome: () => Promise<Blob> | ReturnType<typeof applyFiles.corrected>,
  ): void {
    this.#outcomes.set(use, async () => {
      const made = await outcome();
      if (made instanceof Blob) return made;
      const bytes = writeH5ad(await this.#openFiles(), made);
      return new Blob([bytes as BlobPart], { type: 'application/x-hdf5' });
    });
  }

  #openFiles(): Promise<H5Backend> {
    return (this.#files ??= this.#options.files());
  }

  #needCells(): CellsInUse {
    if (this.#cells !== null) return this.#cells;
    throw new StudioError('bad-request', 'There are no cells to work on.', 'Open a file and its model first.'); // prettier-ignore
  }
}

function rowsWhere(marks: Uint8Array, value: 0 | 1): Int32Array {
  return Int32Array.from([...marks.keys()].filter((i) => marks[i] === value));
}

/** The result, or the record of the named error for which there is none; others go on. */
async function recorded<T, R>(
  run: () => Promise<T>,
  outcome: (result: T | null, failure: ErrorRecord | null) => R,
): Promise<R> {
  try {
    return outcome(await run(), null);
  } catch (thrown) {
    const error = StudioError.from(thrown);
    if (error.code !== 'too-few-cells' && error.code !== 'bad-request') throw error;
    return outcome(null, error.toRecord());
  }
}
