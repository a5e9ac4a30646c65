/** @file Questions about perturbations: opening the worker, asking, scoring, ranking, cancelling, saving. */
import { map } from '../../clients/map-client.ts';
import { model } from '../../clients/model-client.ts';
import { perturb } from '../../clients/perturb-client.ts';
import type { ApplyEvent } from '../../protocol/apply.ts';
import { StudioError } from '../../protocol/errors.ts';
import type { ModelInfo } from '../../protocol/model.ts';
import type { PredictAnswer, RankAnswer, ScoreAsk } from '../../protocol/perturb-api.ts';
import type { PerturbRequest, ScreenInfo } from '../../protocol/perturb.ts';
import { namesIn } from '../apply-choice.ts';
import { floatArray, keepArray, releaseArrays } from '../array-registry.ts';
import { formatDuration, formatNumber } from '../format.ts';
import {
  emptyPerturb,
  getPerturb,
  patchPerturb,
  type PerturbPlaces,
  type PerturbUse,
  type PerturbView,
} from '../perturb.ts';
import { requestOf, requestWords, screenIn } from '../question.ts';
import { bursts, emptyQuestion, get, patch, studio } from '../store.ts';
import type { QuestionState } from '../types.ts';
import { say, showError } from './alerts.ts';
import { handOver, handOverKey, placesAt } from './hand-over.ts';
import { saveFile } from './save-file.ts';

/** Cells of each set in a ranking, and sets at most. */
const RANK_CELLS = 64;
const RANK_MOST = 60;
/** Predicted cells of each perturbation that is scored. */
const SCORE_CELLS = 128;

/** What the worker holds, and where its cells are in the file. */
let opened: { readonly key: string; readonly done: Promise<Int32Array> } | null = null;
let watching = false;
let turn = 0;

/** Changes the question; undoable. */
export function setQuestion(change: Partial<QuestionState>): void {
  patch('question', change);
}

/** Adds a member to the set that is asked for, or takes it out. */
export function toggleMember(member: string): void {
  const asked = present();
  if (!asked) return;
  const { members } = asked.request;
  // Each choice is a step of its own, however quickly it is made.
  bursts.reset();
  setQuestion({
    members: members.includes(member)
      ? members.filter((own) => own !== member)
      : [...members, member],
  });
}

/** Fixes the value of another attribute; '' is as in the control cells. */
export function setContext(name: string, value: string): void {
  setQuestion({ context: { ...get().question.context, [name]: value } });
}

/** How strongly the fixed value of another attribute is followed. */
export function setContextWeight(name: string, weight: number): void {
  setQuestion({ weights: { ...get().question.weights, [name]: weight } });
}

/** Opens one of the views of the answers. */
export function showPerturbView(view: PerturbView): void {
  patchPerturb({ view });
}

/** Shows the cells of the prediction over the file's own map, or hides them. */
export function showPerturbMap(showMap: boolean): void {
  patchPerturb({ showMap });
}

/** How far the cells on the map are on their way from control, 0–1: what a figure of it shows. */
export function noteGlide(glide: number): void {
  patchPerturb({ glide });
}

/** The genes of the set as typed, and whether a ranking counts them alone. */
export function setGeneSet(change: { geneSet?: string; rankBySet?: boolean }): void {
  patchPerturb(change);
}

/** Names of the model's genes, for the view of the graph. */
export async function loadModelGenes(): Promise<void> {
  if (getPerturb().genes.length > 0 || !present()) return;
  watch();
  const { names } = await model.genes();
  patchPerturb({ genes: names });
}

interface Asked {
  readonly info: ModelInfo;
  readonly screen: ScreenInfo;
  readonly request: PerturbRequest;
}

function present(): Asked | null {
  const { info } = get().model;
  const screen = screenIn(info);
  return info && screen ? { info, screen, request: requestOf(info, screen, get().question) } : null;
}

/** Opens the worker while a person still chooses, so that the first answer need not wait; what fails is told when something is asked. */
export async function readyPerturb(): Promise<void> {
  if (!present() || getPerturb().running) return;
  watch();
  try {
    await ensureOpened();
    await perturb.prepare();
  } catch {
    // The first question meets the same error, and tells it.
  }
}

/** Predicts what the question asks for. */
export function predictCells(): Promise<void> {
  return run('predict', 'effects', async ({ screen, request }, index, follow) => {
    const answer = await perturb.predict(request, follow);
    const places = await placed(answer, index);
    keepPlaces(places);
    const { latents: _, starts: __, real, ...shown } = answer;
    const cells = places.cells;
    patchPerturb({
      prediction: { ...shown, cells, realCells: real.length, about: requestWords(request, screen) },
      showMap: true,
    });
    return `Predicted ${formatNumber(cells)} cells of ${requestWords(request, screen)} in ${formatDuration(answer.seconds)}.`;
  });
}

/** Predicts every measured perturbation and scores it beside the baselines. */
export function scorePerturbations(which: ScoreAsk['which']): Promise<void> {
  return run('score', 'all', async ({ request }, _, follow) => {
    const scores = await perturb.score({ which, cells: SCORE_CELLS, seed: request.seed }, follow);
    patchPerturb({ scores });
    return scores.headline;
  });
}

/** Ranks sets that were not measured by what they are predicted to do. */
export function rankSets(): Promise<void> {
  return run('rank', 'rank', async ({ screen, request }, _, follow) => {
    const { context, weight, seed } = request;
    const { geneSet, rankBySet } = getPerturb();
    const genes = rankBySet ? namesIn(geneSet) : [];
    const ask = { context, weight, seed, genes, cells: RANK_CELLS, most: RANK_MOST };
    const ranking: RankAnswer = await perturb.rank(ask, follow);
    const where = requestWords({ ...request, members: [], composed: false }, screen);
    const by = genes.length > 0 ? `, by ${formatNumber(genes.length)} genes` : '';
    patchPerturb({ ranking: { ...ranking, about: `from ${where}${by}` } });
    return `Ranked ${formatNumber(ranking.sets.length)} sets in ${formatDuration(ranking.seconds)}.`;
  });
}

type Work = (
  asked: Asked,
  index: Int32Array,
  follow: (event: ApplyEvent) => void,
) => Promise<string>;

/** Runs one use; its failure is told in the panel. */
async function run(use: PerturbUse, view: PerturbView, work: Work): Promise<void> {
  const asked = present();
  if (!asked || getPerturb().running) return;
  watch();
  turn += 1;
  const mine = turn;
  const doing = 'Handing over the model and the cells';
  patchPerturb({ failure: null, running: { use, doing, share: 0, secondsLeft: null } });
  say(`${doing}.`, true);
  try {
    const index = await ensureOpened();
    if (mine !== turn) return;
    const said = await work(asked, index, (event) => {
      if (mine !== turn) return;
      if (getPerturb().running?.doing !== event.doing) say(`${event.doing}.`, true);
      patchPerturb({ running: { use, ...event } });
    });
    if (mine !== turn) return;
    patchPerturb({ running: null, view: keptView(use, view) });
    patch('view', { drawer: 'perturb' });
    say(said);
  } catch (thrown) {
    if (mine !== turn) return;
    const error = StudioError.from(thrown);
    patchPerturb({ running: null });
    if (error.code === 'cancelled') say('Cancelled. Nothing changed.');
    else {
      patchPerturb({ failure: { ...error.toRecord(), use } });
      say(error.title);
    }
  }
}

/** A new prediction leaves a view of predictions open. */
function keptView(use: PerturbUse, view: PerturbView): PerturbView {
  const now = getPerturb().view;
  const ofPrediction: readonly PerturbView[] = ['effects', 'plot', 'set', 'scores', 'graph'];
  return use === 'predict' && ofPrediction.includes(now) ? now : view;
}

/** Ends what runs, at once; earlier answers stay, but their file is gone with the worker. */
export function cancelPerturb(): void {
  turn += 1;
  perturb.end();
  opened = null;
  patchPerturb({ running: null });
  say('Cancelled. Nothing changed.');
}

/** Saves the newest prediction as .h5ad. */
export async function savePrediction(): Promise<void> {
  const { prediction } = getPerturb();
  if (!prediction) return;
  patchPerturb({ saving: true });
  try {
    const blob = await perturb.save();
    const stem = (get().data.summary?.fileName ?? 'cells').replace(/\.[a-z0-9.]+$/i, '');
    const label = prediction.report.label.replace(/[^A-Za-z0-9+_-]+/g, '-');
    const name = `${stem}-${label}-predicted.h5ad`;
    saveFile(blob, name);
    say(`Saved ${name}.`);
  } catch (thrown) {
    showError(thrown, 'The prediction is still shown.');
  } finally {
    patchPerturb({ saving: false });
  }
}

async function placed(
  { latents, latentDim, starts, real }: PredictAnswer,
  index: Int32Array,
): Promise<PerturbPlaces & { readonly cells: number }> {
  const { umap } = await map.place({ latents, dims: latentDim, seed: 0, codes: {} });
  const own = floatArray(get().data.umap);
  const at = (rows: Int32Array): string | null =>
    own && rows.length > 0 && rows.every((row) => row >= 0)
      ? keepArray(placesAt(own, rows.map((row) => index[row] ?? 0))) // prettier-ignore
      : null;
  return { before: at(starts), after: keepArray(umap), real: at(real), cells: umap.length / 2 };
}

function keepPlaces({ before, after, real }: PerturbPlaces): void {
  release();
  patchPerturb({ places: { before, after, real } });
}

function release(): void {
  const { places } = getPerturb();
  releaseArrays(places?.before, places?.after, places?.real);
}

/** Opens the worker for the present model and file once. @returns position in the file of each of its cells. Error: wrong-file. */
function ensureOpened(): Promise<Int32Array> {
  const key = handOverKey();
  if (opened?.key === key) return opened.done;
  const done = handOver().then(async ({ request, index }) => {
    await perturb.open(request);
    return index;
  });
  opened = { key, done };
  done.catch(() => {
    if (opened?.done === done) opened = null;
  });
  return done;
}

/** Forgets everything when the model or the file goes; a worker that died is opened anew by the next question. */
function watch(): void {
  if (watching) return;
  watching = true;
  perturb.onDeath(() => {
    opened = null;
  });
  let key = handOverKey();
  studio.subscribe(() => {
    const now = handOverKey();
    if (now === key) return;
    key = now;
    forget();
  });
}

function forget(): void {
  turn += 1;
  if (opened) perturb.end();
  opened = null;
  release();
  patchPerturb({ ...emptyPerturb, geneSet: getPerturb().geneSet });
  patch('question', emptyQuestion);
  if (get().view.drawer === 'perturb') patch('view', { drawer: null });
}
