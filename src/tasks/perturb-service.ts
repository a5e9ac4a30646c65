/** @file The perturb worker's service: one model of a screen and its file's cells; predictions, scores beside baselines, rankings. */
import type { H5Backend } from '../data/h5-backend.ts';
import { writeH5ad } from '../data/h5ad-writer.ts';
import { knownChanges, ownChange } from '../evaluation/perturb/baselines.ts';
import { correlation } from '../evaluation/perturb/change-metrics.ts';
import { meanChange, reportPrediction, scoredAsks, scorePerturbations } from '../evaluation/perturb/report.ts'; // prettier-ignore
import { CONTROL_KEY, prepareScreen, type CodedColumn, type PreparedScreen } from '../evaluation/perturb/screen.ts'; // prettier-ignore
import { modelHeadline, summarise } from '../evaluation/perturb/summary.ts';
import { LEAST_REAL } from '../evaluation/perturb/truth.ts';
import { ModelService, type ModelServiceOptions } from '../models/model-service.ts';
import type { CsrMatrix } from '../numerics/csr.ts';
import { createRandom } from '../numerics/random.ts';
import type { ApplyEvent, ApplyOpen } from '../protocol/apply.ts';
import { StudioError } from '../protocol/errors.ts';
import type { ModelInfo, SampleResult } from '../protocol/model.ts';
import type { PerturbApi, PredictAnswer, RankAnswer, RankAsk, ScoreAnswer, ScoreAsk } from '../protocol/perturb-api.ts'; // prettier-ignore
import type { PerturbReport, PerturbRequest, ScreenInfo } from '../protocol/perturb.ts';
import { keyOfMembers } from '../protocol/screen-labels.ts';
import { moved } from '../protocol/transport.ts';
import { requireGenesAlone } from './genes-alone.ts';
import { layOutPrediction } from './perturb-file.ts';
import { contextOf, requireScreen, sampleRequestOf } from './perturb-request.ts';
import { lengthOf, likeliestSets, rankedSet, unmeasuredSets } from './rank-sets.ts';
import { UseProgress } from './use-progress.ts';

/** What surrounds the service. */
export type PerturbServiceOptions = ModelServiceOptions & {
  /** Opens HDF5 when something is saved first. */
  readonly files: () => Promise<H5Backend>;
};

interface Opened {
  readonly service: ModelService;
  readonly info: ModelInfo;
  readonly screen: ScreenInfo;
  readonly genes: readonly string[];
  readonly cellNames: readonly string[];
  /** Position among these cells of a cell of the source file. */
  readonly placeOf: ReadonlyMap<number, number>;
  /** Made by the first question. */
  readonly prepare: () => Promise<PreparedScreen>;
}

type OnPerturb = (event: ApplyEvent) => void;

/** Stream of the choice of control cells that stand beside predicted ones. */
const BESIDE_STREAM = 79;
const PREPARING = 'Reading the screen';

/** Implements PerturbApi. It is cancelled by ending its worker. */
export class PerturbService implements PerturbApi {
  readonly #options: PerturbServiceOptions;
  #files: Promise<H5Backend> | null = null;
  #opened: Opened | null = null;
  #newest: (() => Promise<Blob>) | null = null;

  constructor(options: PerturbServiceOptions) {
    this.#options = options;
  }

  async open(request: ApplyOpen): Promise<void> {
    const { files: _, ...surroundings } = this.#options;
    const service = new ModelService(surroundings);
    await service.init(request.device);
    const info = await service.load(request.model);
    requireGenesAlone(info);
    const screen = requireScreen(info);
    const { names: genes } = await service.genes();
    const { index } = await service.cells();
    const { counts, heldOut, cellNames } = request;
    const labels = columnOf(request, screen.attribute);
    const contexts = screen.context === null ? null : columnOf(request, screen.context);
    let prepared: Promise<PreparedScreen> | null = null;
    const input = { counts, genes, labels, contexts, heldOut, screen, seed: info.seed };
    this.#newest = null;
    this.#opened = {
      service,
      info,
      screen,
      genes,
      cellNames,
      placeOf: new Map(Array.from(index, (cell, at) => [cell, at])),
      prepare: () => (prepared ??= prepareScreen(input)),
    };
  }

  async prepare(): Promise<void> {
    await this.#need().prepare();
  }

  async predict(ask: PerturbRequest, onEvent: OnPerturb): Promise<PredictAnswer> {
    const use = this.#need();
    const { service, info, screen } = use;
    const progress = new UseProgress(onEvent, { screen: 2, make: 2, compare: 3 });
    const request = sampleRequestOf(info, ask);
    progress.tell('screen', PREPARING, 0);
    const prepared = await use.prepare();
    progress.tell('make', 'Predicting cells', 0);
    const sample = await service.sample(request);
    const counts = await service.decode(sample.sampleId);
    progress.tell('compare', 'Comparing with control and real cells', 0);
    const context = contextOf(screen, ask);
    const report = await reportPrediction(prepared, ask, context, counts);
    const starts = startsOf(use, prepared, context, sample, ask.seed);
    this.#keep(use, report, sample, counts);
    return moved({
      report,
      correlation: correlationsOf(report),
      latents: sample.latents.slice(),
      latentDim: sample.latentDim,
      starts,
      real: prepared.rows(keyOfMembers(ask.members), context, 'all'),
      seconds: progress.seconds,
    });
  }

  async score({ which, cells, seed }: ScoreAsk, onEvent: OnPerturb): Promise<ScoreAnswer> {
    const use = this.#need();
    const { screen } = use;
    const progress = new UseProgress(onEvent, { screen: 1, score: 9 });
    progress.tell('screen', PREPARING, 0);
    const prepared = await use.prepare();
    const wanted = scoredAsks(prepared).filter(
      ({ members, context }) =>
        which === 'all' || prepared.rows(keyOfMembers(members), context, 'training').length === 0,
    );
    const asks = wanted.filter(({ members }) => members.every((one) => screen.members.includes(one))); // prettier-ignore
    if (asks.length === 0) throw nothingToScore(which, wanted.length);
    const scored = await scorePerturbations(
      prepared,
      ({ members, context }) => {
        const fixed = context === null || screen.context === null ? {} : { [screen.context]: context }; // prettier-ignore
        return this.#countsOf(use, { members, context: fixed, cells, seed, weight: 1, composed: false }); // prettier-ignore
      },
      {
        asks,
        onProgress: (share) =>
          progress.tell('score', `Scoring ${asks.length} perturbations`, share),
      },
    );
    return {
      scored,
      means: summarise(scored),
      headline: modelHeadline(scored),
      perturbations: asks.length,
      tooFew: tooFewCells(prepared),
      unknown: wanted.length - asks.length,
      seconds: progress.seconds,
    };
  }

  async rank(ask: RankAsk, onEvent: OnPerturb): Promise<RankAnswer> {
    const use = this.#need();
    const { screen } = use;
    const progress = new UseProgress(onEvent, { screen: 1, rank: 9 });
    progress.tell('screen', PREPARING, 0);
    const prepared = await use.prepare();
    const context = contextOf(screen, ask);
    const all = unmeasuredSets(screen, new Set(prepared.sets.map(({ key }) => key)));
    if (all.length === 0) throw nothingToRank();
    const genes = placesOfGenes(use.genes, ask.genes);
    const chosen = likeliestSets(all, ownSizes(use, prepared, context, genes), ask.most);
    const needed = new Map<string, readonly string[]>([[CONTROL_KEY, []]]);
    for (const set of chosen) {
      if (set.length > 1) for (const member of set) needed.set(keyOfMembers([member]), [member]);
    }
    for (const set of chosen) needed.set(keyOfMembers(set), set);
    const changes = new Map<string, Float64Array>();
    for (const [key, members] of needed) {
      progress.tell('rank', `Predicting ${needed.size - 1} sets`, changes.size / needed.size);
      const { context: fixed, cells, seed, weight } = ask;
      const counts = await this.#countsOf(use, { members, context: fixed, cells, seed, weight, composed: false }); // prettier-ignore
      changes.set(key, await meanChange(prepared, context, counts));
    }
    // The same noise and the same control cells for every set: what they have in common cancels.
    const control = changes.get(CONTROL_KEY) as Float64Array;
    const changeOf = (members: readonly string[]): Float64Array =>
      (changes.get(keyOfMembers(members)) as Float64Array).map((value, g) => value - control[g]);
    const sets = chosen.map((members) => {
      const isKnown = members.every((member) => isSeenAlone(prepared, member));
      const singles = isKnown ? members.map((member) => changeOf([member])) : null;
      return rankedSet(members, changeOf(members), members.length > 1 ? singles : null, genes);
    });
    return {
      sets: sets.sort((a, b) => b.size - a.size),
      of: all.length,
      seconds: progress.seconds,
    };
  }

  async save(): Promise<Blob> {
    if (this.#newest !== null) return this.#newest();
    throw new StudioError('bad-request', 'There is nothing to save yet.', 'Predict cells first.');
  }

  async #countsOf({ service, info }: Opened, ask: PerturbRequest): Promise<CsrMatrix> {
    const { counts } = await service.generate(sampleRequestOf(info, ask), true);
    return counts as CsrMatrix;
  }

  #keep(use: Opened, report: PerturbReport, sample: SampleResult, counts: CsrMatrix): void {
    const { info, screen, genes, cellNames, placeOf } = use;
    const startNames =
      sample.starts === undefined
        ? null
        : Array.from(sample.starts, (cell) => cellNames[placeOf.get(cell) ?? -1] ?? '');
    const made = { info, screen, genes, report, counts, startNames, sample };
    this.#newest = async () => {
      const bytes = writeH5ad(await (this.#files ??= this.#options.files()), layOutPrediction(made)); // prettier-ignore
      return new Blob([bytes as BlobPart], { type: 'application/x-hdf5' });
    };
  }

  #need(): Opened {
    if (this.#opened !== null) return this.#opened;
    throw new StudioError('bad-request', 'There are no cells to work on.', 'Open a file and its model first.'); // prettier-ignore
  }
}

function columnOf({ columns }: ApplyOpen, name: string): CodedColumn {
  const column = columns[name];
  if (column?.kind === 'categorical') return column;
  throw new StudioError(
    'bad-attribute',
    `obs['${name}'] is missing.`,
    `The model's screen is read from ${name}, but the file has no such column of categories.`,
    { attribute: name },
  );
}

/** Control cells that the model began from; where it does not tell, some of the same context. −1 without any. */
function startsOf(
  { placeOf }: Opened,
  prepared: PreparedScreen,
  context: string | null,
  { starts, cells }: SampleResult,
  seed: number,
): Int32Array {
  if (starts !== undefined) return starts.map((cell) => placeOf.get(cell) ?? -1);
  const own = prepared.rows(CONTROL_KEY, context, 'all');
  const among = own.length > 0 ? own : prepared.rows(CONTROL_KEY, null, 'all');
  const order = createRandom(seed, BESIDE_STREAM).permutation(among.length);
  return Int32Array.from({ length: cells }, (_, i) => among[order[i % order.length]] ?? -1);
}

function correlationsOf({ effects }: PerturbReport): PredictAnswer['correlation'] {
  const against = (key: 'real' | 'additive'): number | null => {
    const both = effects.filter((effect) => effect[key] !== null);
    if (both.length < 3) return null;
    return correlation(
      both.map(({ predicted }) => predicted),
      both.map((effect) => effect[key] as number),
    );
  };
  return { real: against('real'), additive: against('additive') };
}

function tooFewCells(prepared: PreparedScreen): number {
  const contexts = prepared.contexts.map((name) => (name === '' ? null : name));
  return prepared.sets.slice(1).reduce((sum, { key }) => {
    const few = contexts.filter((context) => {
      const { length } = prepared.rows(key, context, 'all');
      return length > 0 && length < LEAST_REAL;
    });
    return sum + few.length;
  }, 0);
}

/** Positions of the named genes; null for all. Error: no-gene, when none of them is known. */
function placesOfGenes(genes: readonly string[], wanted: readonly string[]): number[] | null {
  if (wanted.length === 0) return null;
  const lower = new Map(genes.map((name, g) => [name.toLowerCase(), g]));
  const places = wanted.flatMap((name) => lower.get(name.toLowerCase()) ?? []);
  if (places.length > 0) return places;
  throw new StudioError(
    'no-gene',
    'None of these genes is in the model.',
    `Gene names here look like ${genes[0] ?? 'CD3D'}. Paste other names under Gene set, or count all genes.`,
    { gene: wanted[0] ?? '' },
  );
}

/** How much each member does by itself, as training cells show it. */
function ownSizes(
  { screen }: Opened,
  prepared: PreparedScreen,
  context: string | null,
  genes: readonly number[] | null,
): Map<string, number> {
  const known = knownChanges(prepared);
  return new Map(
    screen.members.slice(0, screen.seenMembers).flatMap((member): [string, number][] => {
      const change = ownChange(known, [member], context);
      return change === null ? [] : [[member, lengthOf(change, genes)]];
    }),
  );
}

function isSeenAlone(prepared: PreparedScreen, member: string): boolean {
  return prepared.rows(keyOfMembers([member]), null, 'training').length > 0;
}

function nothingToScore(which: ScoreAsk['which'], unknown: number): StudioError {
  if (unknown > 0) {
    return new StudioError(
      'bad-request',
      'The model does not know what was held out.',
      'No training cell has these perturbations, and the gene graph does not join them to any that were seen. Hold out pairs of seen ones, or train with edges of your own.',
      { unknown },
    );
  }
  return new StudioError(
    'too-few-cells',
    which === 'all' ? 'Nothing can be scored.' : 'No held-out perturbation can be scored.',
    'A perturbation needs at least five real cells, and control cells beside them.',
  );
}

function nothingToRank(): StudioError {
  return new StudioError(
    'bad-request',
    'Every set was measured.',
    'The model knows too few perturbations to combine, or all their pairs have real cells.',
  );
}
