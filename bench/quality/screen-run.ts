/** @file One run on a screen: train on what is not hidden, predict what is measured, score beside simple rules. Results are kept. */
import {
  additiveChange,
  baselineChanges,
  knownChanges,
} from '../../src/evaluation/perturb/baselines.ts';
import { meanChange, scoredAsks, scorePerturbations } from '../../src/evaluation/perturb/report.ts';
import type { ScoredAsk } from '../../src/evaluation/perturb/score.ts';
import { prepareScreen, type PreparedScreen } from '../../src/evaluation/perturb/screen.ts';
import { meanRows } from '../../src/evaluation/perturb/means.ts';
import { selectColumns, selectRows, type CsrMatrix } from '../../src/numerics/csr.ts';
import type { ModelApi } from '../../src/protocol/api.ts';
import type { ModelInfo, TrainSettings } from '../../src/protocol/model.ts';
import type { ScoredPrediction, ScreenSettings } from '../../src/protocol/perturb.ts';
import { keyOfMembers, membersOf } from '../../src/protocol/screen-labels.ts';
import { sampleRequestOf } from '../../src/tasks/perturb-request.ts';
import type { ScreenCase } from './screen-cases.ts';

/** What is kept of a run. */
export interface ScreenResult {
  readonly case: string;
  readonly seed: number;
  readonly variant: string;
  readonly settings: Partial<TrainSettings>;
  readonly seconds: number;
  /** Processor seconds of training alone. */
  readonly processor: number;
  readonly trainingCells: number;
  readonly genes: number;
  readonly scores: readonly ScoredPrediction[];
  readonly interactions: Interactions | null;
}

/** Simulated doubles: how often the sign of what a pair does beyond its members is right, over genes and pairs that have such an effect. */
export interface Interactions {
  readonly hidden: SignShares;
  readonly seen: SignShares;
}

/** Shares of right signs: of the model, of its composed velocities, of the simple rules that go beyond the sum, of the real cells themselves. */
export interface SignShares {
  readonly pairs: number;
  readonly shares: Readonly<Record<string, number>>;
}

/** What a model is asked after training. */
export interface Asked {
  /** Predicted cells for each question. */
  readonly cells: number;
  /** Only what was hidden; else also what was seen. */
  readonly onlyHidden: boolean;
}

/** What is hidden is scored first, then at most so many seen perturbations. */
const MOST_SEEN = 24;

/** Effects beyond the sum that are looked for: at least this, in natural logarithms of expression. */
const LEAST_BEYOND = 0.5;

/** Trains and scores. @param given settings of the variant */
export async function runCase(
  service: ModelApi,
  own: ScreenCase,
  seed: number,
  variant: string,
  given: Partial<TrainSettings> & { readonly screenSettings?: Partial<ScreenSettings> },
  { cells, onlyHidden }: Asked = { cells: 1000, onlyHidden: false },
): Promise<ScreenResult> {
  const { screenSettings, ...rest } = given;
  const settings: TrainSettings = {
    model: 'scdfm',
    recipe: 'recommended',
    maxEpochs: null,
    flowSteps: null,
    heldOut: 0.05,
    ...rest,
    seed,
    screen: {
      attribute: own.attribute,
      context: own.context,
      tier: 'fast',
      start: 'noisy-control',
      mmdWeight: 0.5,
      genes: null,
      ...own.screen,
      ...screenSettings,
    },
  };
  const before = process.cpuUsage();
  const info = await service.train(
    {
      data: trainingOf(own),
      settings,
      sourceShape: [own.counts.rows, own.counts.cols],
      previewCells: 0,
    },
    () => undefined,
  );
  const used = process.cpuUsage(before);
  const { names } = await service.genes();
  const place = new Map(own.genes.map((name, g) => [name, g]));
  const counts = selectColumns(own.counts, names.map((name) => place.get(name) ?? -1)); // prettier-ignore
  const screen = await prepareScreen({
    counts,
    genes: names,
    labels: own.labels,
    contexts: own.contexts,
    heldOut: own.test,
    screen: own.screen,
    seed: 1000 + seed,
  });
  const predict = predictor(service, info, seed, cells);
  const asks = scoredAsks(screen)
    .filter(({ members, context }) => isKnown(info, members) && isAsked(own, members, context))
    .slice(0, own.hidden.length + (onlyHidden ? 0 : MOST_SEEN));
  const scores = await scorePerturbations(screen, (ask) => predict(ask, false), { asks });
  return {
    case: own.name,
    seed,
    variant,
    settings,
    seconds: info.seconds,
    processor: (used.user + used.system) / 1e6,
    trainingCells: info.trainingCells,
    genes: names.length,
    scores,
    interactions: await findInteractions(own, screen, predict, onlyHidden),
  };
}

/** With contexts only what is hidden is asked for: the others are many, and known. */
function isAsked(own: ScreenCase, members: readonly string[], context: string | null): boolean {
  if (context === null) return true;
  const key = keyOfMembers(members);
  return own.hidden.some(
    (one) => one.context === context && keyOfMembers(membersOf(one.label, own.screen)) === key,
  );
}

function isKnown({ screen }: ModelInfo, members: readonly string[]): boolean {
  return members.every((member) => screen?.members.includes(member));
}

/** Cells that are not put aside, as a model takes them. */
export function trainingOf(own: ScreenCase) {
  const rows = [...own.test.keys()].filter((cell) => own.test[cell] === 0 && own.labels.codes[cell] >= 0); // prettier-ignore
  const columns = [
    { name: own.attribute, ...own.labels },
    ...(own.contexts && own.context !== null ? [{ name: own.context, ...own.contexts }] : []),
  ];
  return {
    fileName: own.name,
    counts: selectRows(own.counts, rows),
    geneNames: own.genes,
    geneIndex: Int32Array.from(own.genes.keys()),
    cellIndex: Int32Array.from(rows),
    attributes: columns.map(({ name, categories, codes }) => {
      const kept = rows.map((cell) => codes[cell]);
      const present = [...new Set(kept)].filter((code) => code >= 0).sort((a, b) => a - b);
      return {
        name,
        categories: present.map((code) => categories[code]),
        codes: Int32Array.from(kept, (code) => present.indexOf(code)),
      };
    }),
  };
}

type Predict = (ask: ScoredAsk, composed: boolean) => Promise<CsrMatrix>;

function predictor(service: ModelApi, info: ModelInfo, seed: number, cells: number): Predict {
  return async ({ members, context }, composed) => {
    const name = info.screen?.context ?? null;
    const fixed = name === null || context === null ? {} : { [name]: context };
    const request = sampleRequestOf(info, {
      members,
      context: fixed,
      cells,
      seed: 50_000 + seed,
      weight: 1,
      composed,
    });
    const { sampleId } = await service.sample(request);
    return service.decode(sampleId);
  };
}

async function findInteractions(
  own: ScreenCase,
  screen: PreparedScreen,
  predict: Predict,
  onlyHidden: boolean,
): Promise<Interactions | null> {
  const { truth } = own;
  if (truth === null) return null;
  const hidden = new Set(own.hidden.map(({ label }) => label));
  const pairs = truth.pairs.filter(({ kind }) => kind !== 'additive');
  const shares = async (isHidden: boolean): Promise<SignShares> => {
    const right: Record<string, number> = {};
    let [all, count] = [0, 0];
    for (const { label } of pairs.filter((pair) => hidden.has(pair.label) === isHidden)) {
      const members = membersOf(label, own.screen);
      const ask = { members, context: null };
      const known = knownChanges(screen);
      const added = additiveChange(known, members, null);
      if (added === null) continue;
      const { control: _control, additive: _additive, ...rules } = baselineChanges(screen, known, members, null); // prettier-ignore
      const changes: Readonly<Record<string, Float64Array>> = {
        model: await meanChange(screen, null, await predict(ask, false)),
        composed: await meanChange(screen, null, await predict(ask, true)),
        ...rules,
        real: realChange(screen, members),
      };
      count++;
      screen.genes.forEach((gene, g) => {
        const beyond = truth.beyond[label][own.genes.indexOf(gene)];
        if (Math.abs(beyond) < LEAST_BEYOND) return;
        all++;
        for (const [name, change] of Object.entries(changes)) {
          const isRight = Math.sign(change[g] - added[g]) === Math.sign(beyond);
          right[name] = (right[name] ?? 0) + Number(isRight);
        }
      });
    }
    const entries = Object.entries(right).map(([name, n]) => [name, n / all] as const);
    return { pairs: count, shares: Object.fromEntries(entries) };
  };
  const seen = onlyHidden ? { pairs: 0, shares: {} } : await shares(false);
  return { hidden: await shares(true), seen };
}

/** Change of the real cells against the controls that stand for the truth. */
function realChange(screen: PreparedScreen, members: readonly string[]): Float64Array {
  const rows = screen.rows(keyOfMembers(members), null, 'heldOut');
  const control = meanRows(screen.logs, screen.controls(null).truth);
  return meanRows(screen.logs, rows).map((mean, g) => mean - control[g]);
}
