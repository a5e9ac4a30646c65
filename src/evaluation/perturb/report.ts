/** @file The answer to one question about a perturbation, and the scores of a whole screen. */
import { logNormalise } from '../../maps/log-counts.ts';
import { Pacer } from '../../maps/pacer.ts';
import type { CsrMatrix } from '../../numerics/csr.ts';
import type {
  PerturbEffect,
  PerturbReport,
  PerturbRequest,
  ScoredPrediction,
} from '../../protocol/perturb.ts';
import { keyOfMembers, labelOf } from '../../protocol/screen-labels.ts';
import { knownChanges, type KnownChange } from './baselines.ts';
import {
  adjustedChanges,
  geneMeans,
  geneValues,
  logChanges,
  type GeneMeans,
} from './changed-genes.ts';
import { meanRows } from './means.ts';
import { allRows, describePredicted, scoreAsk, type ScoredAsk } from './score.ts';
import type { PreparedScreen } from './screen.ts';
import { LEAST_REAL, realRows } from './truth.ts';
import { modelHeadline } from './summary.ts';

/** Change of mean log expression of predicted cells against the controls that predictions start from, [genes]. Error: cancelled. */
export async function meanChange(
  screen: PreparedScreen,
  context: string | null,
  counts: CsrMatrix,
  pacer = new Pacer(),
): Promise<Float64Array> {
  const logs = await logNormalise(counts, pacer);
  const control = meanRows(screen.logs, screen.controls(context).start);
  return meanRows(logs, allRows(logs)).map((mean, g) => mean - control[g]);
}

/**
 * Every gene's effect, largest predicted change first: predicted cells against the controls that predictions start from, real cells (where
 * there are five) against the controls that stand for the truth, and the sum of the members' own effects. Error: cancelled.
 */
export async function effectTable(
  screen: PreparedScreen,
  { members, context }: ScoredAsk,
  counts: CsrMatrix,
  pacer = new Pacer(),
): Promise<PerturbEffect[]> {
  const { start, truth } = screen.controls(context);
  const control = geneValues(screen.logs, start);
  const controlMeans = geneMeans(control);
  const cells = geneValues(await logNormalise(counts, pacer));
  const predicted = logChanges(geneMeans(cells), controlMeans);
  const adjusted = await adjustedChanges(cells, control, pacer);
  const rows = realRows(screen, keyOfMembers(members), context);
  const real =
    rows.length < LEAST_REAL || truth.length === 0
      ? null
      : await realEffect(screen, rows, truth, pacer);
  const additive = additiveEffect(screen, members, context, controlMeans);
  return screen.genes
    .map((gene, g) => ({
      gene,
      predicted: predicted[g],
      adjusted: adjusted[g],
      real: real?.change[g] ?? null,
      realAdjusted: real?.adjusted[g] ?? null,
      additive: additive?.[g] ?? null,
    }))
    .sort((a, b) => Math.abs(b.predicted) - Math.abs(a.predicted));
}

async function realEffect(
  screen: PreparedScreen,
  rows: Int32Array,
  controls: Int32Array,
  pacer: Pacer,
): Promise<{ readonly change: Float64Array; readonly adjusted: Float64Array }> {
  const cells = geneValues(screen.logs, rows);
  const control = geneValues(screen.logs, controls);
  return {
    change: logChanges(geneMeans(cells), geneMeans(control)),
    adjusted: await adjustedChanges(cells, control, pacer),
  };
}

/** Sum of the members' own effects on the scale of the table; null when one was never seen alone by training cells. */
function additiveEffect(
  screen: PreparedScreen,
  members: readonly string[],
  context: string | null,
  control: GeneMeans,
): Float64Array | null {
  if (members.length === 0) return null;
  const sum = new Float64Array(screen.genes.length);
  for (const member of members) {
    const here = screen.rows(keyOfMembers([member]), context, 'training');
    const elsewhere = here.length >= LEAST_REAL || context === null ? null : anyContext(screen, member); // prettier-ignore
    const effect =
      here.length >= LEAST_REAL
        ? logChanges(geneMeans(geneValues(screen.logs, here)), control)
        : elsewhere;
    if (effect === null) return null;
    effect.forEach((value, g) => (sum[g] += value));
  }
  return sum;
}

/** A member's effect over all contexts that have it; null without. */
function anyContext(screen: PreparedScreen, member: string): Float64Array | null {
  const key = keyOfMembers([member]);
  const parts = screen.contexts.flatMap((context) => {
    const rows = screen.rows(key, context, 'training');
    const { start } = screen.controls(context);
    if (rows.length < LEAST_REAL || start.length === 0) return [];
    const means = (own: Int32Array): GeneMeans => geneMeans(geneValues(screen.logs, own));
    return [{ weight: Math.min(rows.length, start.length), change: logChanges(means(rows), means(start)) }]; // prettier-ignore
  });
  if (parts.length === 0) return null;
  const total = parts.reduce((sum, { weight }) => sum + weight, 0);
  return Float64Array.from(screen.genes, (_, g) =>
    parts.reduce((sum, { weight, change }) => sum + (weight / total) * change[g], 0),
  );
}

/** The answer to a question from the cells that were predicted for it. @param context the screen's context in the question; null: none. Error: cancelled. */
export async function reportPrediction(
  screen: PreparedScreen,
  request: PerturbRequest,
  context: string | null,
  counts: CsrMatrix,
  pacer = new Pacer(),
): Promise<PerturbReport> {
  const { members } = request;
  const ask = { members, context };
  const scores =
    members.length === 0
      ? []
      : await scoreAsk(
          screen,
          ask,
          await describePredicted(screen, context, counts, false, pacer),
          { pacer },
        );
  return {
    request,
    label: labelOf(members, screen.labels, screen.sets.map(({ label }) => label)), // prettier-ignore
    extrapolated: screen.rows(keyOfMembers(members), context, 'training').length === 0,
    effects: await effectTable(screen, ask, counts, pacer),
    scores,
    headline: modelHeadline(scores),
  };
}

/** Sets and contexts with real cells, those that training did not have first, then by how many cells they have. */
export function scoredAsks(screen: PreparedScreen, most = Infinity): ScoredAsk[] {
  const asks = screen.sets.slice(1).flatMap(({ key, members }) =>
    screen.contexts.map((name) => {
      const context = screen.contexts.length === 1 && name === '' ? null : name;
      const isUnseen = screen.rows(key, context, 'training').length === 0;
      return { members, context, isUnseen, cells: realRows(screen, key, context).length };
    }),
  );
  return asks
    .filter(({ cells }) => cells >= LEAST_REAL)
    .sort((a, b) => Number(b.isUnseen) - Number(a.isUnseen) || b.cells - a.cells)
    .slice(0, most)
    .map(({ members, context }) => ({ members, context }));
}

/** What scoring of a screen may be told. */
export interface ScreenScoring {
  /** What to score; everything with real cells when left out. */
  readonly asks?: readonly ScoredAsk[];
  /** Predicted cells are log1p(CP10k) already. */
  readonly logged?: boolean;
  /** Simple rules may not know the set that is asked for in that context: for real cells without training cells beside them. */
  readonly leaveOut?: boolean;
  readonly onProgress?: (share: number) => void;
  readonly pacer?: Pacer;
}

/**
 * Scores of the model, the simple rules and the floor for many perturbations.
 *
 * @param predict cells for a question; null where there are none (then rules and floor stand alone). Error: cancelled
 */
export async function scorePerturbations(
  screen: PreparedScreen,
  predict: (ask: ScoredAsk) => Promise<CsrMatrix | null>,
  { asks, logged = false, leaveOut = false, onProgress, pacer = new Pacer() }: ScreenScoring = {},
): Promise<ScoredPrediction[]> {
  const wanted = asks ?? scoredAsks(screen);
  const out: ScoredPrediction[] = [];
  for (const [done, ask] of wanted.entries()) {
    onProgress?.(done / wanted.length);
    const cells = await predict(ask);
    const described =
      cells === null ? null : await describePredicted(screen, ask.context, cells, logged, pacer);
    const key = keyOfMembers(ask.members);
    const all: readonly KnownChange[] = knownChanges(screen);
    const isAsked = (one: KnownChange): boolean =>
      one.key === key && (ask.context === null || one.context === ask.context);
    const known = leaveOut ? all.filter((one) => !isAsked(one)) : all;
    out.push(...(await scoreAsk(screen, ask, described, { known, pacer })));
  }
  return out;
}
