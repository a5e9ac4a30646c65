/** @file One run: train on four fifths, make one cell for every test cell, judge. Model and verdict are kept, so a run is never made twice. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Judgement } from '../../src/evaluation/judge.ts';
import type { ModelApi } from '../../src/protocol/api.ts';
import type { JudgeRequest, Verdict } from '../../src/protocol/judge.ts';
import type { ModelInfo, TrainSettings } from '../../src/protocol/model.ts';
import type { SplitCells } from './data.ts';
import type { Variant } from './variants.ts';

/** What is kept of a run. */
export interface RunResult {
  readonly set: string;
  readonly seed: number;
  readonly variant: string;
  readonly given: Variant;
  readonly model: Pick<
    ModelInfo,
    | 'trainingCells'
    | 'nGenes'
    | 'autoencoderLoss'
    | 'autoencoderEpoch'
    | 'flowLoss'
    | 'seconds'
    | 'device'
  >;
  readonly testCells: number;
  readonly verdict: Verdict;
}

/** Where and how. */
export interface RunPlace {
  readonly folder: string;
  readonly service: ModelApi;
  /** Overrides for trials, e.g. few steps. */
  readonly trial: Partial<TrainSettings>;
}

/** The file of one run. */
export function resultPath(folder: string, set: string, seed: number, variant: string): string {
  return join(folder, `${set}.${seed}.${variant}.json`);
}

/** Makes the run, unless its file is there. */
export async function makeRun(
  { folder, service, trial }: RunPlace,
  name: { readonly set: string; readonly seed: number; readonly variant: string },
  given: Variant,
  cells: () => Promise<SplitCells>,
): Promise<RunResult> {
  const path = resultPath(folder, name.set, name.seed, name.variant);
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as RunResult;
  mkdirSync(folder, { recursive: true });
  const split = await cells();
  const settings: TrainSettings = {
    model: 'cfgen',
    recipe: 'recommended',
    maxEpochs: null,
    flowSteps: null,
    heldOut: 0.1,
    ...given.settings,
    ...trial,
    seed: name.seed,
  };
  const info = await trainOnce(service, split, settings, join(folder, `${name.set}.${name.seed}`));
  const verdict = await judgeModel(service, info, split, given, name.seed);
  const { trainingCells, nGenes, autoencoderLoss, autoencoderEpoch, flowLoss, seconds, device } = info; // prettier-ignore
  const result: RunResult = {
    ...name,
    given,
    model: { trainingCells, nGenes, autoencoderLoss, autoencoderEpoch, flowLoss, seconds, device },
    testCells: split.test.rows,
    verdict,
  };
  // A run that is cut off leaves no half-written file.
  writeFileSync(`${path}.part`, JSON.stringify(result, null, 1));
  renameSync(`${path}.part`, path);
  return result;
}

/** Loads the model of these settings, or trains it. */
async function trainOnce(
  service: ModelApi,
  { training, sourceShape }: SplitCells,
  settings: TrainSettings,
  stem: string,
): Promise<ModelInfo> {
  const hash = createHash('sha256').update(JSON.stringify([settings, training.counts.rows]));
  const path = `${stem}.${hash.digest('hex').slice(0, 12)}.cellsmith`;
  if (existsSync(path)) return service.load(new Uint8Array(readFileSync(path)));
  const info = await service.train(
    { data: training, settings, sourceShape, previewCells: 0 },
    () => undefined,
  );
  writeFileSync(path, await service.save());
  return info;
}

/** One synthetic cell for every test cell, in parts that memory can hold, against all training cells. */
async function judgeModel(
  service: ModelApi,
  info: ModelInfo,
  { training, test, testCodes }: SplitCells,
  { weight, solver }: Variant,
  seed: number,
): Promise<Verdict> {
  const codes = Object.fromEntries(info.attributes.map(({ name }, a) => [name, testCodes[a]]));
  const sample = await service.sample({
    cells: test.rows,
    seed: 50_000 + seed,
    guidance: info.attributes.map(({ name }) => ({ attribute: name, value: null, weight })),
    library: { mode: 'chosen' },
    solver,
    frames: 0,
    codes,
  });
  const request: JudgeRequest = {
    key: '',
    heldOut: test,
    training: training.counts,
    synthetic: await service.decode(sample.sampleId),
    attributes: training.attributes.map(({ name, categories, codes: own }, a) => ({
      name,
      categories,
      heldOut: testCodes[a],
      training: own,
      synthetic: testCodes[a],
    })),
    seed: 1,
    mostCells: 3000,
    mostTransport: 3000,
    stoppedEarly: info.stoppedEarly,
  };
  return new Judgement(request, () => undefined, null).run();
}
