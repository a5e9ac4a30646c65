/** @file The verdict on the model: made when a model is there and nobody steers, in its own worker, and kept for the visit. */
import { judge } from '../../clients/judge-client.ts';
import { model } from '../../clients/model-client.ts';
import { StudioError } from '../../protocol/errors.ts';
import type { JudgeRequest, StoredVerdict, Verdict } from '../../protocol/judge.ts';
import type { ModelInfo } from '../../protocol/model.ts';
import { formatDuration, formatNumber } from '../format.ts';
import { solverFor } from '../solvers.ts';
import { get, patch, studio } from '../store.ts';
import { say, showError } from './alerts.ts';
import {
  checkWeight,
  judgedKinds,
  makeCells,
  mostCells,
  mostTraining,
  mostTransport,
  realCodes,
  realCounts,
  realRows,
  requestFor,
} from './check-request.ts';
import { followCells } from './check-cells.ts';
import { forgetCurves } from './curves.ts';
import { whenQuiet } from './quiet.ts';
import { saveText } from './save-file.ts';

const seed = 1_000_003;
/** The model worker keeps six samples; the one on the map must stay among them. */
const mostSamples = 4;
const smallestSample = 250;

/** Verdicts of this visit by model id: a model that comes back is not judged twice. */
const kept = new Map<string, Verdict>();

/** What a verdict is kept under: CFGen's tables are part of it only when they were asked for. */
const keptKey = (id: string): string => `${id} ${get().verdict.paperCompat}`;

let turn = 0;

/** The model's part of the state before a check; what concerns the cells on the map stays. */
const noCheck = {
  status: 'none',
  modelId: null,
  doing: '',
  share: 0,
  result: null,
  checkedAt: null,
} as const;

/** Told when the present model's file has a new verdict in it. */
let onKept: () => void = () => undefined;

/** Calls `listener` whenever a verdict was added to the present model, so that the file that is kept of it can follow. */
export function whenVerdictKept(listener: () => void): void {
  onKept = listener;
}

/** A check that runs leaves the second core to a person who steers, for so long after every move. */
const steeringMs = 1500;

/** Tells a running check that somebody steers. */
function giveWayToSliders(): void {
  studio.subscribe((now, before) => {
    if (now.guidance === before.guidance && now.synthetic === before.synthetic) return;
    const { status, cells } = now.verdict;
    if (status === 'running' || cells.status === 'running') judge.giveWay(steeringMs);
  });
}

/** Judges every new model once the page is quiet, unless its file brings a verdict; forgets the verdict when the model goes. */
export function judgeWhenIdle(): void {
  followCells();
  forgetCurves();
  giveWayToSliders();
  studio.subscribe((now, before) => {
    if (now.model === before.model) return;
    const id = now.model.status === 'ready' ? (now.model.info?.id ?? null) : null;
    const loadedAgain = id !== null && now.model.info !== before.model.info;
    if (id === now.verdict.modelId && !loadedAgain) return;
    if (now.verdict.status === 'running') judge.cancel();
    turn += 1;
    if (id === null) patch('verdict', noCheck);
    else void recallVerdict(id, kept.get(keptKey(id)) ?? null);
  });
}

/**
 * Shows the verdict that the model's file carries, else the one of this visit; where neither answers what is asked, checks the model.
 *
 * @param known this visit's verdict on the model, shown at once
 */
async function recallVerdict(id: string, known: Verdict | null): Promise<void> {
  const mine = turn;
  patch('verdict', { ...noCheck, modelId: id, status: 'waiting' });
  if (known) patch('verdict', { status: 'ready', result: known, share: 1 });
  const stored = await model.verdict().catch(() => null);
  if (mine !== turn) return;
  const answers = stored?.model === id && (!get().verdict.paperCompat || stored.verdict.paper);
  if (stored && answers) {
    const { verdict, checkedAt } = stored;
    patch('verdict', { status: 'ready', result: verdict, share: 1, checkedAt });
  } else if (!known) await checkModel();
}

/** Puts a verdict into the model's file. A model that cannot be told keeps its cells and its verdict on the page. */
async function keepWithModel(id: string, verdict: Verdict): Promise<void> {
  const solver = solverFor(get().model.info, 'final');
  const settings = { seed, weight: checkWeight, solver, mostCells, mostTraining, mostTransport }; // prettier-ignore
  const checkedAt = new Date().toISOString();
  const stored: StoredVerdict = { model: id, checkedAt, settings, verdict };
  await model.keepVerdict(stored).then(onKept, () => undefined);
}

/** Judges the present model: waits until nobody steers, then samples like the held-out cells and measures. */
export async function checkModel(): Promise<void> {
  const { info, status } = get().model;
  if (status !== 'ready' || !info) return;
  turn += 1;
  const mine = turn;
  const isCurrent = (): boolean => mine === turn;
  patch('verdict', { ...noCheck, modelId: info.id, status: 'waiting' });
  try {
    await whenQuiet(isCurrent);
    patch('verdict', { status: 'running', doing: 'Generating cells to check' });
    const request = await prepare(info, isCurrent);
    const verdict = await judge.judge(request, ({ doing, share, verdict: partial }) => {
      // Events travel on a channel of their own: the last one may come after the result.
      if (!isCurrent() || get().verdict.status !== 'running') return;
      patch('verdict', { doing, share, result: partial ?? get().verdict.result });
    });
    if (!isCurrent()) return;
    kept.set(keptKey(info.id), verdict);
    patch('verdict', { status: 'ready', result: verdict, share: 1, doing: '' });
    tell(verdict);
    await keepWithModel(info.id, verdict);
  } catch (thrown) {
    if (!isCurrent()) return;
    const error = StudioError.from(thrown);
    const { status } = get().data;
    // a file that is being opened takes the counts away under the check
    const interrupted = error.code === 'cancelled' || status === 'opening' || status === 'loading';
    patch('verdict', { status: interrupted ? 'stopped' : 'failed', doing: '' });
    if (!interrupted) showError(error, 'The model and its cells are unchanged.');
  }
}

/** Whether CFGen's tables belong to the verdict. The model is checked again when they are not there yet. */
export function setPaperCompat(on: boolean): void {
  patch('verdict', { paperCompat: on });
  const { result, modelId } = get().verdict;
  if (!on || result?.paper || modelId === null) return;
  void checkModel();
}

/** Ends a check that runs or waits. */
export function stopCheck(): void {
  const { status } = get().verdict;
  if (status !== 'running' && status !== 'waiting') return;
  turn += 1;
  judge.cancel();
  patch('verdict', { status: 'stopped', doing: '' });
}

/** The status line speaks only to a person who looks at the verdict; the step says it anyway. */
function tell({ cells, seconds }: Verdict): void {
  if (get().view.drawer !== 'verdict') return;
  const [own, real] = [cells.synthetic, cells.heldOut].map(formatNumber);
  say(`Checked ${own} cells against ${real} held-out real cells in ${formatDuration(seconds)}.`);
}

async function prepare(info: ModelInfo, isCurrent: () => boolean): Promise<JudgeRequest> {
  const rows = await realRows();
  const codes = realCodes(info, rows);
  // As many cells of each combination as were held out, so every synthetic cell has its counterpart.
  const attributes = codes.map((own) => ({ ...own, synthetic: own.heldOut.slice() }));
  const asked = Object.fromEntries(attributes.map((a) => [a.name, a.synthetic]));
  const synthetic = await sampleLike(info, asked, rows.heldOut.length, isCurrent);
  const { paperCompat } = get().verdict;
  return {
    key: `${info.id} ${mostCells} ${mostTraining} ${seed} ${paperCompat}`,
    ...(await realCounts(info, rows)),
    ...(await judgedKinds(info, rows)),
    synthetic,
    attributes,
    seed: 1,
    mostCells,
    mostTransport,
    stoppedEarly: info.stoppedEarly,
    paperCompat,
  };
}

/** One synthetic cell for every held-out cell, in a few parts between which sliders are answered first. */
async function sampleLike(
  info: ModelInfo,
  codes: Readonly<Record<string, Int32Array>>,
  n: number,
  isCurrent: () => boolean,
): Promise<JudgeRequest['synthetic']> {
  const parts: JudgeRequest['synthetic'][] = [];
  const size = Math.max(smallestSample, Math.ceil(n / mostSamples));
  for (let from = 0; from < n;) {
    await whenQuiet(isCurrent);
    const to = Math.min(n, from + size);
    const part = await samplePart(info, codes, from, to).catch((thrown: unknown) => {
      // A slider was moved meanwhile and came first.
      if (StudioError.from(thrown).code === 'cancelled') return null;
      throw thrown;
    });
    if (part === null) continue;
    parts.push(part);
    from = to;
    patch('verdict', { share: (0.02 * from) / n });
  }
  return stack(parts);
}

function samplePart(
  info: ModelInfo,
  codes: Readonly<Record<string, Int32Array>>,
  from: number,
  to: number,
): Promise<JudgeRequest['synthetic']> {
  const own = Object.entries(codes).map(([name, all]) => [name, all.slice(from, to)] as const);
  return makeCells(requestFor(info, Object.fromEntries(own), to - from, seed + from));
}

/** Rows of several count matrices one below the other. */
function stack(parts: readonly JudgeRequest['synthetic'][]): JudgeRequest['synthetic'] {
  const [first] = parts;
  if (!first || parts.length === 1) return first;
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  const nnz = parts.reduce((sum, part) => sum + part.indptr[part.rows], 0);
  const indptr = new Uint32Array(rows + 1);
  const indices = new Uint32Array(nnz);
  const values = new Float32Array(nnz);
  let row = 0;
  for (const part of parts) {
    const at = indptr[row];
    const length = part.indptr[part.rows];
    indices.set(part.indices.subarray(0, length), at);
    values.set(part.values.subarray(0, length), at);
    for (let r = 1; r <= part.rows; r++) indptr[row + r] = at + part.indptr[r];
    row += part.rows;
  }
  return { rows, cols: first.cols, indptr, indices, values };
}

/** Downloads a text made from the verdict under a name after the open file. */
export function exportVerdict(text: string, kind: 'json' | 'csv' | 'html'): void {
  const types = { json: 'application/json', csv: 'text/csv', html: 'text/html' };
  const stem = (get().model.info?.fileName ?? 'model').replace(/\.h5ad$/i, '');
  const name = `${stem}-verdict.${kind}`;
  saveText(text, name, types[kind]);
  say(`Saved ${name}.`);
}
